"""Set phrases on the agent's side: what he may have said or texted to a caller whose language he does not speak.

There is no translation of what anybody says: only sentences that were written in all nine languages beforehand,
articles that exist in the caller's language, and keys. A call that a phrase promises is owed from then on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, select

from qiao import interactions, knowledge, outreach, post, routing, staff
from qiao.channels.voice import line_phrases, store_phrases
from qiao.channels.voice.model_phrases import GROUPS, PHRASES, SetPhrase
from qiao.channels.voice.store import voice_calls
from qiao.channels.voice.store_phrases import Phrase
from qiao.channels.voice.store_talk import Ongoing, ongoing_of
from qiao.channels.voice.talks import NotTheAgent, mine
from qiao.channels.voice.waiting import CannotBeCalled
from qiao.interactions import Interaction
from qiao.kernel.ids import AgentId, ArticleId, CustomerId, InteractionId, new_id
from qiao.kernel.languages import N_
from qiao.kernel.origin import Origin
from qiao.kernel.refused import InputNotUnderstood, NotFound, Refused
from qiao.kernel.service_ids import ServiceId
from qiao.knowledge import Article
from qiao.platform.database import Transaction
from qiao.platform.live import touch
from qiao.platform.policy import Actor

PURPOSE: Final = "voice.phrase"
WINDOW: Final = timedelta(hours=2)
QUERY_MAX: Final = 60
ARTICLES_MAX: Final = 5
ARTICLES_LOOKED_AT: Final = 60


class LanguageShared(Refused):
    """Both speak the caller's language, or the agent's language is not asked for."""

    code = "voice.language_shared"
    text = N_("You speak the caller’s language, so talk to him. Nothing was played.")


class NotTalkingNow(Refused):
    """Nobody talks with the caller, or he is keying a secret."""

    code = "voice.not_talking_now"
    text = N_("The caller cannot hear it just now. Nothing was played; choose it again when you are with him.")


class TakesNoTexts(Refused):
    """The number is unknown, no network vouches for it, or it takes no messages."""

    code = "voice.takes_no_texts"
    text = N_(
        "This caller’s number takes no text messages, or nobody vouches for it. Nothing was sent; say it instead."
    )


@dataclass(frozen=True, slots=True)
class Panel:
    """What an agent sees of a call whose caller he does not understand."""

    contact: Interaction
    groups: tuple[tuple[str, tuple[SetPhrase, ...]], ...]
    said: tuple[Phrase, ...]
    articles: tuple[Article, ...]
    takes_texts: bool


async def panel(tx: Transaction, actor: Actor, *, words: str, language: str) -> Panel | None:
    """For the call that he has; None where there is none, or he speaks its language. `words`: what he looks for."""
    for ongoing, leg in await ongoing_of(tx, AgentId(actor.id)):
        if leg.role == "agent" and leg.state == "up" and ongoing.state == "talking":
            contact = await interactions.interaction(tx, ongoing.interaction_id)
            if await _shared(tx, actor, contact):
                return None
            said = tuple(await store_phrases.phrases_of(tx, ongoing.call_id))
            articles = await _articles(tx, words, contact.language)
            takes = await _mobile(tx, ongoing) is not None
            return Panel(contact, tuple(_found(words, language, contact.language)), said, articles, takes)
    return None


async def _shared(tx: Transaction, actor: Actor, contact: Interaction) -> bool:
    return contact.language in (await staff.agent(tx, AgentId(actor.id))).languages


def _found(words: str, *languages: str) -> list[tuple[str, tuple[SetPhrase, ...]]]:
    """The phrases that hold all the words, in his language, in English or in the caller's."""
    wanted = knowledge.folded(words[:QUERY_MAX]).split()

    def holds(one: SetPhrase) -> bool:
        names = (one.code, *one.answers.values())
        told = " ".join(
            line_phrases.texts().say(name, language, when="")
            for name in names
            for language in {*languages, "en"}
            if name
        )
        return all(word in knowledge.folded(told) for word in wanted)

    found = [(name, tuple(one for one in group if holds(one))) for name, group in GROUPS.items()]
    return [(name, group) for name, group in found if group]


async def _articles(tx: Transaction, words: str, language: str) -> tuple[Article, ...]:
    """Those for customers in the caller's language; the newest where nothing is looked for."""
    page = await knowledge.search(
        tx, query=words[:QUERY_MAX], audience="customer", language=language, limit=ARTICLES_LOOKED_AT
    )
    return tuple([hit.article for hit in page.hits if hit.article.language == language][:ARTICLES_MAX])


async def choose(
    tx: Transaction,
    *,
    actor: Actor,
    interaction_id: InteractionId,
    code: str,
    language: str,
    calls_at: datetime | None = None,
) -> None:
    """Have a phrase said to the caller of his own call; `language` is that of the agent's screen.

    One that promises a call at `calls_at` promises it here. Raises NotFound, NotTheAgent, LanguageShared,
    NotTalkingNow, InputNotUnderstood (field "calls_at"), CannotBeCalled, DeskClosedThen.
    """
    ongoing, contact = await _his(tx, actor, interaction_id)
    one = PHRASES.get(code)
    if one is None:
        raise NotFound
    if ongoing.talk.asking or ongoing.talk.noticing:
        raise NotTalkingNow
    zone = str(outreach.zone_of(contact.service_id, await _zone(tx, contact))) if contact.service_id else ""
    if one.promises:
        await _promise(tx, actor, ongoing, calls_at)
    chosen = Phrase(
        id=new_id(),
        call_id=ongoing.call_id,
        agent_id=actor.id,
        code=code,
        language=contact.language,
        read_in=language,
        calls_at=calls_at if one.promises else None,
        zone=zone,
        chosen_at=tx.now,
    )
    await store_phrases.keep_chosen(tx, chosen)
    await touch(tx, f"interaction:{interaction_id}")
    await touch(tx, f"agent:{actor.id}")


