"""The audit and the chain over it."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select, text

from qiao.app.audit_cli import audit
from qiao.platform import audit_chain as chain
from qiao.platform.audit import audit_entries, audit_seen, entries, forget_seen, record
from qiao.platform.audit_chain import Head, Verified, head, keep_head, keep_sealing, kept_heads, seal, verify
from qiao.platform.database import Database, Transaction
from qiao.platform.house import House
from tests.conftest import StillClock
from tests.looking import a_moment

AGENT = "agent:7"


async def _count(tx: Transaction) -> int:
    return int(await tx.scalar(select(func.count()).select_from(audit_entries)))


async def test_a_view_is_recorded_once_for_each_interaction(tx: Transaction) -> None:
    customer, first, second = uuid4(), uuid4(), uuid4()
    before = await _count(tx)
    told = {"actor": AGENT, "act": "view.bill", "customer_id": customer, "subject": "2026-10"}
    assert await record(tx, interaction_id=first, **told)  # type: ignore[arg-type]
    assert not await record(tx, interaction_id=first, **told)  # type: ignore[arg-type]
    assert await record(tx, interaction_id=second, **told)  # type: ignore[arg-type]
    assert await record(tx, interaction_id=first, **{**told, "subject": "2026-09"})  # type: ignore[arg-type]
    assert await record(tx, interaction_id=first, **{**told, "actor": "agent:8"})  # type: ignore[arg-type]
    assert await _count(tx) == before + 4


async def test_without_an_interaction_a_view_counts_anew_each_hour(tx: Transaction) -> None:
    told = {"actor": AGENT, "act": "view.case", "subject": str(uuid4())}
    assert await record(tx, **told)  # type: ignore[arg-type]
    assert not await record(tx, **told)  # type: ignore[arg-type]
    later = Transaction(tx.connection, tx.now + timedelta(hours=1))
    assert await record(later, **told)  # type: ignore[arg-type]


async def test_a_change_is_recorded_every_time(tx: Transaction) -> None:
    for _ in range(3):
        assert await record(tx, actor=AGENT, act="reset.password", once=False)


async def test_what_was_rolled_back_is_recorded_when_it_is_done_after_all(database: Database) -> None:
    told: dict[str, Any] = {"actor": AGENT, "act": "view.usage", "customer_id": uuid4(), "interaction_id": uuid4()}
    with pytest.raises(ZeroDivisionError):
        async with database.transaction() as tx:
            await record(tx, **told)
            raise ZeroDivisionError
    async with database.transaction() as tx:
        assert await record(tx, **told)


async def test_two_views_at_one_moment_are_one_row(database: Database) -> None:
    told: dict[str, Any] = {"actor": AGENT, "act": "view.usage", "customer_id": uuid4(), "interaction_id": uuid4()}

    async def look() -> bool:
        async with database.transaction() as tx:
            return await record(tx, **told)

    assert sorted(await asyncio.gather(*(look() for _ in range(6)))) == [False] * 5 + [True]


@pytest.mark.parametrize(
    "details", [{"password": "x"}, {"form": {"one_time_code": "123456"}}, {"list": [{"access_token": "t"}]}]
)
async def test_secrets_are_not_recorded(tx: Transaction, details: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="may not hold"):
        await record(tx, actor=AGENT, act="sign.in", details=details)


async def test_entries_are_found_by_customer_and_by_actor(tx: Transaction) -> None:
    customer = uuid4()
    for number in range(5):
        await record(tx, actor=f"agent:{customer}", act="view.bill", customer_id=customer, subject=str(number))
    newest = await entries(tx, customer_id=customer, limit=2)
    assert [row["subject"] for row in newest] == ["4", "3"]
    older = await entries(tx, actor=f"agent:{customer}", before_seq=newest[-1]["seq"])
    assert [row["subject"] for row in older] == ["2", "1", "0"]


async def test_once_only_keys_are_swept_after_a_month(tx: Transaction) -> None:
    await record(tx, actor=AGENT, act="view.sweep")
    assert await forget_seen(Transaction(tx.connection, tx.now + timedelta(days=30))) == 0
    later = Transaction(tx.connection, tx.now + timedelta(days=32))
    assert await forget_seen(later) > 0
    assert await tx.scalar(select(func.count()).select_from(audit_seen)) == 0


# The chain ------------------------------------------------------------------------------------------------------


@pytest.fixture
async def sealed(database: Database, clock: StillClock) -> Database:
    """Twelve sealed entries, a minute apart; the chain starts anew for each test."""
    async with database.transaction() as tx:
        await tx.execute(text("truncate audit_entries, audit_chain, audit_cursor, audit_seen"))
    for number in range(12):
        clock.forward(minutes=1)
        await _write(database, subject=str(number), details={"n": number, "桥": [1.5, None, "é"]})
    while await _seal(database):
        pass
    return database


async def _write(database: Database, **told: Any) -> None:
    async with database.transaction() as tx:
        await record(tx, actor=AGENT, act="view.bill", **told)


async def _seal(database: Database, most: int = 5) -> int:
    async with database.transaction() as tx:
        return await seal(tx, most=most)


async def _verify(database: Database, *heads: Head) -> Verified:
    async with database.transaction(isolation="REPEATABLE READ") as tx:
        return await verify(tx, heads)


async def _as_superuser(database: Database, statement: str) -> None:
    async with database.transaction() as tx:
        await tx.execute(text(statement))


async def _seqs(database: Database) -> list[int]:
    async with database.transaction() as tx:
        return [row["seq"] for row in await tx.rows(select(audit_entries.c.seq).order_by(audit_entries.c.seq))]


async def test_an_untouched_audit_is_whole(sealed: Database) -> None:
    assert await _verify(sealed) == Verified(True, 12, 0, None)


async def test_entries_not_sealed_yet_are_reported(sealed: Database) -> None:
    await _write(sealed, subject="new")
    assert await _verify(sealed) == Verified(True, 12, 1, None)
    assert await _seal(sealed) == 1
    assert await _verify(sealed) == Verified(True, 13, 0, None)


@pytest.mark.parametrize(
    "change",
    [
        "actor = 'agent:8'",
        "act = 'view.usage'",
        "subject = 'x'",
        "details = '{}'",
        """details = details || '{"n": 3.0}'""",
        "customer_id = gen_random_uuid()",
        "id = gen_random_uuid()",
    ],
)
async def test_an_edited_entry_is_named(sealed: Database, change: str) -> None:
    seq = (await _seqs(sealed))[3]
    await _as_superuser(sealed, f"update audit_entries set {change} where seq = {seq}")
    found = await _verify(sealed)
    assert not found.ok
    assert [(bad.what, bad.seq) for bad in found.bad] == [("edited", seq)]


async def test_a_deleted_entry_is_named(sealed: Database) -> None:
    seq = (await _seqs(sealed))[5]
    await _as_superuser(sealed, f"delete from audit_entries where seq = {seq}")
    found = await _verify(sealed)
    assert [(bad.what, bad.seq) for bad in found.bad] == [("deleted", seq)]
    assert found.first_bad is not None
    assert found.first_bad.position == 6


async def test_a_moved_entry_is_gone_from_one_time_and_inserted_at_another(sealed: Database) -> None:
    seq = (await _seqs(sealed))[5]
    await _as_superuser(sealed, f"update audit_entries set at = at - interval '1 day' where seq = {seq}")
    found = await _verify(sealed)
    assert {bad.what for bad in found.bad if bad.seq == seq} == {"deleted", "inserted"}


_INSERT = """
    insert into audit_entries (seq, at, id, xid, actor, act, details) overriding system value
    select {seq}, at - interval '{ago}', gen_random_uuid(), {xid}, actor, act, '{{}}' from audit_entries
    where seq = {like}
