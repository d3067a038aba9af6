"""Finding cases by words: number, title, what was said, what is known."""

from typing import Final

from sqlalchemy import ColumnElement, func, select, update

from qiao.cases.model_records import Case
from qiao.cases.store import case_facts, case_words, cases
from qiao.knowledge import asked, holding, tokens
from qiao.platform.database import Transaction

INDEXED_MAX: Final = 4_000
"""Tokens kept of one case: enough for everything anybody would look for."""


async def index_words(tx: Transaction, found: Case) -> None:
    """Let the case be found by its number, title, words and facts."""
    said = await tx.rows(select(case_words.c.text).where(case_words.c.case_id == found.id).limit(200))
    known = await tx.rows(select(case_facts.c.value).where(case_facts.c.case_id == found.id).limit(500))
    parts = [found.number, found.title, *(row["text"] for row in said), *(row["value"] for row in known)]
    words = list(dict.fromkeys(tokens("\n".join(parts))))[:INDEXED_MAX]
    vector = func.array_to_tsvector(words) if words else func.to_tsvector("simple", "")
    await tx.execute(update(cases).where(cases.c.id == found.id).values(search=vector))


def told_of(words: str) -> ColumnElement[bool] | None:
    """The condition that a case holds all of these words; None when nothing is asked."""
    terms = asked(words)
    return holding(cases.c.search, terms) if terms else None
