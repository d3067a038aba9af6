"""The sandbox's ports over a filled sandbox, for the contracts of numbers and of payments."""

import pytest

from qiao.bss import Lines, Operator
from qiao.bss.sandbox import SandboxLines, SandboxOperator, fill, misbehave
from qiao.platform.database import Database


@pytest.fixture
async def operator(database: Database) -> Operator:
    async with database.transaction() as tx:
        await fill(tx, customers=40)
        await misbehave(tx, None)
    return SandboxOperator(database, answer_seconds=5.0)


@pytest.fixture
async def lines(database: Database, operator: Operator) -> Lines:
    assert isinstance(operator, Operator)
    return SandboxLines(database, answer_seconds=5.0)
