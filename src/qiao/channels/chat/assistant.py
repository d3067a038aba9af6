"""The service assistant: a flow that answers a conversation before any person does, and hands over all of it.

A message and the work of answering it are written in one transaction; the worker moves the flow on by that message,
once, and says what it says under the message's key: killed anywhere in between, it is answered once.
"""

import asyncio
import unicodedata
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog

from qiao import interactions, routing, selfservice
from qiao.channels.chat import people, quicker, waiting
from qiao.channels.chat.model import Site, Told
from qiao.channels.chat.queries import site_of
from qiao.channels.chat.texts import say as text_of
from qiao.interactions import Interaction, Message
from qiao.kernel.ids import InteractionId
from qiao.kernel.refused import NotFound
from qiao.platform.database import Transaction
from qiao.platform.failpoints import failpoint
from qiao.platform.house import House
from qiao.platform.jobs import defer
from qiao.platform.live import TOPICS
from qiao.platform.timers import cancel_timer, set_timer
from qiao.selfservice import Advanced, Begin, Input, Option, Running

log = structlog.get_logger(__name__)
CHANNEL: Final = "chat"
ANSWER: Final = "channels.chat.answer"
QUIET: Final = "chat.assistant_quiet"
UNTAKEN: Final = "chat.secret_untaken"
MOVED: Final = "chat.assistant.moved"
"""Between a flow that has moved and its answer in the conversation."""
QUIET_AFTER: Final = timedelta(minutes=30)
"""A conversation with the assistant alone in which nothing was said for so long is over."""
UNTAKEN_AFTER: Final = timedelta(seconds=15)
HIDDEN: Final = "••••••"
SECRET_LEAST, SECRET_MOST = 4, 64
WAIT_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class Asking:
    """What the assistant waits for: choices to take, or a secret ("code", "password", "order_digits", else "")."""

    running: Running
    replies: tuple[Option, ...] = ()
    secret: str = ""
    hides: bool = False
    """What is asked for in plain words is a secret all the same, such as the number of a voucher."""


def speaks(contact: Interaction, place: Site) -> bool:
    """Whether the assistant answers here: nobody else does, and nobody was asked for."""
    alone = contact.agent_id is None and contact.queued_at is None and contact.ended_at is None
    return bool(place.flow) and alone and contact.direction != "written"


async def begin(tx: Transaction, contact: Interaction, place: Site) -> bool:
    """Let the site's flow answer this conversation; False where it has none, or one that is not there."""
    return speaks(contact, place) and await _session(tx, contact, place) is not None


async def _session(tx: Transaction, contact: Interaction, place: Site) -> Running | None:
    """The open session of a conversation; a new one when there is none."""
    segment, _ = await people.standing_of(tx, contact.customer_id)
    try:
        return await selfservice.begin_flow(
            tx,
            code=place.flow,
            channel=CHANNEL,
            subject=_subject(contact.id),
            facts={"language": contact.language, "segment": segment, "level": int(contact.level)},
            customer_id=contact.customer_id,
            service=contact.service_id,
            interaction_id=contact.id,
            unit_id=contact.unit_id,
            entry_point=contact.entry_point,
        )
    except NotFound:
        log.warning("chat.no_such_flow", flow=place.flow, site=place.key)
        return None


def _subject(interaction_id: InteractionId) -> str:
    return f"contact:{interaction_id}"


async def hear(tx: Transaction, message: Message, place: Site, *, reply: str, hidden: bool) -> None:
    """Have a message answered, if the assistant speaks here. A secret comes by itself; if it does not, it is asked for
    again."""
    if not place.flow:
        return
    contact = await interactions.interaction(tx, message.interaction_id)
    if not speaks(contact, place) or (running := await _session(tx, contact, place)) is None:
        return
    way = await quicker.settle(tx, contact, message.text, reply)
    if way is not None:
        await selfservice.leave_flow(tx, running)
        await _session(tx, contact, replace(place, flow=quicker.flow_of(way)))
        await _defer(tx, message.interaction_id, message.seq, "", begun=True)
    elif hidden:
        due_at = tx.now + UNTAKEN_AFTER
        await set_timer(tx, kind=UNTAKEN, ref=f"{message.interaction_id}:{message.seq}", due_at=due_at)
    else:
        await _defer(tx, message.interaction_id, message.seq, reply)


