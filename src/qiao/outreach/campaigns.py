"""Reply codes of campaigns, kept as data: a code opens its service while it is live, and its answers are counted."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import RowMapping, select, update
from sqlalchemy.dialects.postgresql import insert

from qiao import catalogue
from qiao.kernel.ids import CustomerId, new_id
from qiao.kernel.languages import N_
from qiao.kernel.refused import InputNotUnderstood, NotFound, Refused
from qiao.outreach.events import CampaignAnswered
from qiao.outreach.model_campaigns import (
    ANSWER_GOOD,
    NAME_MAX,
    CampaignCode,
    code_problem,
    overlapping,
    tidy,
    time_problem,
)
from qiao.outreach.model_stop import plain_word
from qiao.outreach.store import campaign_answers as answers
from qiao.outreach.store import campaign_codes as table
from qiao.platform import audit
from qiao.platform.database import Transaction, one_at_a_time
from qiao.platform.events import emit

CAMPAIGNS_RIGHT: Final = "outreach.campaigns"
LISTED_MAX: Final = 500


class CampaignCodeTaken(Refused):
    """Another campaign has this code at that time."""

    code = "outreach.campaign_code_taken"
    text = N_("The campaign “{campaign}” has this code at that time. Nothing was kept; choose another code or time.")


class CampaignCodeChangedMeanwhile(Refused):
    """Somebody else changed it since this form was opened."""

    code = "outreach.campaign_code_changed"
    text = N_("Somebody else changed this code meanwhile. Yours is not kept yet; look at it anew and change it again.")


async def campaign_codes(tx: Transaction) -> list[CampaignCode]:
    """All of them, the one that ends last first; 500 at most."""
    rows = await tx.rows(select(table).order_by(table.c.until_at.desc(), table.c.id).limit(LISTED_MAX))
    return [_code(row) for row in rows]


async def campaign_code(tx: Transaction, code_id: UUID) -> CampaignCode:
    """One of them. Raises NotFound."""
    row = await tx.one(select(table).where(table.c.id == code_id))
    if row is None:
        raise NotFound
    return _code(row)


async def live_codes(tx: Transaction) -> list[CampaignCode]:
    """Those that open a service now."""
    live = (table.c.from_at <= tx.now) & (table.c.until_at > tx.now)
    return [_code(row) for row in await tx.rows(select(table).where(live).order_by(table.c.id))]


async def keep_code(
    tx: Transaction,
    *,
    code_id: UUID | None,
    code: str,
    service: str,
    parameters: Mapping[str, str],
    campaign: str,
    from_at: datetime,
    until_at: datetime,
    reserved: Sequence[str],
    seen_rev: int,
    by: str,
) -> CampaignCode:
    """Add a code (`code_id` None) or change one; audited. `reserved` are words that mean something to other rooms.

    Raises InputNotUnderstood by field, CampaignCodeTaken when another is live at the same time, NotFound,
    CampaignCodeChangedMeanwhile.
    """
    code, campaign = tidy(code), " ".join(campaign.split())
    _look_at(code, service, parameters, campaign, from_at, until_at, reserved)
    await one_at_a_time(tx, f"campaign:{plain_word(code)}")
    same = [_code(row) for row in await tx.rows(select(table).where(table.c.word == plain_word(code)))]
    if (other := overlapping(same, plain_word(code), from_at, until_at, code_id)) is not None:
        raise CampaignCodeTaken(campaign=other.campaign)
    told = {"code": code, "word": plain_word(code), "service": service, "parameters": dict(parameters)}
    row = {**told, "campaign": campaign, "from_at": from_at, "until_at": until_at, "kept_at": tx.now, "kept_by": by}
    kept = await _written(tx, code_id, row, seen_rev)
    details = {"code": code, "service": service, "campaign": campaign, "rev": kept.rev}
    subject = f"campaign_code:{kept.id}"
    await audit.record(tx, actor=by, act="do.keep_campaign_code", subject=subject, details=details, once=False)
    return kept


async def _written(tx: Transaction, code_id: UUID | None, row: dict[str, Any], seen_rev: int) -> CampaignCode:
    if code_id is None:
        made = await tx.one(table.insert().values(id=new_id(), rev=1, **row).returning(table))
        assert made is not None
        return _code(made)
    await campaign_code(tx, code_id)
    mine = update(table).where(table.c.id == code_id, table.c.rev == seen_rev)
    changed = await tx.one(mine.values(rev=seen_rev + 1, **row).returning(table))
    if changed is None:
        raise CampaignCodeChangedMeanwhile
    return _code(changed)


def _look_at(
    code: str,
    service: str,
    parameters: Mapping[str, str],
    campaign: str,
    from_at: datetime,
    until_at: datetime,
    reserved: Sequence[str],
) -> None:
    """Raises InputNotUnderstood naming each field that needs another look."""
    wrong = {}
    known = {one.code: one for one in catalogue.services(audience="customer")}
    taken = {plain_word(word) for one in known.values() for word in (*one.sms_keywords, *one.names.values())}
    if problem := code_problem(code, taken | {plain_word(word) for word in reserved}):
        wrong["code"] = problem
    if service not in known:
        wrong["service"] = N_("Choose one of the list.")
    elif set(parameters) - {one.name for one in known[service].parameters}:
        wrong["parameters"] = N_("This service does not ask for that.")
    if not 0 < len(campaign) <= NAME_MAX or "\0" in campaign:
        wrong["campaign"] = N_("A name of 1 to 80 characters is expected here.")
    if problem := time_problem(from_at, until_at):
        wrong["until_at"] = problem
    if wrong:
        raise InputNotUnderstood(wrong)


async def note_answer(
    tx: Transaction, *, answer_id: UUID, campaign: CampaignCode, customer_id: CustomerId, channel: str
) -> None:
    """A customer answered with a live code; the same answer (a text's id) is noted once."""
    row = {"id": answer_id, "code_id": campaign.id, "customer_id": customer_id, "at": tx.now}
    made = insert(answers).values(row).on_conflict_do_nothing().returning(answers.c.id)
    if await tx.scalar(made) is not None:
        told = (campaign.code, campaign.campaign, campaign.service, channel, customer_id, tx.now)
        await emit(tx, CampaignAnswered(answer_id, *told))


async def campaign_behind(tx: Transaction, customer_id: CustomerId, service: str) -> str | None:
    """What an order of this service, given now by this customer, names as its way: the code he texted just before."""
    return (await campaigns_behind(tx, customer_id)).get(service)


async def campaigns_behind(tx: Transaction, customer_id: CustomerId) -> dict[str, str]:
    """Service -> what an order of it, given now by this customer, names as its way; his newest code counts."""
    joined = answers.join(table, table.c.id == answers.c.code_id)
    lately = (answers.c.customer_id == customer_id) & (answers.c.at > tx.now - ANSWER_GOOD)
    rows = await tx.rows(select(table).select_from(joined).where(lately).order_by(answers.c.at))
    return {code.service: code.origin for code in map(_code, rows)}


def _code(row: RowMapping) -> CampaignCode:
    return CampaignCode(
        id=row["id"],
        code=row["code"],
        service=row["service"],
        parameters=row["parameters"],
        campaign=row["campaign"],
        from_at=row["from_at"],
        until_at=row["until_at"],
        rev=row["rev"],
    )
