"""Articles as plain values, and how a body becomes paragraphs."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from qiao.kernel.ids import ArticleId

Audience = Literal["staff", "customer"]
TITLE_MAX: Final = 160
BODY_MAX: Final = 50_000
_ITEM: Final = re.compile(r"\s*(?:[-*•]|\d{1,2}[.)、])\s*(.+)")


@dataclass(frozen=True, slots=True)
class Article:
    """One article in one language; `audience` "customer" is for everybody, "staff" for staff alone."""

    id: ArticleId
    title: str
    body: str
    language: str
    audience: Audience
    tags: tuple[str, ...]
    version: int
    updated_at: datetime
    updated_by: str

    @property
    def blocks(self) -> "list[Block]":
        """The body as paragraphs and lists."""
        return blocks(self.body)


@dataclass(frozen=True, slots=True)
class Hit:
    """An article found, with the piece of it that was asked about."""

    article: Article
    excerpt: str
    rank: float


@dataclass(frozen=True, slots=True)
class HitPage:
    """Hits in order; `before` is the cursor of the next page, None at the end."""

    hits: tuple[Hit, ...]
    before: str | None


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph (one line) or a list (several)."""

    kind: Literal["paragraph", "list"]
    lines: tuple[str, ...]


def blocks(body: str) -> list[Block]:
    """Plain text as paragraphs and lists: lines that begin with a number or a dash are items. Nothing is active."""
    found: list[Block] = []
    items: list[str] = []
    for line in body.splitlines():
        item = _ITEM.fullmatch(line)
        if item is not None:
            items.append(item[1])
            continue
        if items:
            found.append(Block("list", tuple(items)))
            items = []
        if line.strip():
            found.append(Block("paragraph", (line.strip(),)))
    if items:
        found.append(Block("list", tuple(items)))
    return found


def excerpt(body: str, wanted: Sequence[str], length: int = 120) -> str:
    """The piece of the body around the first thing asked for; its beginning when nothing is found in it."""
    plain = " ".join(body.split())
    low = plain.casefold()
    places = [place for token in wanted if (place := low.find(token)) >= 0]
    start = max(0, min(places, default=0) - length // 3)
    piece = plain[start : start + length]
    return f"{'…' if start else ''}{piece}{'…' if start + length < len(plain) else ''}"
