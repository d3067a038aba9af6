"""The book of calendars and targets: built in, edited at the desk, each version kept as long as a clock runs by it."""

import hashlib
import importlib.resources
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import yaml
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from qiao.cases.model_calendars import Calendar, calendar_from
from qiao.cases.model_clocks import Rule, book_problems, rules_from
from qiao.cases.store_clocks import clock_books
from qiao.kernel.languages import N_
from qiao.kernel.refused import Refused
from qiao.platform.database import Transaction


class ClocksNotUnderstood(Refused):
    """An edited book of calendars and targets breaks a rule."""

    code = "cases.clocks_not_understood"
    status = 400
    text = N_("The calendars and targets cannot be kept: {problems}. Nothing was saved.")


@dataclass(frozen=True)
class Book:
    """One version of the book, ready to be used."""

    version: int
    calendars: Mapping[str, Calendar]
    rules: tuple[Rule, ...]


@cache
def built_in_book() -> Mapping[str, Any]:
    """The definition that comes with Qiao. Raises ClocksNotUnderstood at the start of the house if it is broken."""
    folder = importlib.resources.files("qiao.cases") / "built_in"
    read: Mapping[str, Any] = yaml.safe_load((folder / "clocks.yaml").read_text("utf-8"))
    if problems := book_problems(read):
        raise ClocksNotUnderstood(problems="; ".join(problems))
    return read


async def book_in_force(tx: Transaction) -> Book:
    """The book by which a clock starts now, kept for good from its first use."""
    newest = select(clock_books).where(clock_books.c.source == "edited").order_by(clock_books.c.version.desc()).limit(1)
    row = await tx.one(newest)
    if row is not None:
        return _book(row["version"], json.dumps(row["definition"]))
    return await _kept(tx, built_in_book(), source="built_in", by="system:cases")


async def book(tx: Transaction, version: int) -> Book:
    """A book as it was."""
    row = await tx.one(select(clock_books.c.definition).where(clock_books.c.version == version))
    assert row is not None
    return _book(version, json.dumps(row["definition"]))


async def keep_book(tx: Transaction, *, definition: Any, by: str, text: str = "") -> Book:
    """Put an edited book in force for cases that are opened from now on. Raises ClocksNotUnderstood."""
    if problems := book_problems(definition):
        raise ClocksNotUnderstood(problems="; ".join(problems[:20]))
    return await _kept(tx, definition, source="edited", by=by, text=text)


async def _kept(tx: Transaction, definition: Mapping[str, Any], *, source: str, by: str, text: str = "") -> Book:
    plain = json.dumps(definition, ensure_ascii=False, sort_keys=True, default=str)
    digest = hashlib.sha256(f"{source}:{plain}".encode()).hexdigest()
    known = select(clock_books.c.version).where(clock_books.c.digest == digest)
    version = await tx.scalar(known)
    if version is None or source == "edited":
        row = {"source": source, "definition": json.loads(plain), "text": text, "kept_at": tx.now, "by": by}
        if source == "edited":  # the same text again is a version of its own: it comes after what was in force between
            digest = hashlib.sha256(f"{digest}:{tx.now.isoformat()}".encode()).hexdigest()
        made = insert(clock_books).values(**row, digest=digest).on_conflict_do_nothing()
        version = await tx.scalar(made.returning(clock_books.c.version)) or await tx.scalar(
            select(clock_books.c.version).where(clock_books.c.digest == digest)
        )
    return _book(version, plain)


@lru_cache(maxsize=64)
def _book(version: int, plain: str) -> Book:
    read = json.loads(plain)
    calendars = {code: calendar_from(one) for code, one in read["calendars"].items()}
    return Book(version, calendars, rules_from(read))
