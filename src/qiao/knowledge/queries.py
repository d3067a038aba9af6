"""Finding and reading articles."""

import re
from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import RowMapping, Select, func, select, tuple_

from qiao.kernel.ids import ArticleId
from qiao.kernel.refused import NotFound
from qiao.knowledge.matching import holding
from qiao.knowledge.model import Article, Audience, Hit, HitPage, excerpt
from qiao.knowledge.splitting import asked
from qiao.knowledge.store import articles
from qiao.platform.cursors import cursor
from qiao.platform.cursors import place as place_of
from qiao.platform.database import Transaction

NEWEST_RANKED: Final = 2_000
"""Only so many of the newest hits are ranked; whoever asks for something everybody writes about gets the newest."""
MATCHED_CHARACTERS: Final = 600
_TITLE_WEIGHT: Final = 3.0


async def article(tx: Transaction, article_id: ArticleId, *, audience: Audience = "staff") -> Article:
    """One article. Raises NotFound, also to a customer who asks for what is for staff."""
    row = await tx.one(select(articles).where(articles.c.id == article_id))
    if row is None or (audience == "customer" and row["audience"] != "customer"):
        raise NotFound
    return _article(row)


async def search(
    tx: Transaction,
    *,
    query: str,
    audience: Audience,
    language: str | None = None,
    limit: int = 20,
    before: str | None = None,
) -> HitPage:
    """Articles that hold everything asked for, the best first; without a question the newest first.

    `language` puts its own articles first and hides none. `before` is the cursor of the page before.
    """
    wanted = asked(query)
    if not wanted:
        return await _newest(tx, audience, limit, before)
    matching = (
        _visible(audience)
        .where(holding(articles.c.words, wanted))
        .order_by(articles.c.updated_at.desc(), articles.c.id.desc())
        .limit(NEWEST_RANKED)
    )
    ranked = sorted(
        (_hit(row, wanted, language) for row in await tx.rows(matching)), key=lambda hit: (-hit.rank, hit.article.title)
    )
    start = int(before) if before is not None and re.fullmatch(r"[0-9]{1,4}", before) else 0
    shown = ranked[start : start + limit]
    return HitPage(tuple(shown), str(start + limit) if start + limit < len(ranked) else None)


async def articles_mark(tx: Transaction) -> str:
    """Changes whenever any article does; for whoever keeps something made of all of them."""
    many = (func.count(), func.coalesce(func.sum(articles.c.version), 0), func.max(articles.c.updated_at))
    told = await tx.one(select(func.current_database(), *many))
    assert told is not None
    return ":".join(str(one) for one in told.values())


async def every_article(tx: Transaction) -> list[Article]:
    """All of them, each body cut to its beginning: enough to be matched by, not to be shown."""
    wanted = select(
        *(column for column in articles.c if column.name not in ("body", "words")),
        func.left(articles.c.body, MATCHED_CHARACTERS).label("body"),
    ).order_by(articles.c.id)
    return [_article(row) for row in await tx.rows(wanted)]


async def articles_by_ids(tx: Transaction, ids: Collection[ArticleId]) -> dict[ArticleId, Article]:
    """Articles that are still there."""
    found = await tx.rows(select(articles).where(articles.c.id.in_(ids))) if ids else []
    return {ArticleId(row["id"]): _article(row) for row in found}


async def _newest(tx: Transaction, audience: Audience, limit: int, before: str | None) -> HitPage:
    wanted = _visible(audience).order_by(articles.c.updated_at.desc(), articles.c.id.desc()).limit(limit + 1)
    place = place_of(before)
    if place is not None:
        wanted = wanted.where(tuple_(articles.c.updated_at, articles.c.id) < place)
    rows = await tx.rows(wanted)
    hits = tuple(_hit(row, (), None) for row in rows[:limit])
    last = rows[limit - 1] if len(rows) > limit else None
    return HitPage(hits, cursor(last["updated_at"], last["id"]) if last is not None else None)


def _visible(audience: Audience) -> Select[Any]:
    wanted = select(articles)
    return wanted.where(articles.c.audience == "customer") if audience == "customer" else wanted


def _hit(row: RowMapping, wanted: list[str] | tuple[str, ...], language: str | None) -> Hit:
    found = _article(row)
    title, body = found.title.casefold(), found.body.casefold()
    rank = sum(_TITLE_WEIGHT * (token in title) + min(body.count(token), 5) * 0.5 for token in wanted)
    rank += sum(_TITLE_WEIGHT for tag in found.tags for token in wanted if token == tag.casefold())
    if language is not None and found.language != language:
        rank -= 100.0
    return Hit(found, excerpt(found.body, wanted), rank)


def _article(row: RowMapping) -> Article:
    return Article(
        id=ArticleId(row["id"]),
        title=row["title"],
        body=row["body"],
        language=row["language"],
        audience=row["audience"],
        tags=tuple(row["tags"]),
        version=row["version"],
        updated_at=row["updated_at"],
        updated_by=row["updated_by"],
    )
