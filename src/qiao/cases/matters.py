"""A customer's matters in plain words: one sentence of how it stands, one of what happens next and by when."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from sqlalchemy import func, select

from qiao.cases.categories import built_in, category
from qiao.cases.lists import open_cases_about, open_cases_of
from qiao.cases.model_category import Category, in_language
from qiao.cases.model_records import Case, Matter
from qiao.cases.model_steps import in_line, next_step
from qiao.cases.queries import Gathered, gather
from qiao.cases.store import case_interactions
from qiao.kernel.ids import CaseId, CustomerId, InteractionId, UnitId
from qiao.kernel.languages import nearest
from qiao.platform.database import Transaction
from qiao.platform.i18n import CustomerTexts

TEXTS: Final = CustomerTexts.load("qiao.cases", "matters.yaml")
_LOCALES: Final = {"zh-CN": "zh_Hans_CN", "zh-HK": "zh_Hant_HK"}


@dataclass(frozen=True, slots=True)
class PlainMatter:
    """What the customer reads of one matter."""

    case_id: CaseId
    number: str
    name: str
    status: str
    late: bool
    opened_at: datetime
    state_text: str
    next_text: str


async def matters_of(
    tx: Transaction, customer_id: CustomerId, *, units: Collection[UnitId] | None = None
) -> list[Matter]:
    """A customer's matters that are not closed, the broken promise first, then the one that moved last.

    With `units` only those of these organisation units and of none.
    """
    return await _matters(tx, await open_cases_of(tx, customer_id, units=units))


async def matters_about(
    tx: Transaction, interaction_id: InteractionId, *, units: Collection[UnitId] | None = None
) -> list[Matter]:
    """The matters that a contact is about and that are not closed, also those of nobody known; ordered as a customer's.

    With `units` only those of these organisation units and of none.
    """
    return await _matters(tx, await open_cases_about(tx, interaction_id, units=units))


async def matter_for_customer(
    tx: Transaction, case: Case, *, language: str, zone: str = "Asia/Shanghai"
) -> PlainMatter:
    """One case, also a closed one, in plain words."""
    return plain((await _matters(tx, [case]))[0], language, zone)


async def _matters(tx: Transaction, found: Sequence[Case]) -> list[Matter]:
    known = await gather(tx, [case.id for case in found])
    pinned = {(case.category_code, case.category_version) for case in found}
    rules = {(code, version): await category(tx, code, version) for code, version in pinned}
    linked = case_interactions.c.case_id
    counts = select(linked, func.count().label("contacts")).where(linked.in_(known)).group_by(linked)
    contacts = {row["case_id"]: row["contacts"] for row in await tx.rows(counts)}
    return [
        _matter(
            case,
            rules[case.category_code, case.category_version],
            known[case.id],
            contacts=contacts.get(case.id, 0),
            now=tx.now,
        )
        for case in found
    ]


def _matter(case: Case, rules: Category, known: Gathered, *, contacts: int, now: datetime) -> Matter:
    return Matter(
        case=case,
        category_name=rules.name,
        next_step=next_step(rules, known.on_record(case), built_in(), now),
        open_items=tuple(item for request in known.requests for item in request.open_items),
        promised_by=min((one.due_at for one in known.promises if one.state == "open"), default=None),
        late=case.red or any(one.state == "broken" for one in known.promises),
        contacts=contacts,
    )


async def matters_for_customer(
    tx: Transaction, customer_id: CustomerId, *, language: str, zone: str = "Asia/Shanghai"
) -> Sequence[PlainMatter]:
    """What is open for him, in his language out of nine; times in `zone`."""
    return [plain(matter, language, zone) for matter in await matters_of(tx, customer_id)]


def plain(matter: Matter, language: str, zone: str) -> PlainMatter:
    """One matter in plain words; pure."""
    spoken = nearest(language)
    case = matter.case
    return PlainMatter(
        case_id=case.id,
        number=case.number,
        name=in_language(matter.category_name, spoken),
        status=case.status,
        late=matter.late,
        opened_at=case.opened_at,
        state_text=_state(matter, spoken),
        next_text=_next(matter, spoken, zone),
    )


def _state(matter: Matter, language: str) -> str:
    special = f"state.{matter.case.status}.{matter.case.kind}"
    known = special if special in TEXTS.sentences else f"state.{matter.case.status}"
    return TEXTS.say(known, language)


def _next(matter: Matter, language: str, zone: str) -> str:
    if matter.late:
        return TEXTS.say("next.late", language)
    if matter.case.status == "waiting_for_customer" and matter.open_items:
        names = [in_language(item.names, language) for item in matter.open_items]
        return TEXTS.say("next.waiting_for_customer", language, items=in_line(names, language))
    if matter.promised_by is not None and matter.case.status in ("open", "waiting_for_us"):
        return TEXTS.say("next.promised", language, due=_when(matter.promised_by, language, zone))
    return TEXTS.say(f"next.{matter.case.status}", language)


def _when(at: datetime, language: str, zone: str) -> str:
    locale = _LOCALES.get(language, language)
    return format_datetime(at.astimezone(ZoneInfo(zone)), "short", locale=locale)
