"""What the sandbox does about a number beside its plan: features, suspension, SIM, family. Once for each key."""

import secrets
from datetime import timedelta
from itertools import pairwise
from typing import Final

from sqlalchemy import RowMapping, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from qiao.bss.model_lines import Feature
from qiao.bss.sandbox import filling, lines_asked, plans, questions, rating
from qiao.bss.sandbox.doing import DONE, Did, Doing, no
from qiao.bss.sandbox.lines_asked import FAMILY, FORWARD, REFUSE, SIM, SUSPENDED
from qiao.bss.sandbox.products import EVER_RING, FEATURE_NAMES, PACKS
from qiao.bss.sandbox.store import bill_lines, holdings, parties, subscriptions
from qiao.bss.sandbox.store_lines import features, mails_sent, packs
from qiao.kernel.ids import new_id
from qiao.kernel.service_ids import ServiceId
from qiao.platform.database import Transaction

FAMILY_MAX: Final = 9
SIM_LEAVES_AFTER: Final = timedelta(hours=24)
FEES_OF: Final = {"caller_display": "caller_display_on", "ever_ring": "ever_ring_on"}


async def active(tx: Transaction, service: ServiceId) -> RowMapping | Did:
    """The holding, locked, if the number may be used; else the refusal."""
    mine = (holdings.c.service == str(service)) & holdings.c.until.is_(None)
    row = await tx.one(select(holdings).where(mine).with_for_update())
    if row is None:
        return no("number_unknown")
    return no("suspended") if row["state"] == "suspended" else row


async def put_on(tx: Transaction, service: ServiceId, code: str, value: str = "", fee_minor: int = 0) -> None:
    """Switch something on; what was on under that code ends."""
    await take_off(tx, service, code)
    row = {"service": str(service), "code": code, "value": value, "fee_minor": fee_minor, "since": tx.now}
    await tx.execute(insert(features).values(row))


async def take_off(tx: Transaction, service: ServiceId, code: str) -> str | None:
    """Switch something off; returns the value it had, None when it was not on."""
    mine = (features.c.service == str(service)) & (features.c.code == code) & features.c.until.is_(None)
    value: str | None = await tx.scalar(update(features).where(mine).values(until=tx.now).returning(features.c.value))
    return value


async def charge_once(tx: Transaction, service: ServiceId, ref: str, names: dict[str, str], minor: int) -> None:
    """A charge on the bill of the month that runs."""
    row = {"service": str(service), "month": rating.month_of(tx.now), "ref": ref, "at": tx.now, "kind": "once"}
    await tx.execute(insert(bill_lines).values(**row, names=names, minor=minor))


def buy_pack(service: ServiceId, pack_code: str) -> Doing:
    """More data until the end of the month."""

    async def do(tx: Transaction) -> Did:
        row = await active(tx, service)
        if isinstance(row, Did):
            return row
        if pack_code not in PACKS or service.kind != "mobile":
            return no("pack_not_offered")
        ref, month = f"pack-{new_id()}", rating.month_of(tx.now)
        await tx.execute(insert(packs).values(ref=ref, service=str(service), month=month, code=pack_code, at=tx.now))
        price = await plans.price_of(tx, pack_code)
        await charge_once(tx, service, ref, PACKS[pack_code].names, price.minor)
        return DONE

    return do


def switch(service: ServiceId, feature: Feature, on: bool) -> Doing:
    """A feature on or off."""

    async def do(tx: Transaction) -> Did:
        row = await active(tx, service)
        if isinstance(row, Did):
            return row
        if feature == "ever_ring":
            return await (_subscribe(tx, service) if on else _unsubscribe(tx, service))
        was_on = feature in await lines_asked.switched_on(tx, service)
        if was_on == on:
            return no("already_on" if on else "not_on")
        if on:
            fee = (await plans.price_of(tx, FEES_OF[feature])).minor if feature in FEES_OF else 0
            await put_on(tx, service, feature, fee_minor=fee)
        else:
            await take_off(tx, service, feature)
        return DONE

    return do


async def may_subscribe(tx: Transaction, service: ServiceId) -> bool:
    """Whether anybody may subscribe this number to anything."""
    return REFUSE not in await lines_asked.switched_on(tx, service)


