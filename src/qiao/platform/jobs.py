"""Deferred work: a Procrastinate row written in the caller's own transaction, run by any worker."""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

import procrastinate
import structlog
from procrastinate import RetryStrategy

from qiao.platform.database import Transaction
from qiao.platform.house import House
from qiao.platform.room import Job, Periodic

log = structlog.get_logger(__name__)
HEARTBEAT_SECONDS: Final = 3.0
DEAD_AFTER_SECONDS: Final = 12.0

_deferrer = procrastinate.App(connector=procrastinate.PsycopgConnector())
"""Never opened: it only writes job rows on connections that callers bring."""


async def defer(tx: Transaction, name: str, *, lock: str | None = None, **arguments: Any) -> None:
    """Run job `name` once this transaction has committed; jobs of one `lock` run one at a time, in order."""
    driver = await tx.driver()
    await _deferrer.configure_task(name, lock=lock, connection=driver).defer_async(**arguments)


def schema_sql() -> str:
    """Procrastinate's own tables, for the first migration."""
    return procrastinate.schema.SchemaManager.get_schema()


def make_app(house: House, jobs: Sequence[Job], periodics: Sequence[Periodic]) -> procrastinate.App:
    """The worker's Procrastinate app with every room's jobs on it."""
    app = procrastinate.App(
        connector=procrastinate.PsycopgConnector(conninfo=house.database.url, min_size=1, max_size=4)
    )
    for job in jobs:
        _add_job(app, house, job)
    for periodic in periodics:
        _add_periodic(app, house, periodic)

    return app


def _add_job(app: procrastinate.App, house: House, job: Job) -> None:
    @app.task(name=job.name, retry=RetryStrategy(max_attempts=job.tries_max, exponential_wait=2))
    async def perform(**arguments: Any) -> None:
        await job.run(house, **arguments)


def _add_periodic(app: procrastinate.App, house: House, periodic: Periodic) -> None:
    @app.periodic(cron=periodic.cron)
    @app.task(name=periodic.name, queueing_lock=periodic.name)
    async def tick(timestamp: int) -> None:
        await periodic.run(house)


async def work(app: procrastinate.App, *, concurrency: int) -> None:
    """Run jobs until cancelled; what is running is given ten seconds to end."""
    async with app.open_async():
        rescuing = asyncio.create_task(_rescue(app))
        try:
            await app.run_worker_async(
                concurrency=concurrency,
                delete_jobs="successful",
                install_signal_handlers=False,
                shutdown_graceful_timeout=10,
                fetch_job_polling_interval=2.0,
                update_heartbeat_interval=HEARTBEAT_SECONDS,
                stalled_worker_timeout=DEAD_AFTER_SECONDS,
            )
        finally:
            rescuing.cancel()


async def _rescue(app: procrastinate.App) -> None:
    """Give jobs whose worker died to another one; a dead worker's job would hold up whatever shares its lock."""
    while True:
        await asyncio.sleep(HEARTBEAT_SECONDS)
        try:
            for stalled in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=DEAD_AFTER_SECONDS):
                log.warning("jobs.stalled", job=stalled.task_name, id=stalled.id)
                await app.job_manager.retry_job(stalled)
        except (procrastinate.exceptions.ConnectorException, OSError) as error:
            log.warning("jobs.not_rescued", error=type(error).__name__)
