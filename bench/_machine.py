"""What benchmarks with processes share: a database of their own, and processes that end with the block."""

import asyncio
import json
import os
import sys
import tempfile
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from qiao.app.schema import create_tables
from qiao.platform.clock import MachineClock
from qiao.platform.database import Database
from qiao.platform.postgres import EmbeddedPostgres


@asynccontextmanager
async def fresh_database() -> AsyncIterator[tuple[str, Path]]:
    """(address, folder) of a database with all tables, on QIAO_TEST_DATABASE_URL or a server of its own."""
    with tempfile.TemporaryDirectory(prefix="qiao-bench-") as name:
        folder = Path(name)
        server = None
        admin_url = os.environ.get("QIAO_TEST_DATABASE_URL", "")
        if not admin_url:
            server = EmbeddedPostgres(folder / "postgres")
            await server.start()
            admin_url = server.url
        database = f"qiao_bench_{uuid.uuid4().hex[:12]}"
        with psycopg.connect(admin_url, autocommit=True) as admin:
            admin.execute(
                sql.SQL("create database {} template template0 encoding 'UTF8'").format(sql.Identifier(database))
            )
        url = make_url(admin_url).set(database=database).render_as_string(hide_password=False)
        try:
            opened = Database(url, MachineClock(), pool_size=2)
            await create_tables(opened)
            await opened.close()
            yield url, folder
        finally:
            with psycopg.connect(admin_url, autocommit=True) as admin:
                admin.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(database)))
            if server is not None:
                await server.stop()


def environment(url: str, folder: Path, **more: str) -> dict[str, str]:
    """What a process of ours needs to know."""
    own = {
        "QIAO_DATABASE_URL": url, "QIAO_DATA_FOLDER": str(folder), "QIAO_MODE": "production",
        "QIAO_SECRET_KEY": "b" * 40, "QIAO_LOG_LEVEL": "WARNING",
    }  # fmt: skip
    return {**os.environ, **own, **more}


@asynccontextmanager
async def running(arguments: Sequence[str], env: dict[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    """`qiao ARGUMENTS` for as long as the block lasts."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "qiao.app.cli", *arguments), env=env, stdout=asyncio.subprocess.PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def told(process: asyncio.subprocess.Process) -> dict[str, Any]:
    """The first line it prints, as JSON."""
    assert process.stdout is not None
    line: dict[str, Any] = json.loads(await process.stdout.readline())
    return line


def link(port: int, **more: Any) -> str:
    """QIAO_SMPP_LINKS for one link to the sandbox's centre."""
    usual = {
        "name": "sandbox", "host": "127.0.0.1", "port": port, "system_id": "qiao", "password": "secret",
        "sender": "10086",
    }  # fmt: skip
    return json.dumps([{**usual, **more}])
