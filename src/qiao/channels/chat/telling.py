"""What a party is told: its messages as frames, and the one true line about what is happening."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from qiao import interactions
from qiao.channels.chat import asking, assistant, people, waiting
from qiao.channels.chat.frames import SNAPSHOT_MESSAGES, conversation_json, message_json, wire
from qiao.channels.chat.model import Outlook, Party, Site, Told, outlook_text, state_text
from qiao.channels.chat.queries import View
from qiao.channels.chat.texts import say
from qiao.channels.chat.visits import file_url
from qiao.interactions import Interaction, Message
from qiao.kernel.ids import InteractionId
from qiao.platform.database import Transaction
from qiao.platform.i18n import when_text
from qiao.platform.signing import Keys

BATCH_BYTES_MAX: Final = 96 * 1024
BATCH_MESSAGES: Final = 50


@dataclass(frozen=True, slots=True)
class Teller:
    """Tells one party, in its language and zone."""

    party: Party
    place: Site
    keys: Keys
    zone: str

    async def state(self, tx: Transaction, view: View) -> dict[str, Any]:
        """The state of the party's conversation, and the line that says it."""
        contact = view.contact
        asks = await assistant.asks(tx, contact, self.place)
        if contact is None and self.place.flow:
            question = await asking.question_json(tx, self.party, view)
            text = self._say(Told("assistant_answers"))
            return {"conversation": None, "phase": "new", "seq": 0, "seen": 0, "text": text, "question": question}
        if contact is None:
            now = await waiting.outlook(tx, site=self.place, language=self.party.language)
            told = outlook_text(now, waiting=False, when=self._when(now.opens_at, tx.now))
            question = await asking.question_json(tx, self.party, view)
            text = self._say(told)
            return {"conversation": None, "phase": "new", "seq": 0, "seen": 0, "text": text, "question": question}
        outlook = await self._outlook(tx, contact)
        agent = ""
        if contact.agent_id is not None:
            agent = (await people.agent_names(tx, [contact.agent_id])).get(contact.agent_id, "")
        told = state_text(
            "ended" if contact.ended_at else contact.phase,
            agent=agent,
            end_reason=contact.end_reason,
            outlook=outlook,
            when=self._when(outlook.opens_at, tx.now) if outlook is not None else "",
            had_agent=contact.answered_at is not None,
            assistant=assistant.speaks(contact, self.place),
        )
        question = await asking.question_json(tx, self.party, view)
        state = {**conversation_json(contact), "agent": agent, "text": self._say(told), "question": question}
        if asks is None:
            return state
        replies = [{"key": one.key, "text": one.text} for one in asks.replies]
        return {**state, "replies": replies, "proof": _proof_of(asks) or state["proof"]}

    async def _outlook(self, tx: Transaction, contact: Interaction) -> Outlook | None:
        if contact.phase not in ("new", "waiting", "written"):
            return None
        return await waiting.outlook(tx, site=self.place, language=contact.language, segment=contact.segment)

    async def snapshot(self, tx: Transaction, view: View) -> dict[str, Any]:
        """The newest messages and the state; `more` when there are earlier ones to ask for."""
        state = await self.state(tx, view)
        if view.contact is None:
            return {"t": "snapshot", **state, "messages": [], "more": False}
        newest = await interactions.messages_before(tx, view.contact.id, limit=SNAPSHOT_MESSAGES)
        listed = _fitting(await self.messages(tx, newest), newest_first=True)
        return {"t": "snapshot", **state, "messages": listed, "more": bool(listed) and listed[0]["seq"] > 1}

    async def older(self, tx: Transaction, interaction_id: InteractionId, before: int) -> dict[str, Any]:
        """The page of messages before a number."""
        page = await interactions.messages_before(tx, interaction_id, before, limit=SNAPSHOT_MESSAGES)
        listed = _fitting(await self.messages(tx, page), newest_first=True)
        return {
            "t": "older",
            "conversation": str(interaction_id),
            "messages": listed,
            "more": bool(listed) and listed[0]["seq"] > 1,
        }

    async def after(self, tx: Transaction, interaction_id: InteractionId, seq: int) -> list[dict[str, Any]]:
        """What was said after a number, as much as fits one sending."""
        fresh = await interactions.messages_after(tx, interaction_id, seq, BATCH_MESSAGES)
        return _fitting(await self.messages(tx, fresh), newest_first=False)

    async def messages(self, tx: Transaction, listed: list[Message]) -> list[dict[str, Any]]:
        """Messages as the client gets them."""
        writers = {m.author_id for m in listed if m.author_kind == "agent" and m.author_id is not None}
        names = await people.agent_names(tx, writers)
        return [message_json(message, names=names, file_url=self._file_url(message, tx.now)) for message in listed]

    def _file_url(self, message: Message, now: datetime) -> str | None:
        if message.attachment is None:
            return None
        return file_url(self.keys, message.interaction_id, message.attachment.file_id, now=now)

    def _say(self, told: Told) -> str:
        return say(self.party.language, told)

    def _when(self, at: datetime | None, now: datetime) -> str:
        return when_text(self.party.language, at, now=now, zone=self.zone)


def _proof_of(asks: assistant.Asking) -> str:
    """The field in which what the assistant asks for is typed."""
    known = {"code": "one_time_code", "password": "service_password"}
    return known.get(asks.secret, asks.secret)


def _fitting(listed: list[dict[str, Any]], *, newest_first: bool) -> list[dict[str, Any]]:
    """As many as fit the bytes of one sending, at least one, in order; the newest or the oldest of them."""
    kept: list[dict[str, Any]] = []
    left = BATCH_BYTES_MAX
    for message in reversed(listed) if newest_first else listed:
        left -= len(wire(message).encode())
        if kept and left < 0:
            break
        kept.append(message)
    return kept[::-1] if newest_first else kept
