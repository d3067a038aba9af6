"""What the customer wants to be sent: his own words, kept as proof; the newest of a purpose and channel counts."""

from collections.abc import Mapping
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import distinct_on, insert

from qiao.kernel.ids import CustomerId, new_id
from qiao.kernel.languages import N_
from qiao.kernel.refused import InputNotUnderstood
from qiao.outreach.events import ConsentChanged
from qiao.outreach.model import CHANNELS, CHOSEN, Channel, Purpose, Said, consent_to
from qiao.outreach.store import consents, recipients
from qiao.platform.database import Transaction
from qiao.platform.events import emit
from qiao.platform.live import touch

PROOF_MAX: Final = 300
UNKNOWN: Final = N_("Choose one of the list.")


async def locked_recipient(tx: Transaction, customer_id: CustomerId) -> str | None:
    """Hold the customer's row until the transaction ends; returns the zone he chose, if he chose one."""
    made = insert(recipients).values(customer_id=customer_id).on_conflict_do_nothing()
    await tx.execute(made)
    mine = select(recipients.c.zone).where(recipients.c.customer_id == customer_id).with_for_update()
    zone: str | None = await tx.scalar(mine)
    return zone


async def said_by(tx: Transaction, customer_id: CustomerId) -> list[Said]:
    """All his words about it, oldest first; of each purpose and channel only the newest."""
    newest = (
        select(consents)
        .ext(distinct_on(consents.c.purpose, consents.c.channel))
        .where(consents.c.customer_id == customer_id)
        .order_by(consents.c.purpose, consents.c.channel, consents.c.at.desc(), consents.c.id.desc())
    )
    return [Said(row["purpose"], row["channel"], row["given"], row["by_stop_word"]) for row in await tx.rows(newest)]


async def consent_of(tx: Transaction, customer_id: CustomerId, *, channel: Channel = "sms") -> Mapping[Purpose, bool]:
    """What may be sent to him over a channel, by purpose."""
    said = await said_by(tx, customer_id)
    return {purpose: consent_to(said, purpose, channel) is None for purpose in CHOSEN}


async def set_consent(
    tx: Transaction,
    *,
    customer_id: CustomerId,
    purpose: str,
    channel: str,
    given: bool,
    by: str,
    proof: str = "",
    by_stop_word: bool = False,
) -> bool:
    """Keep what the customer said; False when that is how it stood. `proof`: his words, or where he ticked it.

    Nobody can refuse emergencies. Raises InputNotUnderstood (fields "purpose", "channel").
    """
    wrong = {} if purpose in CHOSEN else {"purpose": UNKNOWN}
    if channel not in CHANNELS:
        wrong["channel"] = UNKNOWN
    if wrong:
        raise InputNotUnderstood(wrong)
    await locked_recipient(tx, customer_id)
    said = [one for one in await said_by(tx, customer_id) if (one.purpose, one.channel) == (purpose, channel)]
    if said and (said[-1].given, said[-1].by_stop_word) == (given, by_stop_word and not given):
        return False
    await tx.execute(
        consents.insert().values(
            id=new_id(),
            customer_id=customer_id,
            purpose=purpose,
            channel=channel,
            given=given,
            by_stop_word=by_stop_word and not given,
            at=tx.now,
            by=by,
            proof=proof[:PROOF_MAX],
        )
    )
    await emit(tx, ConsentChanged(customer_id, purpose, channel, given, by))
    await touch(tx, f"customer:{customer_id}")
    return True


async def stop(tx: Transaction, *, customer_id: CustomerId, channel: Channel, by: str, proof: str) -> bool:
    """Nothing but emergencies from now on; False when that is how it stood. What he had refused stays refused."""
    given = [purpose for purpose, yes in (await consent_of(tx, customer_id, channel=channel)).items() if yes]
    kept = {"customer_id": customer_id, "channel": channel, "by": by, "proof": proof}
    for purpose in given:
        await set_consent(tx, purpose=purpose, given=False, by_stop_word=True, **kept)  # type: ignore[arg-type]
    return bool(given)


async def start(tx: Transaction, *, customer_id: CustomerId, channel: Channel, by: str, proof: str) -> bool:
    """What a stop word ended goes on; what he had refused otherwise stays refused. False when nothing was stopped.

    Only what he had agreed to before was stopped, so no marketing begins by it.
    """
    stopped = [one for one in await said_by(tx, customer_id) if one.by_stop_word and one.channel == channel]
    kept = {"customer_id": customer_id, "channel": channel, "by": by, "proof": proof}
    for one in stopped:
        await set_consent(tx, purpose=one.purpose, given=True, **kept)  # type: ignore[arg-type]
    return bool(stopped)


async def choose_zone(tx: Transaction, *, customer_id: CustomerId, zone: str) -> None:
    """By whose clock it is night for him. Raises InputNotUnderstood for no IANA zone."""
    try:
        ZoneInfo(zone)
    except (ValueError, OSError, KeyError):
        raise InputNotUnderstood({"zone": UNKNOWN}) from None
    await locked_recipient(tx, customer_id)
    await tx.execute(update(recipients).where(recipients.c.customer_id == customer_id).values(zone=zone))
    await touch(tx, f"customer:{customer_id}")


async def zone_chosen_by(tx: Transaction, customer_id: CustomerId) -> str | None:
    """The zone he chose, if he chose one."""
    zone: str | None = await tx.scalar(select(recipients.c.zone).where(recipients.c.customer_id == customer_id))
    return zone
