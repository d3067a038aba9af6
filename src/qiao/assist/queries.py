"""Suggestions for a conversation."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from qiao import catalogue, interactions, knowledge, selfservice
from qiao.assist.model import Candidate, Suggestion, asked_from, suggestions
from qiao.assist.shelf import NOT_SUGGESTED, Shelf
from qiao.interactions import Message
from qiao.kernel.ids import ArticleId, InteractionId
from qiao.knowledge import Article, Match
from qiao.platform.database import Transaction

LOOKED_BACK: Final = 12
"""Of so many newest messages the customer's last three count."""
LAST: Final = 3
NUMBER_MIN: Final = 3
"""Fewer digits choose from a menu."""


@dataclass(frozen=True, slots=True)
class Suggested:
    """Suggestions, their articles, and what they answer to: the customer's last words and the last number of his."""

    items: Sequence[Suggestion]
    articles: dict[str, Article]
    said: tuple[str, ...]
    seq: int


async def last_words(tx: Transaction, interaction_id: InteractionId) -> list[Message]:
    """What the customer said last, oldest first; a good day, a wish for a person and a number tapped say nothing."""
    said = await interactions.messages_before(tx, interaction_id, limit=LOOKED_BACK)
    return [one for one in said if one.author_kind == "customer" and _tells(one.text)][-LAST:]


def _tells(text: str) -> bool:
    told = text.strip()
    if len(told) < NUMBER_MIN and told.isdecimal():
        return False
    return any(map(str.isalnum, told)) and not selfservice.wants_person(told) and not selfservice.is_greeting(told)


async def suggest(tx: Transaction, shelf: Shelf, *, words: Sequence[Message], rights: Collection[str]) -> Suggested:
    """What may help with these words, for staff with these rights; empty when nothing is near enough."""
    said = tuple(one.text for one in words)
    seq = words[-1].seq if words else 0
    for asked in asked_from(said):
        ranked = [as_candidate(asked, match) for match in await shelf.ask(tx, asked)]
        articles = await _articles(tx, [one.ref for one in ranked if one.kind == "article"])
        if found := suggestions(ranked, _allowed(rights) | {("article", one) for one in articles}):
            return Suggested(found, articles, said, seq)
    return Suggested((), {}, said, seq)


def as_candidate(asked: str, match: Match) -> Candidate:
    """A match as a plain value."""
    words = knowledge.words_that_counted(asked, match)
    return Candidate(match.entry.kind, match.entry.id, match.score, match.share, words)


async def _articles(tx: Transaction, ids: list[str]) -> dict[str, Article]:
    found = await knowledge.articles_by_ids(tx, [ArticleId(UUID(one)) for one in ids])
    return {str(key): article for key, article in found.items()}


def _allowed(rights: Collection[str]) -> set[tuple[str, str]]:
    services = catalogue.services(rights=frozenset(rights))
    flows = [code for code in selfservice.built_in() if code not in NOT_SUGGESTED]
    return {("service", one.code) for one in services} | {("flow", code) for code in flows}


def as_sources(found: Suggested) -> list[str]:
    """The same suggestions in the customer's kind of words, for an assistant: articles for customers and names only."""
    told: list[str] = []
    for one in found.items:
        article = found.articles.get(one.ref)
        if article is not None:
            told.append(f"{article.title}\n{article.body[:2_000]}" if article.audience == "customer" else article.title)
        elif one.kind == "service":
            told.append(f"Service: {catalogue.service(one.ref).names['en']}")
        else:
            told.append(f"Guided dialogue: {selfservice.built_in()[one.ref].names.say('en')}")
    return told