async def _subscribe(tx: Transaction, service: ServiceId) -> Did:
    if not await may_subscribe(tx, service):
        return no("refuses_added")
    if await lines_asked.ever_ring(tx, service) is not None:
        return no("already_on")
    first, _ = rating.bounds(rating.month_of(tx.now))
    mine = (subscriptions.c.service == str(service)) & (subscriptions.c.code == EVER_RING)
    again = update(subscriptions).where(mine, subscriptions.c.until >= first, subscriptions.c.ref.startswith("R-"))
    if not (await tx.execute(again.values(until=None))).rowcount:
        row = {"ref": f"R-{new_id()}", "service": str(service), "code": EVER_RING, "since": tx.now}
        await tx.execute(insert(subscriptions).values(**row, ordered_by="customer"))
    return DONE


async def _unsubscribe(tx: Transaction, service: ServiceId) -> Did:
    mine = (subscriptions.c.service == str(service)) & (subscriptions.c.code == EVER_RING)
    still = or_(subscriptions.c.until.is_(None), subscriptions.c.until > tx.now)
    ended = await tx.execute(update(subscriptions).where(mine, still).values(until=tx.now))
    return DONE if ended.rowcount else no("not_on")


def restore(service: ServiceId, subscription_ref: str) -> Doing:
    """Start a value-added service again that ended this month."""

    async def do(tx: Transaction) -> Did:
        row = await active(tx, service)
        if isinstance(row, Did):
            return row
        if not await may_subscribe(tx, service):
            return no("refuses_added")
        if subscription_ref not in {one.ref for one in await questions.ended(tx, service)}:
            return no("not_ended")
        mine = (subscriptions.c.service == str(service)) & (subscriptions.c.ref == subscription_ref)
        await tx.execute(update(subscriptions).where(mine).values(until=None))
        return DONE

    return do


def set_forwarding(service: ServiceId, when: str, number: str) -> Doing:
    """Calls are passed on."""

    async def do(tx: Transaction) -> Did:
        row = await active(tx, service)
        if isinstance(row, Did):
            return row
        if number in (service.value, service.value.removeprefix("+86")):
            return no("own_number")
        had = await take_off(tx, service, f"{FORWARD}{when}")
        await put_on(tx, service, f"{FORWARD}{when}", number)
        return Did("done", before={"number": had} if had else {})

    return do


def end_forwarding(service: ServiceId, when: str | None) -> Doing:
    """Calls are no longer passed on."""

    async def do(tx: Transaction) -> Did:
        row = await active(tx, service)
        if isinstance(row, Did):
            return row
        on = [code for code in await lines_asked.switched_on(tx, service) if code.startswith(FORWARD)]
        ended = [code for code in on if when is None or code == f"{FORWARD}{when}"]
        had = [await take_off(tx, service, code) for code in ended]
        if not ended:
            return no("not_on")
        one = len(ended) == 1
        return Did("done", before={"number": had[0] or "", "when": ended[0].removeprefix(FORWARD)} if one else {})

    return do


def refuse_added(service: ServiceId, refused: bool) -> Doing:
    """Nobody may subscribe the number from now on, and what runs ends; or anybody may again."""

    async def do(tx: Transaction) -> Did:
        row = await active(tx, service)
        if isinstance(row, Did):
            return row
        if refused == (REFUSE in await lines_asked.switched_on(tx, service)):
            return no("already_on" if refused else "not_on")
        if not refused:
            await take_off(tx, service, REFUSE)
            return DONE
        await put_on(tx, service, REFUSE)
        mine = (subscriptions.c.service == str(service)) & or_(
            subscriptions.c.until.is_(None), subscriptions.c.until > tx.now
        )
        await tx.execute(update(subscriptions).where(mine).values(until=tx.now))
        return DONE

    return do


def suspend(service: ServiceId, why: str) -> Doing:
    """Nobody may use the number."""

    async def do(tx: Transaction) -> Did:
        row = await active(tx, service)
        if isinstance(row, Did):
            return no("already_on") if row.reason == "suspended" else row
        await put_on(tx, service, SUSPENDED, why)
        await _state(tx, service, "suspended")
        return DONE

    return do


def resume(service: ServiceId) -> Doing:
    """The number may be used again: suspended at the customer's wish, or for what he owed and has paid since."""

    async def do(tx: Transaction) -> Did:
        row = await active(tx, service)
        if not isinstance(row, Did):
            return no("not_suspended")
        if row.reason != "suspended":
            return row
        on = await lines_asked.switched_on(tx, service)
        why = on[SUSPENDED]["value"]
        if why == "unpaid" and await lines_asked.owed(tx, service):
            return no("owes")
        if why not in ("lost", "unpaid"):
            return no(why)
        await take_off(tx, service, SUSPENDED)
        await _state(tx, service, "active")
        return DONE

    return do


