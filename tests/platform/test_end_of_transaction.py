"""What a transaction leaves for its end: written once, in order, and never for a part that was taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from qiao.platform.database import Database, Transaction


class Fault(Exception):
    pass


async def test_items_are_written_together_in_their_order_just_before_the_commit(database: Database) -> None:
    written: list[list[Any]] = []

    async def write(tx: Transaction, items: list[Any]) -> None:
        written.append(items)
        if "more" in items:
            tx.at_end(other, "then this")

    async def other(tx: Transaction, items: list[Any]) -> None:
        written.append(items)

    async with database.transaction() as tx:
        tx.at_end(write, 1, 2)
        tx.at_end(other, "x")
        tx.at_end(write, "more")
        assert written == []
    assert written == [[1, 2, "more"], ["x", "then this"]]


async def test_what_a_failed_part_left_goes_with_it_and_a_failed_transaction_writes_nothing(
    database: Database,
) -> None:
    written: list[Any] = []

    async def write(tx: Transaction, items: list[Any]) -> None:
        written.extend(items)

    async def fresh(tx: Transaction, items: list[Any]) -> None:
        written.extend(items)

    async with database.transaction() as tx:
        tx.at_end(write, "before")
        with pytest.raises(Fault):
            async with tx.savepoint():
                tx.at_end(write, "inside")
                tx.at_end(fresh, "inside")
                raise Fault
        async with tx.savepoint():
            tx.at_end(write, "after")
    assert written == ["before", "after"]
    with pytest.raises(Fault):
        async with database.transaction() as tx:
            tx.at_end(write, "lost")
            raise Fault
    assert written == ["before", "after"]
