"""Set phrases in rows: one is said at a time, settled once, and nothing waits for a key that nobody listens for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from qiao import interactions
from qiao.channels.voice import store, store_phrases
from qiao.channels.voice.line_phrases import chosen, keep
from qiao.channels.voice.model import Call, Expect
from qiao.channels.voice.model_phrases import Awaits, Settled, Spoken
from qiao.channels.voice.store_phrases import Phrase
from qiao.kernel.ids import InteractionId, new_id

if TYPE_CHECKING:
    from qiao.platform.database import Database
    from qiao.platform.house import House
    from tests.conftest import StillClock

AGENT = UUID(int=9)


@pytest.fixture
async def call(database: Database) -> Call:
    """One in which somebody talks."""
    async with database.transaction() as tx:
        contact = await interactions.start_interaction(tx, channel="voice", language="fr", entry_point="hotline")
        call = Call(new_id(), f"ch-{new_id()}", state="talking", queued_at=tx.now, answered_at=tx.now)
        party = store.Party("sea", "", "10086", None, contact.id, new_id(), "hotline", "fr", "")
        await store.keep_new(tx, call, party, "qiao-test")
    return call


async def choose(database: Database, call: Call, code: str) -> Phrase:
    async with database.transaction() as tx:
        one = Phrase(new_id(), call.id, AGENT, code, "fr", "zh-CN", None, "", tx.now)
        await store_phrases.keep_chosen(tx, one)
    return one


async def outcomes(database: Database, call: Call) -> list[tuple[str, str]]:
    async with database.transaction() as tx:
        return [(one.code, one.outcome) for one in await store_phrases.phrases_of(tx, call.id)]


async def contact_of(database: Database, call: Call) -> InteractionId:
    async with database.transaction() as tx:
        row = await tx.one(store.voice_calls.select().where(store.voice_calls.c.id == call.id))
    assert row is not None
    return InteractionId(row["interaction_id"])


async def settle(database: Database, call: Call, *effects: Spoken | Settled) -> None:
    contact = await contact_of(database, call)
    async with database.transaction() as tx:
        await keep(tx, contact, effects)


async def test_what_was_chosen_later_is_said_and_what_nobody_has_heard_yet_is_left(
    house: House, database: Database, clock: StillClock, call: Call
) -> None:
    await choose(database, call, "looking")
    clock.at += timedelta(seconds=1)
    later = await choose(database, call, "solved_now")
    told = await chosen(house, call)
    assert told is not None and told.id == later.id and told.keys == ("1", "2")
    assert told.texts[0] == "Est-ce résolu maintenant ?"
    assert await outcomes(database, call) == [("solved_now", ""), ("looking", "left")]


async def test_nothing_is_said_over_a_secret_or_to_who_does_not_talk(
    house: House, database: Database, call: Call
) -> None:
    await choose(database, call, "looking")
    assert await chosen(house, replace(call, expect=Expect(secret=True))) is None
    assert await chosen(house, replace(call, state="waiting")) is None


async def test_it_is_settled_once_and_stands_in_the_conversation_in_both_languages(
    house: House, database: Database, call: Call
) -> None:
    one = await choose(database, call, "solved_now")
    await settle(database, call, Spoken(one.id))
    assert await chosen(house, _waits(call, one)) is None, "it is said once"
    await settle(database, call, Settled(one.id, "answered", "2"))
    await settle(database, call, Settled(one.id, "silent"))
    assert await outcomes(database, call) == [("solved_now", "answered")]
    contact = await contact_of(database, call)
    async with database.transaction() as tx:
        said = [(m.author_kind, m.text) for m in await interactions.messages_after(tx, contact)]
    assert said == [
        ("bot", "Est-ce résolu maintenant ?\n现在解决了吗？"),
        ("customer", "2 · non\n不是"),
    ], "the contact is nobody's here, so it is not said in an agent's name"


async def test_what_a_worker_said_that_died_waits_for_no_key(house: House, database: Database, call: Call) -> None:
    one = await choose(database, call, "solved_now")
    await settle(database, call, Spoken(one.id))
    assert await chosen(house, _waits(call, one)) is None
    assert await outcomes(database, call) == [("solved_now", "")], "it is still awaited where it was said"
    assert await chosen(house, call) is None
    assert await outcomes(database, call) == [("solved_now", "left")]


async def test_after_the_contact_is_over_nothing_more_is_written_into_it(database: Database, call: Call) -> None:
    one = await choose(database, call, "solved_now")
    contact = await contact_of(database, call)
    async with database.transaction() as tx:
        await interactions.end_interaction(tx, interaction_id=contact, reason="customer_left")
    await settle(database, call, Spoken(one.id), Settled(one.id, "answered", "1"))
    async with database.transaction() as tx:
        assert await interactions.messages_after(tx, contact) == []


def _waits(call: Call, one: Phrase) -> Call:
    return replace(call, expect=Awaits(("1", "2", "0"), phrase=one.id))