async def _state(tx: Transaction, service: ServiceId, state: str) -> None:
    mine = (holdings.c.service == str(service)) & holdings.c.until.is_(None)
    await tx.execute(update(holdings).where(mine).values(state=state))


def change_password(service: ServiceId, password: str) -> Doing:
    """The customer's own choice; six digits that are no row and no repetition."""

    async def do(tx: Transaction) -> Did:
        if await questions.held(tx, service) is None:
            return no("number_unknown")
        steps = {int(b) - int(a) for a, b in pairwise(password)} if password.isdecimal() else {0}
        if len(password) != 6 or steps in ({0}, {1}, {-1}):
            return no("password_too_simple")
        mine = (holdings.c.service == str(service)) & holdings.c.until.is_(None)
        await tx.execute(update(holdings).where(mine).values(password_mark=filling.mark(service, password)))
        return DONE

    return do


def send_puk(service: ServiceId) -> Doing:
    """The code goes to another number of his, else to his e-mail; the blocked SIM itself could not read it."""

    async def do(tx: Transaction) -> Did:
        row = await questions.held(tx, service)
        if row is None or service.kind != "mobile":
            return no("number_unknown")
        words = f"您的号码尾号{service.value[-4:]}的PUK码是 {secrets.randbelow(10**8):08d}，请勿告诉他人。"
        held = await questions.holdings_of(tx, row["party_ref"])
        other = next((one.service for one in held if one.service.kind == "mobile" and one.service != service), None)
        email = await tx.scalar(select(parties.c.email).where(parties.c.ref == row["party_ref"]))
        if other is not None:
            await filling.send_text(tx, other, sender="10086", words=words)
        elif email:
            await mail(tx, email, "PUK", words)
        else:
            return no("no_other_way")
        return DONE

    return do


def request_sim(service: ServiceId) -> Doing:
    """A new SIM goes to the address on record."""

    async def do(tx: Transaction) -> Did:
        row = await questions.held(tx, service)
        if row is None or service.kind != "mobile":
            return no("number_unknown")
        if SIM in await lines_asked.switched_on(tx, service):
            return no("already_on")
        await put_on(tx, service, SIM)
        price = await plans.price_of(tx, "replace_sim")
        await charge_once(tx, service, f"sim-{new_id()}", FEATURE_NAMES[SIM], price.minor)
        return DONE

    return do


def withdraw_sim_request(service: ServiceId) -> Doing:
    """None is sent and nothing charged, while it has not left."""

    async def do(tx: Transaction) -> Did:
        asked = (await lines_asked.switched_on(tx, service)).get(SIM)
        if asked is None:
            return no("not_on")
        if tx.now >= asked["since"] + SIM_LEAVES_AFTER:
            return no("sim_has_left")
        await take_off(tx, service, SIM)
        charged = (bill_lines.c.service == str(service)) & bill_lines.c.ref.startswith("sim-")
        await tx.execute(bill_lines.delete().where(charged, bill_lines.c.at >= asked["since"]))
        return DONE

    return do


def add_to_family(service: ServiceId, member: ServiceId) -> Doing:
    """A number of this operator comes into the group."""

    async def do(tx: Transaction) -> Did:
        row = await active(tx, service)
        if isinstance(row, Did):
            return row
        if member == service or await questions.held(tx, member) is None:
            return no("own_number" if member == service else "not_ours")
        inside = [code for code in await lines_asked.switched_on(tx, service) if code.startswith(FAMILY)]
        if f"{FAMILY}{member.value}" in inside:
            return no("already_on")
        if len(inside) >= FAMILY_MAX:
            return no("family_full")
        fee = await plans.price_of(tx, "add_family_number")
        await put_on(tx, service, f"{FAMILY}{member.value}", fee_minor=fee.minor)
        return DONE

    return do


def take_from_family(service: ServiceId, member: ServiceId) -> Doing:
    """A number leaves the group."""

    async def do(tx: Transaction) -> Did:
        had = await take_off(tx, service, f"{FAMILY}{member.value}")
        return no("not_on") if had is None else DONE

    return do


async def mail(tx: Transaction, address: str, subject: str, words: str) -> None:
    """An e-mail of the operator's own systems."""
    await tx.execute(insert(mails_sent).values(address=address, subject=subject, words=words, at=tx.now))
