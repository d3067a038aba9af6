"""The rules that an operator edits: categories with lifecycle and conditions, clocks with calendars, limits of money.

One door for all of them: as text, with every version there was, checked before it is kept, in force from then on. A
case that is open stays on the version it was opened under.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import yaml
from sqlalchemy import Column, Select, Table, func, select
from sqlalchemy.dialects.postgresql import distinct_on

from qiao import compensation
from qiao.cases.categories import all_problems, built_in, definition_of, keep_category
from qiao.cases.clock_book import built_in_book, keep_book
from qiao.cases.model_clocks import book_problems
from qiao.cases.model_rule_text import TextProblem, changes, read_rule_text, with_lines
from qiao.cases.store import case_categories, cases
from qiao.cases.store_clocks import clock_books
from qiao.kernel.languages import LANGUAGES, N_
from qiao.kernel.refused import NotAllowed, NotFound, Refused
from qiao.platform import audit
from qiao.platform.database import Transaction, one_at_a_time

RIGHT: Final = "cases.administer"
CLOCKS, LIMITS, CATEGORY = "clocks", "limits", "category:"
MOST: Final = 1_000


class RuleNotUnderstood(Refused):
    """The text has faults; `problems` names them with their lines."""

    code = "cases.rule_not_understood"
    status = 400
    text = N_("This cannot be put in force: {problems}. Nothing was changed; what you wrote is kept here.")


class RuleChangedMeanwhile(Refused):
    """Somebody else put another version in force since the page was made."""

    code = "cases.rule_changed"
    text = N_("Somebody put another version in force meanwhile. Nothing was changed; compare yours with it first.")


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a rule; number 0 is the one that came with Qiao. `by` is an actor's reference."""

    number: int
    kept_at: datetime | None
    by: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What a text would do: faults, or what changes, and how many open cases stay on what they have."""

    problems: tuple[TextProblem, ...]
    changes: tuple[str, ...]
    open_cases: int


BUILT_IN: Final = Version(0, None, "")


async def rules_there_are(tx: Transaction) -> dict[str, Version]:
    """Every rule with the version in force, by its name: "clocks", "limits", "category:<code>"."""
    table = case_categories
    newest = (
        select(table.c.code, table.c.version, table.c.kept_at, table.c.by)
        .where(table.c.source == "edited")
        .ext(distinct_on(table.c.code))
        .order_by(table.c.code, table.c.version.desc())
    )
    edited = {row["code"]: Version(row["version"], row["kept_at"], row["by"]) for row in await tx.rows(newest)}
    found = {rule: (await versions(tx, rule))[0] for rule in (CLOCKS, LIMITS)}
    codes = sorted({*built_in().categories, *edited})
    return found | {f"{CATEGORY}{code}": edited.get(code, BUILT_IN) for code in codes}


async def versions(tx: Transaction, rule: str) -> list[Version]:
    """The versions of a rule, the one in force first, the built-in one last; none of a category still to be written.

    Raises NotFound for what can be no rule.
    """
    if rule == LIMITS:
        told = await compensation.limit_versions(tx)
    else:
        table = _table(rule)
        rows = _edited(rule, table.c.version, table.c.kept_at, table.c.by).limit(200)
        told = [(row["version"], row["kept_at"], row["by"]) for row in await tx.rows(rows)]
    found = [*(Version(*one) for one in told), *([BUILT_IN] if _built_in(rule) is not None else [])]
    if not found:
        _group_there_must_be(rule)
    return found


async def rule_text(tx: Transaction, rule: str, number: int | None = None) -> str:
    """A rule as text: as it was written in that version, else as it is in force; a new category, as one begins.

    Raises NotFound.
    """
    written = await _written(tx, rule, number) if number != BUILT_IN.number else None
    if written is None and number not in (None, BUILT_IN.number):
        raise NotFound
    if written is not None:
        told, definition = written
        return told or _dumped(definition)
    if (built := _built_in(rule)) is not None:
        return _dumped(built)
    _group_there_must_be(rule)
    return _dumped(_NEW)


async def _written(tx: Transaction, rule: str, number: int | None) -> tuple[str, Any] | None:
    """The text and definition of an edited version, or of the newest."""
    if rule == LIMITS:
        return await compensation.limit_text(tx, number)
    table = _table(rule)
    wanted = _edited(rule, table.c.text, table.c.definition)
    row = await tx.one(wanted.limit(1) if number is None else wanted.where(table.c.version == number))
    return (row["text"], row["definition"]) if row is not None else None


def _table(rule: str) -> Table:
    return clock_books if rule == CLOCKS else case_categories


def _edited(rule: str, *columns: Column[Any]) -> Select[Any]:
    table = _table(rule)
    mine = () if rule == CLOCKS else (table.c.code == _code(rule),)
    return select(*columns).where(table.c.source == "edited", *mine).order_by(table.c.version.desc())


def _built_in(rule: str) -> Mapping[str, Any] | None:
    """What came with Qiao; None for a category of the house's own. Raises NotFound."""
    if rule == CLOCKS:
        return built_in_book()
    if rule == LIMITS:
        return compensation.built_in_limits()
    return definition_of(_code(rule))


