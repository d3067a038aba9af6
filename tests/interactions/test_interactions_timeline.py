"""The timeline against a real PostgreSQL: whose it is, paging, folding, matters."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from qiao import interactions
from qiao.interactions.kinds import EntryKind, register_entry_kind
from qiao.kernel.ids import AgentId, CustomerId, new_id
from qiao.kernel.service_ids import parse_service_id
from qiao.platform.database import Transaction


def customer() -> CustomerId:
    return CustomerId(new_id())


def agent() -> AgentId:
    return AgentId(new_id())


async def begin(tx: Transaction, **given: Any) -> interactions.Interaction:
    return await interactions.start_interaction(tx, **{"channel": "chat", "language": "zh-CN", **given})


async def test_a_contact_taken_for_somebody_elses_leaves_his_timeline(tx: Transaction) -> None:
    wrong, right = customer(), customer()
    contact = await begin(tx, customer_id=wrong)
    assert len((await interactions.timeline(tx, wrong)).entries) == 1
    await interactions.identify(tx, interaction_id=contact.id, customer_id=right)
    assert (await interactions.timeline(tx, wrong)).entries == ()
    assert [entry.ref for entry in (await interactions.timeline(tx, right)).entries] == [str(contact.id)]


async def test_a_number_that_changes_hands_shows_nothing_of_its_former_holder(tx: Transaction) -> None:
    number, former, holder = parse_service_id("13912347763"), customer(), customer()
    await begin(tx, customer_id=former, service_id=number)
    await begin(tx, customer_id=holder, service_id=number)
    assert len((await interactions.timeline(tx, holder)).entries) == 1
    assert [c.customer_id for c in await interactions.recent_for_customer(tx, holder)] == [holder]


async def test_the_timeline_pages_backward_without_gap_or_double(tx: Transaction) -> None:
    register_entry_kind(EntryKind("tests.paid", "Paid", lambda entry, _: f"paid {entry.summary['what']}"))
    register_entry_kind(EntryKind("tests.bill", "Bill", lambda _entry, _: "bill", level=2))
    who = customer()
    for n in range(23):
        await interactions.add_entry(
            tx,
            customer_id=who,
            kind="tests.paid",
            ref=str(n),
            summary={"what": n},
            at=tx.now + timedelta(minutes=n // 2),
        )
    await interactions.add_entry(tx, customer_id=who, kind="tests.bill", ref="b", summary={})
    await begin(tx, customer_id=who, started_at=tx.now + timedelta(hours=1))
    seen: list[interactions.Entry] = []
    before: str | None = None
    while True:
        page = await interactions.timeline(tx, who, before=before, limit=10)
        seen = [*page.entries, *seen]
        if (before := page.before) is None:
            break
    assert len(seen) == len({entry.id for entry in seen}) == 24
    assert [entry.at for entry in seen] == sorted(entry.at for entry in seen)
    assert seen[-1].kind == "interactions.contact" and seen[-1].summary["channel"] == "chat"
    assert len((await interactions.timeline(tx, who, level=2)).entries) == 25
    for nonsense in ("x", "!!!", "bm9uc2Vuc2U", "MjAyNi0xMS0yMyBhYmM"):
        assert len((await interactions.timeline(tx, who, before=nonsense, limit=200)).entries) == 24


async def test_an_entry_written_again_replaces_itself(tx: Transaction) -> None:
    register_entry_kind(EntryKind("tests.note", "Note", lambda entry, _: str(entry.summary["text"])))
    who, entry_id = customer(), new_id()
    for told in ("one", "two"):
        await interactions.add_entry(
            tx, customer_id=who, kind="tests.note", ref="n", summary={"text": told}, entry_id=entry_id
        )
    assert [entry.summary for entry in (await interactions.timeline(tx, who)).entries] == [{"text": "two"}]
    with pytest.raises(LookupError):
        await interactions.add_entry(tx, customer_id=who, kind="tests.nobody", ref="n", summary={})


async def test_contacts_on_a_matter_are_counted_and_the_last_agent_is_known(tx: Transaction) -> None:
    who, one = customer(), agent()
    first, second = await begin(tx, customer_id=who), await begin(tx, customer_id=who)
    for contact in (first, second, second):
        await interactions.link_matter(tx, interaction_id=contact.id, matter="case:1")
    assert await interactions.contacts_on_matter(tx, "case:1") == 2
    assert [c.id for c in await interactions.interactions_on_matter(tx, "case:1")] == [first.id, second.id]
    assert await interactions.contacts_since(tx, who, tx.now - timedelta(days=7)) == 2
    assert await interactions.last_agent(tx, who, tx.now - timedelta(days=7)) is None
    await interactions.assign(tx, interaction_id=first.id, agent_id=one)
    assert await interactions.last_agent(tx, who, tx.now - timedelta(days=7)) == one
    assert await interactions.last_agent(tx, who, tx.now + timedelta(days=7)) is None


async def test_a_page_of_the_timeline_is_read_by_its_index_and_never_sorted(tx: Transaction) -> None:
    await tx.execute(text("set local enable_seqscan = off"))
    plan = await tx.rows(
        text(
            "explain select * from timeline_entries where customer_id = cast(:who as uuid) and level <= 2"
            " and (at, id) < (timestamptz '2026-11-01', cast(:who as uuid)) order by at desc, id desc limit 51"
        ),
        {"who": str(new_id())},
    )
    told = "\n".join(row["QUERY PLAN"] for row in plan)
    assert "ix_timeline_entries_customer_id_at_id" in told and "Sort" not in told
