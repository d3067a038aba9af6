"""Entry points: the ways into the centre as data, one place for service numbers of texts and calls and for chats."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import RowMapping, select, update
from sqlalchemy.dialects.postgresql import insert

from qiao.kernel.ids import UnitId
from qiao.kernel.languages import LANGUAGES, N_
from qiao.kernel.refused import InputNotUnderstood, NotFound, Refused
from qiao.platform.database import Transaction
from qiao.routing.hours import Hours, read_hours
from qiao.routing.store import entry_points as table

BY_NUMBER: Final = frozenset({"sms", "voice"})
BY_WORD: Final = frozenset({"chat"})
CHANNELS: Final = BY_NUMBER | BY_WORD
ANSWER_MINUTES_MAX: Final = 24 * 60
_NUMBER: Final = re.compile(r"[0-9]{3,15}")
_CODE: Final = re.compile(r"[a-z][a-z0-9_.-]{0,39}")


class EntryPointTaken(Refused):
    """There is such a service number already."""

    code = "routing.entry_point_taken"
    text = N_("The number {number} is there already. Nothing was changed; open it in the list.")


class EntryPointChangedMeanwhile(Refused):
    """Somebody else changed it since this form was opened."""

    code = "routing.entry_point_changed"
    text = N_("Somebody else changed {number} meanwhile. Yours is not kept yet; look at it anew and change it again.")


@dataclass(frozen=True, slots=True)
class EntryPoint:
    """A service number such as 10086, or a chat by its site's word: whom it serves, in which language, when, and by
    which flow it greets.

    `code` is what desks name to serve it. `display_number` is what customers see of what leaves from it. `language`
    None: the customer's own, asked of strangers only. `hours` are those in which people answer; machines always do.
    `answer_minutes` is what customers are promised of people in those hours.
    """

    number: str
    code: str
    names: Mapping[str, str]
    channels: frozenset[str]
    brand: str
    language: str | None
    display_number: str
    flow: str
    hours_told: Mapping[str, Any] | None
    answer_minutes: int | None
    unit_id: UnitId | None
    rev: int = 1

    @property
    def is_number(self) -> bool:
        """Whether texts and calls come by it; a chat has a word."""
        return self.channels <= BY_NUMBER

    @property
    def hours(self) -> Hours:
        """When its people answer, by its own hours; the desk it leads to may have narrower ones."""
        return read_hours(self.hours_told)

    def opens_at(self, at: datetime) -> datetime | None:
        """When its people are there next; None while they are."""
        opens = self.hours.opens_at(at)
        return None if opens == at else opens


def _told(
    number: str,
    *,
    code: str,
    names: Mapping[str, str],
    channels: Collection[str] = ("sms", "voice"),
    brand: str = "",
    language: str | None = None,
    display_number: str = "",
    flow: str = "",
    hours: Mapping[str, Any] | None = None,
    answer_minutes: int | None = None,
    unit_id: UnitId | None = None,
) -> dict[str, Any]:
    """The columns of what was told. Raises InputNotUnderstood naming each field that needs another look."""
    wrong = {}
    if not _CODE.fullmatch(code):
        wrong["code"] = N_("Small letters, digits and _ . - only, beginning with a letter.")
    if not names.get("en", "").strip():
        wrong["name_en"] = N_("This is needed.")
    if not channels or set(channels) - CHANNELS:
        wrong["channels"] = N_("Choose at least one.")
    elif set(channels) == BY_WORD and not _CODE.fullmatch(number):
        wrong["number"] = N_("A chat goes by a word: small letters, digits and _ . - only, beginning with a letter.")
    elif set(channels) != BY_WORD and not _NUMBER.fullmatch(number):
        wrong["number"] = N_("Digits only, 3 to 15 of them; a chat goes by a word of its own and carries nothing else.")
    if language is not None and language not in LANGUAGES:
        wrong["language"] = N_("Choose one of the list.")
    if display_number and not _NUMBER.fullmatch(display_number):
        wrong["display_number"] = N_("Digits only, 3 to 15 of them.")
    if flow and not _CODE.fullmatch(flow):
        wrong["flow"] = N_("Small letters, digits and _ . - only, beginning with a letter.")
    if answer_minutes is not None and not 1 <= answer_minutes <= ANSWER_MINUTES_MAX:
        wrong["answer_minutes"] = N_("Between 1 and 1440 minutes.")
    if wrong:
        raise InputNotUnderstood(wrong)
    read_hours(hours)
    return {
        "code": code,
        "names": {language: name.strip() for language, name in names.items() if name.strip()},
        "channels": sorted(set(channels)),
        "brand": brand.strip()[:80],
        "language": language,
        "display_number": display_number,
        "flow": flow,
        "hours": dict(hours) if hours else None,
        "answer_minutes": answer_minutes,
        "unit_id": unit_id,
    }


async def ensure_entry_point(tx: Transaction, *, number: str, **told: Any) -> None:
    """Have this service number or chat, as told; what is the same stays. Raises InputNotUnderstood."""
    values = _told(number, **told)
    made = insert(table).values(number=number, **values)
    await tx.execute(made.on_conflict_do_update(index_elements=["number"], set_=values | {"rev": table.c.rev + 1}))


async def add_entry_point(tx: Transaction, *, number: str, **told: Any) -> None:
    """A new service number or chat. Raises InputNotUnderstood, EntryPointTaken."""
    made = insert(table).values(number=number, **_told(number, **told)).on_conflict_do_nothing()
    if await tx.scalar(made.returning(table.c.number)) is None:
        raise EntryPointTaken(number=number)


async def change_entry_point(tx: Transaction, *, number: str, seen_rev: int, **told: Any) -> None:
    """Change a service number that was seen at this revision.

    Raises InputNotUnderstood, NotFound, EntryPointChangedMeanwhile.
    """
    values = _told(number, **told) | {"rev": table.c.rev + 1}
    mine = (table.c.number == number) & (table.c.rev == seen_rev)
    if not (await tx.execute(update(table).where(mine).values(values))).rowcount:
        await entry_point(tx, number)
        raise EntryPointChangedMeanwhile(number=number)


async def entry_point(tx: Transaction, number: str) -> EntryPoint:
    """One service number. Raises NotFound."""
    row = await tx.one(select(table).where(table.c.number == number))
    if row is None:
        raise NotFound
    return _entry_point(row)


async def entry_points(tx: Transaction, *, channel: str | None = None) -> dict[str, EntryPoint]:
    """All ways in, or those of one channel, by number or word."""
    rows = await tx.rows(select(table).order_by(table.c.number))
    return {row["number"]: _entry_point(row) for row in rows if channel is None or channel in row["channels"]}


def _entry_point(row: RowMapping) -> EntryPoint:
    return EntryPoint(
        number=row["number"],
        code=row["code"],
        names=row["names"],
        channels=frozenset(row["channels"]),
        brand=row["brand"],
        language=row["language"],
        display_number=row["display_number"] or row["number"],
        flow=row["flow"],
        hours_told=row["hours"],
        answer_minutes=row["answer_minutes"],
        unit_id=row["unit_id"],
        rev=row["rev"],
    )