"""


async def test_an_entry_slipped_behind_the_sealers_back_is_named(sealed: Database) -> None:
    like = (await _seqs(sealed))[2]
    await _as_superuser(sealed, _INSERT.format(seq=1_000_001, ago="30 seconds", xid="xid", like=like))
    await _seal(sealed)
    found = await _verify(sealed)
    assert [(bad.what, bad.seq) for bad in found.bad] == [("inserted", 1_000_001)]


async def test_a_backdated_entry_is_named_after_the_sealer_took_it(sealed: Database) -> None:
    like = (await _seqs(sealed))[2]
    backdated = _INSERT.format(seq=1_000_002, ago="3 days", xid="pg_current_xact_id()", like=like)
    await _as_superuser(sealed, backdated)
    await _reseal(sealed, -timedelta(minutes=2))  # as if those had been sealed a while ago
    await _seal(sealed)
    found = await _verify(sealed)
    assert [(bad.what, bad.seq) for bad in found.bad] == [("inserted", 1_000_002)]


async def _reseal(database: Database, by: timedelta) -> None:
    """What somebody with the whole database in hand can do: compute the chain anew."""
    async with database.transaction() as tx:
        links = [row async for row in chain._links(tx)]
        previous = chain.GENESIS
        for row in links:
            sealed_at = row["sealed_at"] + by
            previous = chain.link(previous, sealed_at, chain._entry(row))
            await tx.execute(
                chain.audit_chain.update()
                .where(chain.audit_chain.c.position == row["position"])
                .values(sealed_at=sealed_at, hash=previous)
            )


async def test_a_demo_clock_moved_between_two_entries_is_no_crime(sealed: Database, clock: StillClock) -> None:
    async with sealed.transaction() as before:
        clock.forward(days=1)
        await _write(sealed, subject="after the move")
        assert await _seal(sealed) == 1
        await record(before, actor=AGENT, act="view.late")
    assert await _seal(sealed) == 1
    assert (await _verify(sealed)).ok


async def test_a_chain_computed_anew_differs_from_the_exported_heads(sealed: Database, tmp_path: Path) -> None:
    async with sealed.transaction() as tx:
        end = await head(tx)
        assert end is not None
        assert keep_head(tmp_path, end, tx.now) is not None
        assert keep_head(tmp_path, end, tx.now) is None
    heads = kept_heads(tmp_path)
    assert heads == [end]
    assert (await _verify(sealed, *heads)).ok
    seq = (await _seqs(sealed))[3]
    await _as_superuser(sealed, f"update audit_entries set actor = 'agent:8' where seq = {seq}")
    await _reseal(sealed, timedelta(0))
    assert (await _verify(sealed)).ok
    found = await _verify(sealed, *heads)
    assert [bad.what for bad in found.bad] == ["head differs"]


async def test_a_chain_cut_off_at_its_end_is_shorter_than_the_exported_head(sealed: Database) -> None:
    async with sealed.transaction() as tx:
        end = await head(tx)
    assert end is not None
    await _as_superuser(sealed, "delete from audit_chain where position > 8")
    found = await _verify(sealed, end)
    assert {bad.what for bad in found.bad} == {"head differs", "inserted"}
    assert not (await _verify(sealed, replace(end, position=5))).ok


async def test_missing_links_are_told(sealed: Database) -> None:
    await _as_superuser(sealed, "delete from audit_chain where position between 4 and 6")
    found = await _verify(sealed)
    assert found.first_bad is not None
    assert found.first_bad.told == "links 4 to 6 are missing"


def test_a_head_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "audit-heads").mkdir()
    (tmp_path / "audit-heads" / "2026-11-23T02Z.json").write_text("{}")
    with pytest.raises(ValueError, match="no audit head"):
        kept_heads(tmp_path)


async def test_slow_and_rolled_back_writers_are_sealed_once(sealed: Database) -> None:
    slow = await sealed.engine.connect()
    begun = await slow.begin()
    await record(Transaction(slow, sealed.clock.now()), actor=AGENT, act="view.slow", once=False)
    await _write(sealed, subject="quick")
    assert await _seal(sealed) == 1
    await begun.commit()
    await slow.close()
    with pytest.raises(ZeroDivisionError):
        async with sealed.transaction() as tx:
            await record(tx, actor=AGENT, act="view.never", once=False)
            raise ZeroDivisionError
    assert await _seal(sealed) == 1
    assert await _seal(sealed) == 0
    assert await _verify(sealed) == Verified(True, 14, 0, None)


async def test_the_sealer_seals_by_itself_and_exports_the_head(sealed: Database, house: House) -> None:
    await _write(sealed, subject="by itself")
    sealing = asyncio.create_task(keep_sealing(house))
    try:
        async with asyncio.timeout(20):
            while not (house.settings.data_folder / "audit-heads").exists():
                await a_moment()
                async with sealed.transaction() as tx:
                    await tx.scalar(select(1))
    finally:
        sealing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sealing
    found = await _verify(sealed, *kept_heads(house.settings.data_folder))
    assert found == Verified(True, 13, 0, None)


async def test_the_command_says_what_is_wrong_and_exits_with_one(
    sealed: Database, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QIAO_DATABASE_URL", database_url)
    monkeypatch.setenv("QIAO_DATA_FOLDER", str(tmp_path))
    await _write(sealed, subject="tail")
    answer = await asyncio.to_thread(CliRunner().invoke, audit, ["verify"])
    assert answer.exit_code == 0
    assert "12 entries sealed" in answer.output
    assert "1 newest entries are not sealed yet" in answer.output
    seq = (await _seqs(sealed))[0]
    await _as_superuser(sealed, f"delete from audit_entries where seq = {seq}")
    answer = await asyncio.to_thread(CliRunner().invoke, audit, ["verify", "--json"])
    assert answer.exit_code == 1
    assert json.loads(answer.output)["first_bad"]["seq"] == seq
    answer = await asyncio.to_thread(CliRunner().invoke, audit, ["verify"])
    assert f"deleted: entry {seq}" in answer.output
    assert "NOT WHOLE" in answer.output
