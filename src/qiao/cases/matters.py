"""A customer's matters in plain words: one sentence of how it stands, one of what happens next and by when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

from qiao.cases.lists import matters_of
from qiao.cases.model_category import in_language
from qiao.cases.model_records import Matter
from qiao.cases.model_steps import listed
from qiao.kernel.ids import CaseId, CustomerId
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
        asked = [item.item for item in matter.open_items if item.item is not None]
        names = listed(asked, language) if asked else ", ".join(item.wording for item in matter.open_items)
        return TEXTS.say("next.waiting_for_customer", language, items=names)
    if matter.promised_by is not None and matter.case.status in ("open", "waiting_for_us"):
        return TEXTS.say("next.promised", language, due=_when(matter.promised_by, language, zone))
    return TEXTS.say(f"next.{matter.case.status}", language)


def _when(at: datetime, language: str, zone: str) -> str:
    locale = _LOCALES.get(language, language)
    return format_datetime(at.astimezone(ZoneInfo(zone)), "short", locale=locale)