def _code(rule: str) -> str:
    if not rule.startswith(CATEGORY):
        raise NotFound
    return rule.removeprefix(CATEGORY)


def _group_there_must_be(rule: str) -> None:
    if _code(rule).rpartition("/")[0] not in built_in().groups:
        raise NotFound


def _dumped(definition: Mapping[str, Any]) -> str:
    return yaml.safe_dump(_plain(definition), allow_unicode=True, sort_keys=False, width=110, default_flow_style=None)


def _plain(read: Any) -> Any:
    """Without aliases: every part written out."""
    if isinstance(read, Mapping):
        return {key: _plain(value) for key, value in read.items()}
    return [_plain(value) for value in read] if isinstance(read, list | tuple) else read


_NEW: Final = {"severity": 3, "name": dict.fromkeys(LANGUAGES, ""), "ask": [], "declare": [], "steps": [], "prove": []}


async def check(tx: Transaction, rule: str, written: str) -> Checked:
    """Look at a text without keeping it. Raises NotFound for what is no rule."""
    before = await rule_text(tx, rule)
    _, problems = _read(rule, written)
    return Checked(tuple(problems[:50]), tuple(changes(before, written)), await _open(tx, rule))


def _read(rule: str, written: str) -> tuple[Any, list[TextProblem]]:
    definition, problems = read_rule_text(written)
    return definition, problems or with_lines(_problems(rule, definition), written)


def _problems(rule: str, definition: Any) -> list[str]:
    if rule == CLOCKS:
        return book_problems(definition)
    if rule == LIMITS:
        return compensation.limit_problems(definition)
    return all_problems(_code(rule), definition)


async def _open(tx: Transaction, rule: str) -> int:
    """How many open cases are on what is in force now, up to MOST + 1."""
    live = select(cases.c.id).where(cases.c.status != "closed")
    if rule.startswith(CATEGORY):
        live = live.where(cases.c.category_code == _code(rule))
    return int(await tx.scalar(select(func.count()).select_from(live.limit(MOST + 1).subquery())))


async def put_in_force(tx: Transaction, rule: str, written: str, *, by: str, rights: frozenset[str], seen: int) -> int:
    """Keep a text as the version in force from now on; `seen` is the version its writer began from. Returns its number.

    Raises NotAllowed without "cases.administer", RuleChangedMeanwhile, RuleNotUnderstood, NotFound.
    """
    if RIGHT not in rights:
        raise NotAllowed
    await one_at_a_time(tx, f"rule:{rule}")
    if seen != next((one.number for one in await versions(tx, rule)), 0):
        raise RuleChangedMeanwhile
    definition, problems = _read(rule, written)
    if problems:
        told = "; ".join(f"{one.line}: {one.told}" if one.line else one.told for one in problems[:50])
        raise RuleNotUnderstood(problems=told)
    kept = {"definition": definition, "by": by, "text": written}
    if rule == CLOCKS:
        number = (await keep_book(tx, **kept)).version
    elif rule == LIMITS:
        number = await compensation.keep_limits(tx, **kept)
    else:
        number = (await keep_category(tx, code=_code(rule), **kept)).version
    told_now = {"version": number, "before": seen}
    await audit.record(tx, actor=by, act="do.put_rule_in_force", subject=rule, details=told_now, once=False)
    return number
