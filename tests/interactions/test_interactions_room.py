"""The room against a real PostgreSQL: numbers, keys, levels, agents, timeline."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from qiao import interactions
from qiao.interactions.events import IdentityProven, InteractionAssigned, MessageSaid
from qiao.interactions.store import messages
from qiao.kernel.ids import AgentId, CustomerId, FileId, InteractionId, new_id
from qiao.kernel.refused import NotFound
from qiao.kernel.service_ids import parse_service_id
from qiao.platform.database import Database, Transaction
from qiao.platform.events import events
from qiao.platform.policy import Level


def customer() -> CustomerId:
    return CustomerId(new_id())


def agent() -> AgentId:
    return AgentId(new_id())


async def begin(tx: Transaction, **given: Any) -> interactions.Interaction:
    return await interactions.start_interaction(tx, **{"channel": "chat", "language": "zh-CN", **given})


async def emitted(tx: Transaction, interaction_id: InteractionId) -> list[str]:
    await tx.finish()
    found = await tx.rows(
        select(events.c.name).where(events.c.aggregate == f"interaction:{interaction_id}").order_by(events.c.seq)
    )
    return [row["name"].partition(".")[2] for row in found]


async def test_a_contact_goes_its_way_from_first_word_to_wrap_up(tx: Transaction) -> None:
    who, one = customer(), agent()
    contact = await begin(tx, party="师先生", entry_point="portal", segment="vip")
    assert (contact.phase, contact.level, contact.last_seq) == ("new", 0, 0)
    await interactions.identify(
        tx, interaction_id=contact.id, customer_id=who, service_id=parse_service_id("13912347763")
    )
    await interactions.say(tx, interaction_id=contact.id, author_kind="customer", text="收到1729的短信")
    await interactions.mark_queued(tx, interaction_id=contact.id)
    await interactions.assign(tx, interaction_id=contact.id, agent_id=one)
    await interactions.say(tx, interaction_id=contact.id, author_kind="agent", author_id=one, text="我来看看")
    await interactions.prove_level(tx, interaction_id=contact.id, level=Level.ONE_FACTOR, method="one_time_code")
    done = await interactions.wrap_up(
        tx, interaction_id=contact.id, agent_id=one, disposition="told_to_wait", note="等代码"
    )
    assert (done.phase, done.end_reason, done.topic, done.level) == (
        "wrapped_up",
        "agent_ended",
        "收到1729的短信",
        2,
    )
    assert str(done.service_id) == "mobile:+8613912347763"
    assert await emitted(tx, contact.id) == [
        "InteractionStarted", "CustomerIdentified", "MessageSaid", "InteractionQueued", "InteractionAssigned",
        "MessageSaid", "IdentityProven", "InteractionEnded", "InteractionWrappedUp",
    ]  # fmt: skip
    told = [(m.seq, m.author_kind) for m in await interactions.messages_after(tx, contact.id)]
    assert told == [(1, "customer"), (2, "agent")]


async def test_the_same_key_is_the_same_message(tx: Transaction) -> None:
    contact = await begin(tx)
    key = "0f8fad5b-d9cb-469f"
    first = await interactions.say(tx, interaction_id=contact.id, author_kind="customer", text="一次", client_key=key)
    again = await interactions.say(tx, interaction_id=contact.id, author_kind="customer", text="两次", client_key=key)
    assert again == first
    other = await interactions.say(tx, interaction_id=contact.id, author_kind="system", text="旁白", client_key=key)
    assert other.seq == 2


async def test_a_resent_message_is_found_even_after_the_end(tx: Transaction) -> None:
    contact = await begin(tx)
    first = await interactions.say(
        tx, interaction_id=contact.id, author_kind="customer", text="好", client_key="12345678"
    )
    await interactions.end_interaction(tx, interaction_id=contact.id, reason="customer_left")
    again = await interactions.say(
        tx, interaction_id=contact.id, author_kind="customer", text="好", client_key="12345678"
    )
    assert again == first
    with pytest.raises(interactions.InteractionHasEnded):
        await interactions.say(
            tx, interaction_id=contact.id, author_kind="customer", text="还有", client_key="87654321"
        )


async def test_keys_and_numbers_are_unique_in_the_tables_themselves(tx: Transaction) -> None:
    contact = await begin(tx)
    said = await interactions.say(
        tx, interaction_id=contact.id, author_kind="customer", text="一", client_key="12345678"
    )
    row = {
        "interaction_id": contact.id, "began_at": contact.started_at, "seq": 2, "id": new_id(), "at": tx.now,
        "author_kind": "customer", "text": "x", "client_key": said.client_key,
    }  # fmt: skip
    for changed in (
        {},
        {"seq": 1, "client_key": None},
        {"client_key": None, "began_at": tx.now - timedelta(days=60)},
    ):
        with pytest.raises(IntegrityError):
            async with tx.savepoint():
                await tx.execute(messages.insert().values(row | changed))


async def test_many_writers_at_once_leave_numbers_without_gap_or_double(database: Database) -> None:
    async with database.transaction() as tx:
        contact = await begin(tx)

    async def talk(who: int) -> None:
        for n in range(10):
            key = f"writer-{who}-{n}"
            for _ in range(2):  # each is sent twice, as after a lost acknowledgement
                try:
                    async with database.transaction() as tx:
                        await interactions.say(
                            tx, interaction_id=contact.id, author_kind="customer", text=key, client_key=key
                        )
                        if (n + who) % 5 == 0:
                            raise RuntimeError  # rolled back: no number is used up
                except RuntimeError:
                    continue

    await asyncio.gather(*(talk(who) for who in range(6)))
    async with database.transaction() as tx:
        kept = await interactions.messages_after(tx, contact.id)
    assert [message.seq for message in kept] == list(range(1, len(kept) + 1))
    assert len({message.client_key for message in kept}) == len(kept) == 48


async def test_a_reader_that_follows_the_numbers_never_misses_one(database: Database) -> None:
    async with database.transaction() as tx:
        contact = await begin(tx)
    seen: list[int] = []
    done = asyncio.Event()

    async def follow() -> None:
        while not done.is_set() or len(seen) < 60:
            async with database.transaction() as tx:
                fresh = await interactions.messages_after(tx, contact.id, seen[-1] if seen else 0)
            seen.extend(message.seq for message in fresh)

    async def talk(who: int) -> None:
        for n in range(20):
            async with database.transaction() as tx:
                await interactions.say(tx, interaction_id=contact.id, author_kind="customer", text=f"{who}-{n}")

    reader = asyncio.create_task(follow())
    await asyncio.gather(*(talk(who) for who in range(3)))
    done.set()
    await reader
    assert seen == list(range(1, 61))


async def test_nothing_is_said_in_a_contact_that_is_not_there(tx: Transaction) -> None:
    with pytest.raises(NotFound):
        await interactions.say(tx, interaction_id=InteractionId(new_id()), author_kind="customer", text="x")
    with pytest.raises(NotFound):
        await interactions.interaction(tx, InteractionId(new_id()))


async def test_nothing_is_no_message(tx: Transaction) -> None:
    contact = await begin(tx)
    with pytest.raises(interactions.TextIsEmpty):
        await interactions.say(tx, interaction_id=contact.id, author_kind="customer", text=" \x07 ")


async def test_an_agent_speaks_only_in_what_he_has(tx: Transaction) -> None:
    contact, one, leader = await begin(tx), agent(), agent()
    with pytest.raises(interactions.NotYourInteraction):
        await interactions.say(tx, interaction_id=contact.id, author_kind="agent", author_id=one, text="x")
    await interactions.assign(tx, interaction_id=contact.id, agent_id=one)
    await interactions.join(tx, interaction_id=contact.id, agent_id=leader)
    await interactions.join(tx, interaction_id=contact.id, agent_id=leader)
    await interactions.say(tx, interaction_id=contact.id, author_kind="agent", author_id=leader, text="我来帮忙")
    await interactions.leave(tx, interaction_id=contact.id, agent_id=leader)
    await interactions.leave(tx, interaction_id=contact.id, agent_id=one)
    with pytest.raises(interactions.NotYourInteraction):
        await interactions.say(tx, interaction_id=contact.id, author_kind="agent", author_id=leader, text="x")
    with pytest.raises(interactions.NotYourInteraction):
        await interactions.say(tx, interaction_id=contact.id, author_kind="agent", author_id=None, text="x")
    roles = [(part.agent_id, part.role, part.reason) for part in await interactions.took_part(tx, contact.id)]
    assert roles == [(one, "agent", None), (leader, "listener", "left")]


async def test_a_contact_has_at_most_one_agent_and_can_be_handed_over(tx: Transaction) -> None:
    contact, one, two = await begin(tx), agent(), agent()
    first = await interactions.assign(tx, interaction_id=contact.id, agent_id=one)
    assert await interactions.assign(tx, interaction_id=contact.id, agent_id=one) == first
    with pytest.raises(interactions.InteractionHasAnotherAgent):
        await interactions.assign(tx, interaction_id=contact.id, agent_id=two)
    freed = await interactions.unassign(tx, interaction_id=contact.id, reason="transfer")
    assert freed.agent_id is None
    assert await interactions.unassign(tx, interaction_id=contact.id, reason="transfer") == freed
    second = await interactions.assign(tx, interaction_id=contact.id, agent_id=two)
    assert (second.agent_id, second.answered_at) == (two, first.answered_at)
    assert [c.id for c in await interactions.open_interactions(tx, two)] == [contact.id]
    assert await interactions.open_interactions(tx, one) == []


async def test_a_level_rises_falls_with_the_person_and_dies_with_the_contact(tx: Transaction) -> None:
    contact, who = await begin(tx), customer()
    with pytest.raises(interactions.ProofWithoutCustomer):
        await interactions.prove_level(tx, interaction_id=contact.id, level=Level.ONE_FACTOR, method="one_time_code")
    with pytest.raises(interactions.ProofWithoutCustomer):
        await interactions.ask_proof(tx, interaction_id=contact.id, method="one_time_code")
    await interactions.identify(tx, interaction_id=contact.id, customer_id=who)
    await interactions.ask_proof(tx, interaction_id=contact.id, method="one_time_code")
    assert (await interactions.interaction(tx, contact.id)).proof_asked == "one_time_code"
    prove = {"interaction_id": contact.id, "method": "one_time_code"}
    assert await interactions.prove_level(tx, level=Level.TWO_FACTORS, **prove) == Level.TWO_FACTORS
    assert await interactions.prove_level(tx, level=Level.NUMBER_SEEN, **prove) == Level.TWO_FACTORS
    proven = await interactions.interaction(tx, contact.id)
    assert (proven.level, proven.proof_asked, proven.proved_at) == (3, None, tx.now)
    again = await interactions.identify(tx, interaction_id=contact.id, customer_id=who)
    assert again.level == 3
    other = await interactions.identify(tx, interaction_id=contact.id, customer_id=customer())
    assert (other.level, other.proof_method, other.service_id) == (0, None, None)
    assert (await begin(tx, customer_id=who)).level == 0
    await interactions.end_interaction(tx, interaction_id=contact.id, reason="silent")
    with pytest.raises(interactions.InteractionHasEnded):
        await interactions.prove_level(tx, level=Level.ONE_FACTOR, **prove)


async def test_the_first_end_counts_and_wrap_up_needs_its_agent_and_a_known_outcome(tx: Transaction) -> None:
    contact, one = await begin(tx), agent()
    await interactions.assign(tx, interaction_id=contact.id, agent_id=one)
    await interactions.end_interaction(tx, interaction_id=contact.id, reason="customer_left")
    ended = await interactions.end_interaction(tx, interaction_id=contact.id, reason="silent")
    assert ended.end_reason == "customer_left"
    assert await interactions.unassign(tx, interaction_id=contact.id, reason="late") == ended
    await interactions.mark_queued(tx, interaction_id=contact.id)
    with pytest.raises(interactions.NotYourInteraction):
        await interactions.wrap_up(tx, interaction_id=contact.id, agent_id=agent(), disposition="solved")
    with pytest.raises(interactions.DispositionUnknown):
        await interactions.wrap_up(tx, interaction_id=contact.id, agent_id=one, disposition="nice")
    done = await interactions.wrap_up(
        tx, interaction_id=contact.id, agent_id=one, disposition="solved", note="好", topic="扣费"
    )
    assert (done.topic, done.queued_at) == ("扣费", None)
    assert await interactions.wrap_up(tx, interaction_id=contact.id, agent_id=one, disposition="no_answer") == done
    with pytest.raises(interactions.InteractionHasEnded):
        await interactions.assign(tx, interaction_id=contact.id, agent_id=one)


async def test_a_draft_survives_until_it_is_sent(tx: Transaction) -> None:
    contact, one = await begin(tx), agent()
    with pytest.raises(interactions.NotYourInteraction):
        await interactions.save_draft(tx, interaction_id=contact.id, agent_id=one, text="半句")
    await interactions.assign(tx, interaction_id=contact.id, agent_id=one)
    for typed in ("半句", "整句"):
        await interactions.save_draft(tx, interaction_id=contact.id, agent_id=one, text=typed)
    kept = await interactions.draft(tx, contact.id, one)
    assert kept is not None and kept.text == "整句"
    await interactions.say(tx, interaction_id=contact.id, author_kind="agent", author_id=one, text="整句。")
    assert await interactions.draft(tx, contact.id, one) is None
    await interactions.save_draft(tx, interaction_id=contact.id, agent_id=one, text="又一句")
    await interactions.save_draft(tx, interaction_id=contact.id, agent_id=one, text="  ")
    assert await interactions.draft(tx, contact.id, one) is None


async def test_reading_moves_forward_only_and_not_past_the_end(tx: Transaction) -> None:
    contact = await begin(tx)
    for word in "一二三":
        await interactions.say(tx, interaction_id=contact.id, author_kind="system", text=word)

    async def read(seq: int, reader: str = "customer") -> tuple[int, int]:
        await interactions.mark_read(tx, interaction_id=contact.id, reader=reader, seq=seq)  # type: ignore[arg-type]
        now = await interactions.interaction(tx, contact.id)
        return now.customer_read_seq, now.agent_read_seq

    assert [await read(n) for n in (2, 1, 99, -1, 2**40)] == [(2, 0), (2, 0), (3, 0), (3, 0), (3, 0)]
    assert await read(2, "agent") == (3, 2)
    assert await read(3, "bot") == (3, 2)
    await interactions.typing(tx, interaction_id=contact.id, by="agent")


async def test_a_file_belongs_to_one_contact(tx: Transaction) -> None:
    contact, other = await begin(tx), await begin(tx)
    file_id = FileId(uuid4())
    found = interactions.accept_file(b"1729", name="sms.txt")
    await interactions.keep_file(tx, interaction_id=contact.id, file_id=file_id, found=found, size_bytes=4)
    said = await interactions.say(tx, interaction_id=contact.id, author_kind="customer", file_id=file_id)
    assert (await interactions.messages_after(tx, contact.id)) == [said]
    assert said.attachment is not None and said.attachment.name == "sms.txt"
    with pytest.raises(NotFound):
        await interactions.say(tx, interaction_id=other.id, author_kind="customer", file_id=file_id)
    with pytest.raises(NotFound):
        await interactions.attachment(tx, other.id, file_id)
    await interactions.end_interaction(tx, interaction_id=other.id, reason="silent")
    with pytest.raises(interactions.InteractionHasEnded):
        await interactions.keep_file(tx, interaction_id=other.id, file_id=FileId(uuid4()), found=found, size_bytes=4)


async def test_the_topic_can_be_said(tx: Transaction) -> None:
    contact = await begin(tx, topic="\u202e短信")
    assert contact.topic == "短信"
    await interactions.set_topic(tx, interaction_id=contact.id, topic="3737 扣费")
    assert (await interactions.interaction(tx, contact.id)).topic == "3737 扣费"


async def test_older_messages_come_page_by_page_oldest_first(tx: Transaction) -> None:
    contact = await begin(tx)
    for n in range(7):
        await interactions.say(tx, interaction_id=contact.id, author_kind="customer", text=str(n))
    newest = await interactions.messages_before(tx, contact.id, limit=3)
    older = await interactions.messages_before(tx, contact.id, newest[0].seq, limit=3)
    assert [m.text for m in older + newest] == ["1", "2", "3", "4", "5", "6"]


def test_events_name_their_contact_and_survive_the_wire() -> None:
    said = MessageSaid(InteractionId(new_id()), new_id(), 3, "customer")  # type: ignore[arg-type]
    assert said.aggregate == f"interaction:{said.interaction_id}"
    assert MessageSaid.from_json(said.as_json()) == said
    assert InteractionAssigned.wire_name() == "interactions.InteractionAssigned"
    assert IdentityProven.wire_name() == "interactions.IdentityProven"
