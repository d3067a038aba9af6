"""A line to the database that is dead without a word is noticed: by the pool, and by whoever listens."""

from __future__ import annotations

import psycopg

from qiao.platform.database import WATCHED, Database, async_url, plain_url


async def test_each_line_to_the_database_is_watched_by_its_own_driver(database: Database) -> None:
    async with database.transaction() as tx:
        pooled = (await tx.driver()).info.get_parameters()
    with psycopg.connect(database.url) as other:
        listening = other.info.get_parameters()
    assert {name: pooled.get(name) for name in WATCHED} == WATCHED
    assert {name: listening.get(name) for name in WATCHED} == WATCHED


def test_what_the_operator_has_set_himself_stays() -> None:
    told = "postgresql://qiao:secret@db.example:5432/qiao?keepalives_idle=60&sslmode=require"
    for url in (plain_url(told), async_url(told)):
        assert "keepalives_idle=60" in url
        assert "sslmode=require" in url
        assert url.count("keepalives_idle") == 1
        assert "tcp_user_timeout=25000" in url
        assert ":secret@" in url