async def _his(tx: Transaction, actor: Actor, interaction_id: InteractionId) -> tuple[Ongoing, Interaction]:
    """The call in which he is the agent, talking, with a caller whose language he does not speak."""
    ongoing, leg = await mine(tx, actor, interaction_id)
    if leg.role != "agent":
        raise NotTheAgent
    contact = await interactions.interaction(tx, interaction_id)
    if await _shared(tx, actor, contact):
        raise LanguageShared
    if leg.state != "up" or ongoing.state != "talking" or contact.ended_at is not None:
        raise NotTalkingNow
    return ongoing, contact


async def _zone(tx: Transaction, contact: Interaction) -> str | None:
    return await outreach.zone_chosen_by(tx, CustomerId(contact.customer_id)) if contact.customer_id else None


async def _promise(tx: Transaction, actor: Actor, ongoing: Ongoing, calls_at: datetime | None) -> None:
    """Owe the call before it is said that it comes."""
    if calls_at is None:
        raise InputNotUnderstood({"calls_at": N_("Choose a day and a time.")})
    row = await tx.one(select(voice_calls.c.number, voice_calls.c.customer_id).where(_this(ongoing)))
    where = await routing.waiting_contact(tx, ongoing.interaction_id)
    if row is None or not row["number"] or row["customer_id"] is None or where is None:
        raise CannotBeCalled
    await outreach.promise_callback(
        tx,
        customer_id=CustomerId(row["customer_id"]),
        service=ServiceId.from_text(row["number"]),
        window=(calls_at, calls_at + WINDOW),
        matter="",
        desk_id=where.desk_id,
        preferred_agent_id=None,
        origin=Origin("voice", ongoing.interaction_id, actor.reference),
        key=f"phrase:{ongoing.call_id}:{calls_at:%Y%m%d%H%M}",
    )


async def send_text(
    tx: Transaction, *, actor: Actor, interaction_id: InteractionId, code: str = "", article_id: ArticleId | None = None
) -> None:
    """Text a phrase or an article to the caller's number in his language; the same one goes once a call.

    Raises NotFound, NotTheAgent, LanguageShared, NotTalkingNow, TakesNoTexts, MessageTooLong.
    """
    ongoing, contact = await _his(tx, actor, interaction_id)
    service = await _mobile(tx, ongoing)
    if service is None:
        raise TakesNoTexts
    words = await _article_words(tx, article_id, contact.language) if article_id else _phrase_words(code, contact)
    about = str(article_id or code)
    await post.send(
        tx,
        purpose=PURPOSE,
        recipient=service,
        text=words,
        language=contact.language,
        key=f"{ongoing.call_id}:{about}",
        origin=Origin("voice", interaction_id, actor.reference),
    )
    said = {"author_kind": "agent", "author_id": actor.id, "client_key": f"texted:{about}"}
    await interactions.say(tx, interaction_id=interaction_id, text=f"SMS · {words}", **said)  # type: ignore[arg-type]
    await touch(tx, f"agent:{actor.id}")


def _phrase_words(code: str, contact: Interaction) -> str:
    one = PHRASES.get(code)
    if one is None or not one.texted:
        raise NotFound
    return line_phrases.texts().say(code, contact.language)


async def _article_words(tx: Transaction, article_id: ArticleId, language: str) -> str:
    article = await knowledge.article(tx, article_id, audience="customer")
    if article.language != language:
        raise NotFound
    return f"{article.title}\n{article.body}"


async def _mobile(tx: Transaction, ongoing: Ongoing) -> ServiceId | None:
    """The number that he calls from, as its network vouches for it, where it takes texts."""
    number = await tx.scalar(select(voice_calls.c.number).where(_this(ongoing)))
    service = ServiceId.from_text(number) if number else None
    return service if service is not None and service.kind == "mobile" else None


def _this(ongoing: Ongoing) -> ColumnElement[bool]:
    return voice_calls.c.id == ongoing.call_id


def lines(said: Sequence[Phrase], language: str) -> list[dict[str, str]]:
    """What was said, for the screen: in the agent's language and the caller's, with what became of it."""
    return [
        {
            "id": str(one.id),
            "told": line_phrases.told(one, language),
            "heard": line_phrases.told(one, one.language),
            "language": one.language,
            "state": _state(one),
            "meant": line_phrases.meant(one, language),
            "key": one.answer,
        }
        for one in said
    ]


def _state(one: Phrase) -> str:
    if one.outcome:
        return str(one.outcome)
    if one.said_at is None:
        return "waits"
    return "asked" if PHRASES[one.code].answers else "playing"