async def _defer(tx: Transaction, interaction_id: InteractionId, seq: int, reply: str, **more: bool) -> None:
    about = {"interaction_id": str(interaction_id), "seq": seq, "reply": reply, **more}
    await defer(tx, ANSWER, lock=f"chat:{interaction_id}", **about)


async def asks(tx: Transaction, contact: Interaction | None, place: Site) -> Asking | None:
    """What the assistant waits for now; None where it does not speak."""
    if contact is None or not speaks(contact, place):
        return None
    running = await selfservice.open_session(tx, channel=CHANNEL, subject=_subject(contact.id))
    if running is None:
        return None
    session = running.session
    if (way := await quicker.open_way(tx, contact.id)) is not None:
        return Asking(running, quicker.replies(way, contact.language))
    asked = str(session.wanted.get("what", "")) if session.waits in ("secret", "yes") else ""
    secret = "order_digits" if asked == "yes" else asked
    shown = selfservice.as_chat(await selfservice.asked_now(tx, running), session.language)
    hides = session.hides and not secret
    return Asking(running, shown[-1].quick_replies if shown and session.waits != "begin" else (), secret, hides)


def is_secret(asking: Asking | None, text: str) -> bool:
    """Whether what was typed is the code, the password or the digits that were asked for."""
    told = unicodedata.normalize("NFKC", text).strip()
    if asking is not None and asking.hides:
        digits = "".join(told.split()).replace("-", "")
        return SECRET_LEAST <= len(digits) <= SECRET_MOST and digits.isdecimal()
    if asking is None or not asking.secret or selfservice.is_emergency(told) or selfservice.wants_person(told):
        return False
    if asking.secret == "password":  # noqa: S105 - the word for what is asked
        return 0 < len(told) <= SECRET_MOST and not any(one.isspace() for one in told)
    return 4 <= len(told) <= 8 and told.isdecimal()


async def answer(
    house: House, interaction_id: str, seq: int, reply: str = "", hidden: bool = False, begun: bool = False
) -> None:
    """Answer a message, once, however often this is run. `begun`: it took a quicker way, whose flow begins now."""
    about = InteractionId(UUID(interaction_id))
    async with house.database.transaction() as tx:
        [message] = await interactions.messages_after(tx, about, seq - 1, limit=1)
        running = await _session_of(tx, message)
        if running is None or await interactions.message_by_key(tx, about, "bot", _key(message)) is not None:
            return
        if not (reply or hidden or begun) and await _offered(tx, message, running):
            return
    text = reply or message.text or ("0" if message.attachment is not None else "")
    told: Input = Begin() if hidden else selfservice.Told(text)
    fresh = f"{message.id}:begin"
    if running.session.waits == "begin" or (running.heard is not None and running.heard.key == fresh):
        moved = await selfservice.advance(house, session_id=running.id, told=Begin(), key=fresh)
        if moved.running.over or begun or selfservice.is_greeting(text):
            await _conclude(house, message, moved)
            return
    await _conclude(
        house, message, await selfservice.advance(house, session_id=running.id, told=told, key=_of(message))
    )


async def _offered(tx: Transaction, message: Message, running: Running) -> bool:
    """Whether he asks for a person and was told what can be done sooner without one."""
    contact = await interactions.interaction(tx, message.interaction_id)
    words = await quicker.offer(tx, contact, running, message.text) if contact.ended_at is None else ""
    if words:
        await _say(tx, message, words)
    return bool(words)


