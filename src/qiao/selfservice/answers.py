"""Answers to questions: articles for customers, found beside services by the one matcher and read in a flow.

Only where they can be read: in the chat and on pages, in the customer's own language.
"""

from typing import Final
from uuid import UUID

from qiao import catalogue, knowledge
from qiao.kernel.ids import ArticleId
from qiao.kernel.refused import NotFound
from qiao.knowledge import Article, Entry, Match, words_that_counted
from qiao.platform.house import House
from qiao.selfservice.actions import Asked, Done
from qiao.selfservice.model_pieces import pieces
from qiao.selfservice.rendering import words
from qiao.selfservice.understanding import OFFERED_MAX, index, meant_by, near_enough, offered

FLOW: Final = "answer"
READ: Final = "read_article"
READ_ON: Final = frozenset({"chat", "web"})
FIRST_SECONDS: Final = 2.0
"""So long the first customer a process serves may wait for its shelf."""
STANDING: Final = frozenset({"service", "flow"})


class Shelf(knowledge.Shelf):
    """That of customers."""

    def __init__(self) -> None:
        super().__init__(index, _entry)


def shelf_of(house: House) -> Shelf:
    """This process's own."""
    found = house.ports.setdefault(Shelf, Shelf())
    assert isinstance(found, Shelf)
    return found


async def understand(house: House, asked: Asked) -> Done:
    """The flow action: `words` to rows of flows that may be run; refused when nothing is near enough.

    A code means its service and nothing else.
    """
    text, language = asked.given.get("words", ""), asked.language
    if asked.origin.channel not in READ_ON or catalogue.find_by_keyword(text) is not None:
        return offered(text, language)
    kinds = STANDING | {_kind(language)}
    shelf = shelf_of(house)
    async with house.database.transaction() as tx:
        await shelf.look(tx)
    await shelf.begun(FIRST_SECONDS)
    found = near_enough(shelf.ranked(text, limit=OFFERED_MAX, kinds=kinds))
    if not found:
        return Done("refused", {"reason": "nothing_near"})
    rows = [_row(text, one, language) for one in found]
    flows = {ref.partition(":")[0] for ref, _ in rows}
    return Done("done", {"rows": rows, "lines": len(rows)}, tuple(sorted(flows)))


def _row(text: str, match: Match, language: str) -> tuple[str, str]:
    """A choice: the flow in which it is had, and how it is called; an article's with the words that counted."""
    if match.entry.kind in STANDING:
        found = meant_by(match.entry)
        return found.flow, found.name(language)
    counted = " · ".join(words_that_counted(text, match))
    title = words("answer_row", language, title=match.entry.titles[0])
    return f"{FLOW}:{match.entry.id} {counted}", title


async def read(house: House, asked: Asked) -> Done:
    """The flow action: `article`, as it was chosen, to its words in pieces; refused when it is there no longer."""
    article_id, _, counted = asked.given.get("article", "").partition(" ")
    try:
        async with house.database.transaction() as tx:
            found = await knowledge.article(tx, ArticleId(UUID(article_id)), audience="customer")
    except (NotFound, ValueError):
        return Done("refused", {"reason": "gone"})
    told = [*pieces(found.body), "", ""]
    why = words("answer_why", asked.language, words=counted) if counted else ""
    return Done("done", {"title": found.title, "told": told[0], "more": told[1], "rest": told[2], "why": why})


def _kind(language: str) -> str:
    return f"article {language}"


def _entry(article: Article) -> Entry | None:
    if article.audience != "customer":
        return None
    return Entry(str(article.id), _kind(article.language), (article.title, *article.tags), (), article.body)
