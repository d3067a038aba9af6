"""What breaks below says what broke, not whose row it was: errors of the database, and jobs that failed."""

import io
import logging
from collections.abc import Iterator

import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from qiao.platform.database import Database, Transaction
from qiao.platform.house import House
from qiao.platform.jobs import defer, make_app
from qiao.platform.postgres.cluster import SETTINGS
from qiao.platform.room import Job
from qiao.platform.settings import Settings
from qiao.platform.telemetry import set_up_logging
from tests.logs import log_of_our_own

NUMBER = "+8613912345678"
LIFE = "Quentin Zephyr, Hidden Lane 7"


@pytest.fixture(params=[True, False], ids=["json", "console"])
def written(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    """The log of this process, at its most talkative; the set-up of the others is put back afterwards."""
    with log_of_our_own() as stream:
        set_up_logging(Settings(log_json=request.param, log_level="debug"), stream)
        yield stream


async def people(tx: Transaction) -> None:
    """A table with rules to break."""
    await tx.execute(
        text("create temp table people (number text primary key, told text not null, age int check (age > 0))")
    )
    await put(tx)


async def put(tx: Transaction, **changed: object) -> None:
    values = {"number": NUMBER, "told": LIFE, "age": 55, **changed}
    await tx.execute(text("insert into people values (:number, :told, cast(cast(:age as text) as int))"), values)


@pytest.mark.parametrize(
    ("broken", "says"),
    [({}, "unique"), ({"number": "1", "age": -1}, "check"), ({"number": None}, "not-null"), ({"age": LIFE}, "22P02")],
)
async def test_an_error_of_the_database_quotes_no_row(
    database: Database, written: io.StringIO, broken: dict[str, object], says: str
) -> None:
    with pytest.raises(DBAPIError) as caught:
        async with database.transaction() as tx:
            await people(tx)
            await put(tx, **broken)
    structlog.get_logger("qiao.test").error("broke", exc_info=caught.value)
    logging.getLogger("library").error("broke too", exc_info=caught.value)
    for told in (str(caught.value), str(caught.value.orig), repr(caught.value), written.getvalue()):
        assert says in told
        assert NUMBER not in told
        assert LIFE not in told


async def test_whoever_must_know_which_rule_was_broken_still_can(database: Database) -> None:
    with pytest.raises(IntegrityError) as caught:
        async with database.transaction() as tx:
            await people(tx)
            await put(tx)
    assert getattr(caught.value.orig, "sqlstate", "") == "23505"
    assert caught.value.orig.diag.constraint_name == "people_pkey"  # type: ignore[union-attr]


async def test_a_job_that_fails_is_named_without_what_it_was_given(
    house: House, database: Database, written: io.StringIO
) -> None:
    async def fail(_: House, *, service: str) -> None:
        raise ZeroDivisionError

    app = make_app(house, [Job("test.fails", fail, tries_max=3)], [])
    async with database.transaction() as tx:
        await defer(tx, "test.fails", lock=f"number {NUMBER}", service=NUMBER)
        await tx.execute(text("update procrastinate_jobs set attempts = 3 where task_name = 'test.fails'"))
    async with app.open_async():
        await app.run_worker_async(wait=False, install_signal_handlers=False, listen_notify=False)
    told = written.getvalue()
    assert "test.fails[" in told
    assert "ZeroDivisionError" in told
    assert NUMBER not in told


def test_the_embedded_servers_own_log_says_no_more() -> None:
    assert SETTINGS["log_error_verbosity"] == "terse"
    assert SETTINGS["log_parameter_max_length_on_error"] == 0