async def take_secret(house: House, message: Message, secret: str) -> None:
    """Judge what was typed instead of the hidden message; it is kept nowhere."""
    async with house.database.transaction() as tx:
        running = await _session_of(tx, message)
    if running is not None:
        told = selfservice.Told(secret)
        await _conclude(
            house, message, await selfservice.advance(house, session_id=running.id, told=told, key=_of(message))
        )


async def _session_of(tx: Transaction, message: Message) -> Running | None:
    """The session that takes this message, or took it before the process died."""
    subject = _subject(message.interaction_id)
    for key in (_of(message), f"{message.id}:begin"):
        if (found := await selfservice.session_for(tx, channel=CHANNEL, subject=subject, key=key)) is not None:
            return found
    return None


def _of(message: Message) -> str:
    return str(message.id)


def _key(message: Message) -> str:
    return f"answer:{message.id}"


async def _conclude(house: House, message: Message, moved: Advanced) -> None:
    """Say it in the conversation, and let it wait for a person where the flow handed over and found no desk."""
    failpoint(MOVED)
    about = message.interaction_id
    async with house.database.transaction() as tx:
        contact = await interactions.interaction(tx, about)
        if contact.ended_at is not None:
            return
        language = moved.running.session.language
        words = [one.text for one in selfservice.as_chat(moved.outputs, language) if one.text]
        if moved.running.over == "handed":
            words += await _waits(tx, contact, queued=moved.queued)
        await _say(tx, message, "\n".join(words))
        await cancel_timer(tx, kind=UNTAKEN, ref=f"{about}:{message.seq}")


async def _say(tx: Transaction, message: Message, words: str) -> None:
    """The answer to a message, if anything is said; from then on nobody need be waited for longer than a while."""
    about = message.interaction_id
    if words:
        await interactions.say(tx, interaction_id=about, author_kind="bot", text=words, client_key=_key(message))
    await set_timer(tx, kind=QUIET, ref=str(about), due_at=tx.now + QUIET_AFTER)


async def _waits(tx: Transaction, contact: Interaction, *, queued: bool) -> list[str]:
    """He waits for a person: with us if one is there, else his words wait for one. Returns what he is told of it."""
    if contact.agent_id is not None:
        return []
    place = await site_of(tx, contact.id)
    if not queued:
        try:
            await waiting.queue(tx, contact, site=place)
        except routing.EntryPointUnknown:
            log.warning("chat.no_desk", entry_point=place.entry_point)
            return [text_of(contact.language, Told("outlook_nobody"))]
    now = await waiting.outlook(tx, site=place, language=contact.language, segment=contact.segment)
    if not now.somebody:
        await interactions.leave_written(tx, interaction_id=contact.id)
        return [text_of(contact.language, Told("written"))]
    return []


async def wait_for_answer(house: House, message: Message, place: Site) -> None:
    """Return as soon as a message is answered, at the latest after two seconds; at once where no machine answers."""
    loop = asyncio.get_running_loop()
    until = loop.time() + WAIT_SECONDS
    async with house.hub.subscribe(TOPICS) as told:
        while True:
            async with house.database.transaction() as tx:
                contact = await interactions.interaction(tx, message.interaction_id)
                answered = await interactions.message_by_key(tx, contact.id, "bot", _key(message))
            left = until - loop.time()
            if answered is not None or not speaks(contact, place) or left <= 0:
                return
            await told.get(min(left, 0.5))


async def untaken(tx: Transaction, refs: list[str]) -> None:
    """A secret was typed and the process died with it: it is asked for again."""
    for ref in refs:
        interaction_id, _, seq = ref.partition(":")
        await _defer(tx, InteractionId(UUID(interaction_id)), int(seq), "", hidden=True)


async def quiet(tx: Transaction, refs: list[str]) -> None:
    """Nothing was said for long in conversations with the assistant alone: they were served."""
    for ref in refs:
        contact = await interactions.interaction(tx, InteractionId(UUID(ref)))
        if contact.ended_at is None and contact.agent_id is None and contact.queued_at is None:
            await interactions.end_interaction(tx, interaction_id=contact.id, reason="served")
