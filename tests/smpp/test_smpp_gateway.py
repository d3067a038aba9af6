"""The gateway between post's ledger and a centre: sent once, told truly, received once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from qiao import post
from qiao.channels.smpp import arriving, gateway, receipts
from qiao.channels.smpp import model_pdu as smpp
from qiao.channels.smpp.model_text import submissions
from qiao.channels.smpp.sandbox import Centre
from qiao.kernel.origin import Origin
from qiao.kernel.service_ids import ServiceId
from qiao.kernel.sms import as_sms
from tests.looking import a_moment
from tests.smpp.lines import ACCOUNTS, sending, texts, until

if TYPE_CHECKING:
    from qiao.kernel.ids import MessageId
    from qiao.platform.database import Database
    from qiao.platform.house import House
    from tests.conftest import StillClock

TO = ServiceId("mobile", "+8613900001111")


@pytest.fixture(autouse=True)
async def _empty(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    async with database.transaction() as tx:
        for table in ("post_messages", "post_texts", "smpp_parts", "smpp_receipts", "smpp_pieces"):
            await tx.execute(text(f"truncate {table}"))
    monkeypatch.setattr(gateway, "LOOK_SECONDS", 0.05)


async def send(database: Database, *words: str, **more: Any) -> list[MessageId]:
    async with database.transaction() as tx:
        return [
            await post.send(
                tx,
                purpose="t",
                recipient=TO,
                text=one,
                language="zh",
                key=f"{at}-{one[:9]}",
                origin=Origin("system"),
                **more,
            )
            for at, one in enumerate(words)
        ]


async def states(database: Database, ids: list[MessageId]) -> list[str]:
    async with database.transaction() as tx:
        return [(await post.message(tx, one)).state for one in ids]


async def become(database: Database, ids: list[MessageId], *wanted: str) -> None:
    async with asyncio.timeout(15):
        while (await states(database, ids)) != list(wanted):
            await a_moment()


@pytest.mark.parametrize("joining", ["udh", "sar", "payload"])
async def test_a_message_leaves_and_its_receipt_settles_it(house: House, database: Database, joining: str) -> None:
    there, arrived = Centre(ACCOUNTS), []
    there.arrived = lambda to, sender, words: arrived.append((to, sender, words))
    long = "您的账单" * 40
    ids = await send(database, "hello", long, "code 123456", secret=True)
    async with sending(house, there, joining=joining):
        await become(database, ids, "delivered", "delivered", "delivered")
    assert sorted(arrived) == sorted((TO.value[1:], "10086", words) for words in ("hello", long, "code 123456"))
    async with database.transaction() as tx:
        assert (await post.message(tx, ids[2])).text == ""


@pytest.mark.parametrize(
    ("faults", "ending", "reason"),
    [
        ({"reject": 1}, "failed", "smpp status 0x000b"),
        ({"receipts": "UNDELIV"}, "failed", "smpp 104"),
        ({"receipts": "UNKNOWN"}, "unknown", ""),
        ({"drop_after": 0}, "unknown", "the link was lost"),
        ({"drop_before": 0}, "unknown", "the link was lost"),
        ({"throttle": 1}, "delivered", ""),
        ({"queue_full": 1}, "delivered", ""),
        ({"receipt_first": True}, "delivered", ""),
        ({"receipt_twice": True}, "delivered", ""),
        ({"forget": 1}, "unknown", "the link was lost"),
    ],
)
async def test_each_fault_of_a_centre_ends_as_it_truly_is(
    house: House, database: Database, faults: dict[str, Any], ending: str, reason: str
) -> None:
    there = Centre(ACCOUNTS)
    there.change(faults)
    ids = await send(database, "hello")
    async with sending(house, there, answer_seconds=0.5):
        await become(database, ids, ending)
        async with database.transaction() as tx:
            assert (await post.message(tx, ids[0])).reason == reason
    assert len(there.ledger.taken) <= 1, "never sent twice"


async def test_a_centre_that_writes_its_ids_in_two_forms_is_understood(house: House, database: Database) -> None:
    there = Centre(ACCOUNTS)
    there.faults.ids = "hex in receipts"
    ids = await send(database, *(f"text {number}" for number in range(20)))
    async with sending(house, there, ids="hex in receipts"):
        await become(database, ids, *["delivered"] * 20)


async def test_without_a_link_messages_wait_and_are_sent_by_whoever_has_one(house: House, database: Database) -> None:
    there = Centre(ACCOUNTS)
    there.faults.refuse_binds = 2
    (one,) = await send(database, "hello")
    async with sending(house, there):
        await become(database, [one], "delivered")
    assert there.faults.refuse_binds == 0


async def test_a_gateway_that_stops_lets_what_is_under_way_be_answered(house: House, database: Database) -> None:
    there = Centre(ACCOUNTS)
    there.faults.receipts = ""
    ids = await send(database, *(f"text {number}" for number in range(50)))
    async with sending(house, there, window=5):
        await until(lambda: len(there.ledger.taken) >= 5)
    told = await states(database, ids)
    assert set(told) <= {"submitted", "accepted"}
    assert told.count("submitted") == len(there.ledger.taken)


async def test_a_message_no_part_of_which_left_goes_back_in_time(
    house: House, database: Database, clock: StillClock
) -> None:
    there = Centre(ACCOUNTS)
    there.faults.throttle = 1_000_000
    ids = await send(database, "hello")
    async with sending(house, there) as made:
        await become(database, ids, "claimed")
        await until(lambda: made._waiting)
        clock.forward(seconds=61)
        await made._give_back()
        assert await states(database, ids) == ["accepted"]
        there.faults.throttle = 0
        await become(database, ids, "delivered")


async def test_what_is_no_mobile_number_and_what_is_too_long_fail_at_once(house: House, database: Database) -> None:
    async with database.transaction() as tx:
        box = await post.send(
            tx,
            purpose="t",
            recipient=ServiceId("tv", "box1"),
            text="x",
            language="en",
            key="tv",
            origin=Origin("system"),
        )
    async with sending(house, Centre(ACCOUNTS)):
        await become(database, [box], "failed")


async def test_texts_are_received_once_also_when_they_come_again(
    house: House, database: Database, clock: StillClock
) -> None:
    there = Centre(ACCOUNTS)
    async with sending(house, there):
        there.send(TO.value, "10086", {"short_message": b"YE"})
        await until(lambda: not there.waiting and not there.links[0].unacknowledged)
    assert await texts(database) == [("YE", "10086")]
    clock.forward(seconds=5)
    again = Centre(ACCOUNTS)
    async with sending(house, again):
        again.send(TO.value, "10086", {"short_message": b"YE"})
        again.send(TO.value, "10086", {"short_message": b"YE"})
        await until(lambda: not again.waiting and not again.links[0].unacknowledged)
    assert await texts(database) == [("YE", "10086")] * 2, "the first is the one known, the second is new"


def pieces(words: str, reference: int, joining: str = "udh") -> list[tuple[dict[str, Any], dict[int, bytes]]]:
    return submissions(as_sms(words), reference, joining)


@pytest.mark.parametrize("joining", ["udh", "sar"])
async def test_a_long_text_is_joined_in_whatever_order_its_parts_come(
    house: House, database: Database, joining: str
) -> None:
    there, long = Centre(ACCOUNTS), "我的手机没有信号，" * 20
    async with sending(house, there):
        first, second, *rest = pieces(long, 7, joining)
        for told, tlvs in [*rest, second, second, first, first]:
            there.send(TO.value, "10086", told, tlvs)
        await until(lambda: not there.waiting and not there.links[0].unacknowledged)
    assert await texts(database) == [(long, "10086")]


async def test_a_part_that_never_comes_is_a_gap_and_a_reference_used_anew_is_another_text(
    house: House, database: Database, clock: StillClock
) -> None:
    there = Centre(ACCOUNTS)
    async with sending(house, there):
        first, _, third = pieces("a" * 400, 9)
        for told, tlvs in (first, third, *pieces("b" * 400, 9)):
            there.send(TO.value, "10086", told, tlvs)
        await until(lambda: not there.waiting and not there.links[0].unacknowledged)
        assert [words for words, _ in await texts(database)] == ["a" * 153 + "[…]" + "a" * 94, "b" * 400]
        there.send(TO.value, "10086", *pieces("c" * 400, 10)[1])
        await until(lambda: not there.waiting and not there.links[0].unacknowledged)
    clock.forward(minutes=11)
    async with database.transaction() as tx:
        await arriving.sweep(tx)
        await arriving.sweep(tx)
    assert (await texts(database))[-1] == ("[…]" + "c" * 153 + "[…]", "10086")


STRANGE: dict[str, tuple[str, dict[str, Any]]] = {
    "a name": ("CITYBANK", {"source_ton": 5}),
    "a short code": ("10690", {"source_ton": 3}),
    "nobody": ("", {}),
    "nonsense": ("12'; drop table", {"source_ton": 0}),
    "binary": (TO.value, {"data_coding": 4, "short_message": b"\0\1"}),
    "a push to the browser": (TO.value, {"esm_class": 0x40, "short_message": b"\x06\x05\x04\x0b\x84\x23\xf0\x01"}),
    "a header longer than its message": (TO.value, {"esm_class": 0x40, "short_message": b""}),
    "a receipt of nothing": ("", {"esm_class": 4, "short_message": b"stat:DELIVRD"}),
}


async def test_what_is_no_text_of_a_person_is_acknowledged_and_leaves_nothing(house: House, database: Database) -> None:
    there = Centre(ACCOUNTS)
    async with sending(house, there):
        for source, told in STRANGE.values():
            there.send(source, "10086", {"short_message": b"hello", **told})
        there.send(TO.value, "10086", {"short_message": b"after all that"})
        await until(lambda: not there.waiting and not there.links[0].unacknowledged)
    assert [words for words, _ in await texts(database) if words] == ["after all that"]


async def test_receipts_and_parts_that_passed_each_other_meet(database: Database, clock: StillClock) -> None:
    (one,) = await send(database, "hello")
    part = receipts.Submitted(one, 1, 1, "one", "42")
    came = receipts.Came("one", "42", "delivered", "")
    async with database.transaction() as tx:
        await post.claim(tx, message_id=one)
        await receipts.came(
            tx, [came, receipts.Came("one", "43", "delivered", ""), receipts.Came("one", "", "failed", "")]
        )
    async with database.transaction() as tx:
        await receipts.write(tx, [part])
        await post.submitted(tx, message_ids=[one])
        await receipts.sweep(tx)
    assert await states(database, [one]) == ["delivered"]
    clock.forward(hours=7)
    async with database.transaction() as tx:
        await receipts.sweep(tx)
        assert await tx.scalar(text("select count(*) from smpp_receipts")) == 0
        assert await tx.scalar(text("select count(*) from smpp_parts")) == 1


async def test_a_message_of_two_parts_is_delivered_when_both_are(database: Database) -> None:
    (one,) = await send(database, "hello")
    parts = [receipts.Submitted(one, number, 2, "one", f"{number}") for number in (1, 2)]
    async with database.transaction() as tx:
        await post.claim(tx, message_id=one)
        await receipts.write(tx, parts)
        await post.submitted(tx, message_ids=[one])
        await receipts.came(tx, [receipts.Came("one", "1", "delivered", "")])
    assert await states(database, [one]) == ["submitted"]
    async with database.transaction() as tx:
        await receipts.came(tx, [receipts.Came("one", "2", "under way", "")])
        await receipts.came(tx, [receipts.Came("one", "2", "failed", "11")])
    assert await states(database, [one]) == ["failed"]


async def test_no_links_is_told(house: House) -> None:
    with pytest.raises(gateway.NoLinks):
        await gateway.run(house)
    assert smpp.OK == 0
