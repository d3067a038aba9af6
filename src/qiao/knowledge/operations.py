"""Writing articles; what they said before is kept."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from qiao.kernel.ids import ArticleId, new_id
from qiao.kernel.languages import LANGUAGES, N_
from qiao.kernel.refused import InputNotUnderstood, NotFound, Refused
from qiao.knowledge.model import BODY_MAX, TITLE_MAX, Audience
from qiao.knowledge.splitting import tokens
from qiao.knowledge.store import article_versions, articles
from qiao.platform.database import Transaction


class ArticleChangedMeanwhile(Refused):
    """Somebody else saved it first."""

    code = "knowledge.changed_meanwhile"
    text = N_("Somebody else changed this article meanwhile. Nothing was overwritten; look again, then save.")


async def put_article(
    tx: Transaction,
    *,
    title: str,
    body: str,
    language: str,
    audience: Audience,
    by: str,
    id: ArticleId | None = None,  # noqa: A002 - the article's own
    tags: Sequence[str] = (),
    seen_version: int | None = None,
    code: str | None = None,
) -> ArticleId:
    """Write a new article, or a new version of one. Raises InputNotUnderstood, NotFound, ArticleChangedMeanwhile."""
    values = _checked(title, body, language, audience, tags) | {"updated_at": tx.now, "updated_by": by}
    if id is None:
        article_id, version = ArticleId(new_id()), 1
        await tx.execute(insert(articles).values(id=article_id, code=code, version=version, **values))
    else:
        row = await tx.one(select(articles).where(articles.c.id == id).with_for_update())
        if row is None:
            raise NotFound
        if seen_version is not None and seen_version != row["version"]:
            raise ArticleChangedMeanwhile
        article_id, version = id, row["version"] + 1
        await tx.execute(update(articles).where(articles.c.id == id).values(version=version, **values))
    await tx.execute(
        insert(article_versions).values(
            article_id=article_id, version=version, title=values["title"], body=values["body"], at=tx.now, by=by
        )
    )
    return article_id


async def ensure_article(tx: Transaction, *, code: str, **article: Any) -> ArticleId:
    """The article of this code, written if it is not there; one that is there stays as people left it."""
    known = await tx.scalar(select(articles.c.id).where(articles.c.code == code))
    if known is not None:
        return ArticleId(known)
    return await put_article(tx, code=code, by="system:setup", **article)


def _checked(title: str, body: str, language: str, audience: str, tags: Sequence[str]) -> dict[str, Any]:
    wrong = {}
    title, body = " ".join(title.split()), body.replace("\r\n", "\n").strip()
    if not 0 < len(title) <= TITLE_MAX or "\0" in title:
        wrong["title"] = N_("A title of 1 to 160 characters is expected here.")
    if not 0 < len(body) <= BODY_MAX or "\0" in body:
        wrong["body"] = N_("A text of 1 to 50,000 characters is expected here.")
    if language not in LANGUAGES:
        wrong["language"] = N_("Choose a language of the list.")
    if audience not in ("staff", "customer"):
        wrong["audience"] = N_("Choose for whom the article is.")
    if wrong:
        raise InputNotUnderstood(wrong)
    kept = tuple(dict.fromkeys(" ".join(tag.split())[:40] for tag in tags if tag.strip()))[:20]
    weighted = " ".join(dict.fromkeys([*tokens(title), *(word for tag in kept for word in tokens(tag)), *tokens(body)]))
    return {
        "title": title,
        "body": body,
        "language": language,
        "audience": audience,
        "tags": list(kept),
        "words": func.array_to_tsvector(weighted.split(" ")) if weighted else func.to_tsvector("simple", ""),
    }
