"""The same condition in Python and in PostgreSQL gives the same answer, whatever the tree and whatever is missing."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Double,
    Integer,
    MetaData,
    Numeric,
    Table,
    Text,
    delete,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB

from qiao.kernel.conditions import OPERATORS, Field, Kind, evaluate, validate
from qiao.kernel.money import Money
from qiao.platform.conditions_sql import condition_sql
from qiao.platform.database import Database, Transaction

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
WORDS = ["", "vip", "VIP", "Vip lane", "易图通 3737", "İ", "a_b%c\\", "\u202eevil", "3737"]
NUMBERS = [0, 1, -1, 30, 2**31, 2**53, -(2**53), 0.5, 0.1, 1e300]
FIELDS = {
    "text": Field(Kind.TEXT),
    "small": Field(Kind.NUMBER),
    "double": Field(Kind.NUMBER),
    "exact": Field(Kind.NUMBER),
    "money": Field(Kind.MONEY),
    "instant": Field(Kind.INSTANT),
    "bool": Field(Kind.BOOL),
    "array": Field(Kind.SET),
    "listed": Field(Kind.SET),
}
things = Table(
    "condition_things",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("text", Text),
    Column("small", Integer),
    Column("double", Double),
    Column("exact", Numeric),
    Column("money", BigInteger),
    Column("instant", DateTime(timezone=True)),
    Column("bool", Boolean),
    Column("array", ARRAY(Text)),
    Column("listed", JSONB(none_as_null=True)),
)
words = st.sampled_from(WORDS)
instants = st.sampled_from([NOW, NOW - timedelta(days=2), NOW + timedelta(minutes=30), NOW - timedelta(seconds=1)])
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "text": words,
    "small": st.sampled_from([0, 1, -1, 30, 2**31 - 1]),
    "double": st.sampled_from([float(number) for number in NUMBERS]),
    "exact": st.sampled_from([number for number in NUMBERS if number != 1e300]),
    "money": st.sampled_from([0, 1280, -1, 10**15]).map(Money),
    "instant": instants,
    "bool": st.booleans(),
    "array": st.lists(words, max_size=3),
    "listed": st.lists(words, max_size=3),
}
OPERANDS: dict[Kind, st.SearchStrategy[Any]] = {
    Kind.TEXT: words,
    Kind.NUMBER: st.sampled_from([number for number in NUMBERS if abs(number) <= 2**53]),
    Kind.MONEY: st.sampled_from(["0", "12.80", "12.8", "-0.01", "10000000000000"]),
    Kind.INSTANT: st.sampled_from(["now", "-2d", "+30m", "-1s"]) | instants.map(datetime.isoformat),
    Kind.BOOL: st.booleans(),
    Kind.SET: words,
}
rows = st.fixed_dictionaries({name: st.none() | values for name, values in VALUES.items()})


@st.composite
def leaves(draw: st.DrawFn) -> dict[str, Any]:
    name = draw(st.sampled_from(sorted(FIELDS)))
    kind = FIELDS[name].kind
    operator = draw(st.sampled_from(sorted(OPERATORS[kind])))
    one = OPERANDS[kind]
    value = {"is_set": st.just(True), "is_empty": st.just(True)}.get(
        operator, st.lists(one, min_size=1, max_size=3) if operator in ("in", "not_in") else one
    )
    return {"field": name, operator: draw(value)}


trees = st.recursive(
    leaves(),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda every: {"all": every}),
        st.lists(inner, max_size=3).map(lambda some: {"any": some}),
        inner.map(lambda one: {"not": one}),
    ),
    max_leaves=8,
)


def stored(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value.minor if isinstance(value, Money) else value for name, value in values.items()}


@pytest.fixture
async def table(database: Database, tx: Transaction) -> Transaction:
    await tx.connection.run_sync(things.create)
    return tx


@pytest.mark.slow
@example(tree={"field": "double", "not_in": [30, -(2**53), 0]}, several=[dict.fromkeys(VALUES) | {"double": 0.5}])
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tree=trees, several=st.lists(rows, min_size=1, max_size=6))
async def test_python_and_postgresql_agree(
    table: Transaction, tree: dict[str, Any], several: list[dict[str, Any]]
) -> None:
    if validate(tree, FIELDS):
        return  # nested deeper than allowed
    await table.execute(delete(things))
    await table.execute(things.insert(), [{"id": index, **stored(values)} for index, values in enumerate(several)])
    found = await table.rows(select(things.c.id).where(condition_sql(tree, dict(things.c), NOW)))
    expected = {index for index, values in enumerate(several) if evaluate(tree, values, NOW)}
    assert {row["id"] for row in found} == expected


async def test_a_plain_comparison_stays_plain_for_an_index(tx: Transaction) -> None:
    told = str(condition_sql({"field": "small", "at_least": 3}, dict(things.c), NOW))
    assert told == "condition_things.small >= :param_1"


async def test_a_field_without_a_column_is_an_error_of_ours() -> None:
    with pytest.raises(KeyError):
        condition_sql({"field": "nobody", "is": 1}, {}, NOW)
