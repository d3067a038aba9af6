"""Post: one ledger, each message once, each ends once, secrets wiped."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

import pytest
from sqlalchemy import text

from qiao import post
from qiao.kernel.ids import MessageId, new_id
from qiao.kernel.origin import Origin
from qiao.kernel.refused import NotFound
from qiao.kernel.service_ids import ServiceId
from qiao.post import Outlet, OutletAway
from qiao.post.leaving import pick_up, turn

if TYPE_CHECKING:
    from qiao.platform.database import Database
    from qiao.platform.house import House
    from tests.conftest import StillClock

TO = ServiceId("mobile", "+8613901007763")


@dataclass
class Letterbox:
    """An outlet that does as it is told and remembers what came."""

    repeats_safely: bool = True
    does: Literal["delivered", "failed", "away", "breaks"] = "delivered"
    got: list[str] = field(default_factory=list)

    async def deliver(self, house: House, message: post.Message) -> Literal["delivered", "failed", "unknown"]:
        if self.does == "away":
            raise OutletAway
        if self.does == "breaks":
            raise ConnectionResetError
        self.got.append(message.text)
        return self.does


@pytest.fixture
async def box(house: House, database: Database) -> Letterbox:
    async with database.transaction() as tx:
        await tx.execute(text("truncate post_messages"))
    made = Letterbox()
    house.ports[Outlet] = made
    return made


async def send(database: Database, key: str, words: str = "hello", **more: object) -> MessageId:
    async with database.transaction() as tx:
        return await post.send(
            tx, purpose="test", recipient=TO, text=words, language="en", key=key, origin=Origin("system"), **more
        )


async def state(database: Database, message_id: MessageId) -> post.Message:
    async with database.transaction() as tx:
        return await post.message(tx, message_id)


async def test_the_same_message_asked_for_twice_leaves_once(house: House, database: Database, box: Letterbox) -> None:
    first, second = await send(database, "k1"), await send(database, "k1", "other words")
    assert first == second
    await turn(house)
    await turn(house)
    assert box.got == ["hello"]
    assert (await state(database, first)).state == "delivered"
    async with database.transaction() as tx:
        assert [one.id for one in await post.messages_to(tx, TO)] == [first]


async def test_a_secret_is_wiped_as_soon_as_it_has_arrived(house: House, database: Database, box: Letterbox) -> None:
    secret = await send(database, "k2", "your code is 123456", secret=True)
    await turn(house)
    assert box.got == ["your code is 123456"]
    assert (await state(database, secret)).text == ""


async def test_an_outlet_that_is_away_gets_it_again_and_one_that_breaks_leaves_it_unknown(
    house: House, database: Database, box: Letterbox
) -> None:
    one = await send(database, "k3")
    box.does = "away"
    with pytest.raises(OutletAway):
        await turn(house)
    assert (await state(database, one)).state == "accepted"
    box.does = "breaks"
    await turn(house)
    kept = await state(database, one)
    assert (kept.state, kept.reason) == ("unknown", "ConnectionResetError")
    async with database.transaction() as tx:
        assert not await post.settle(tx, message_id=one, ending="delivered"), "it ends once"


@pytest.mark.parametrize(("safely", "then"), [(True, "accepted"), (False, "unknown")])
async def test_a_message_whose_sender_died_is_sent_again_only_where_that_does_no_harm(
    house: House, database: Database, box: Letterbox, clock: StillClock, safely: bool, then: str
) -> None:
    one = await send(database, f"k4-{safely}")
    async with database.transaction() as tx:
        assert [m.id for m in await post.claim(tx, message_id=one)] == [one]
    box.repeats_safely = safely
    await pick_up(house)
    assert (await state(database, one)).state == "claimed", "its sender may still be at it"
    clock.at += timedelta(minutes=3)
    await pick_up(house)
    assert (await state(database, one)).state == then


async def test_the_urgent_overtakes_and_the_submitted_waits_for_its_receipt(
    house: House, database: Database, box: Letterbox
) -> None:
    bulk = await send(database, "k5", "bulk", priority="bulk")
    code = await send(database, "k6", "code", priority="urgent")
    async with database.transaction() as tx:
        claimed = await post.claim(tx, limit=2)
        assert [one.id for one in claimed] == [code, bulk]
        await post.submitted(tx, message_ids=[code])
        await post.give_back(tx, message_ids=[bulk])
    assert (await state(database, code)).state == "submitted"
    assert (await state(database, bulk)).state == "accepted"


async def test_without_an_outlet_messages_wait_and_too_long_ones_are_refused(house: House, database: Database) -> None:
    house.ports.pop(Outlet, None)
    one = await send(database, "k7")
    await turn(house)
    await pick_up(house)
    assert (await state(database, one)).state == "accepted"
    with pytest.raises(post.MessageTooLong):
        await send(database, "k8", "x" * 4_001)
    with pytest.raises(NotFound):
        await state(database, MessageId(new_id()))


async def test_a_receipt_that_never_comes_leaves_the_message_unknown_and_no_secret_behind(
    house: House, database: Database, box: Letterbox, clock: StillClock
) -> None:
    secret = await send(database, "k9", "your code is 654321", secret=True)
    async with database.transaction() as tx:
        assert await post.claim(tx, message_id=secret)
        await post.submitted(tx, message_ids=[secret])
    clock.at += timedelta(days=2)
    await pick_up(house)
    assert (await state(database, secret)).state == "submitted"
    clock.at += timedelta(days=1)
    await pick_up(house)
    kept = await state(database, secret)
    assert (kept.state, kept.reason, kept.text) == ("unknown", "no receipt came", "")
    async with database.transaction() as tx:
        assert not await post.settle(tx, message_id=secret, ending="delivered"), "it ended"


async def test_what_has_not_left_can_be_withdrawn_and_what_has_cannot(
    house: House, database: Database, box: Letterbox
) -> None:
    waiting, gone = await send(database, "k10"), await send(database, "k11")
    async with database.transaction() as tx:
        await post.claim(tx, message_id=gone)
        assert await post.withdraw(tx, recipient=TO, purposes=["test"]) == 1
        assert await post.withdraw(tx, recipient=TO, purposes=["test"]) == 0
    assert (await state(database, waiting)).reason == "withdrawn"
    await turn(house)
    assert box.got == []


@pytest.mark.parametrize("words", ["hello", "", "a\x00b", "\ud800", "x" * 10_000, "\u202e1\u202c", "é"])
async def test_whatever_is_texted_to_us_is_kept_once_until_it_is_heard(database: Database, words: str) -> None:
    key = f"in-{len(words)}-{words[:3]!r}"
    async with database.transaction() as tx:
        first = await post.received(tx, TO, words, key)
        assert await post.received(tx, TO, "other words", key) == first
        kept = await post.text_in(tx, first)
        assert kept.sender == TO
        assert len(kept.text) <= 4_000
        assert "\x00" not in kept.text
        assert first in [one.id for one in await post.unheard(tx)]
        await post.heard(tx, [first])
        assert first not in [one.id for one in await post.unheard(tx)]
        lately = await post.texts_between(tx, [TO], tx.now - timedelta(minutes=1), tx.now + timedelta(minutes=1))
        assert first in [one.id for one in lately[TO]]
        with pytest.raises(NotFound):
            await post.text_in(tx, new_id())
