"""What the house tells about itself: log lines without secrets, and figures for Prometheus."""

import logging
import sys
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any, Final, TextIO

import structlog
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)

from qiao.platform.database import Transaction
from qiao.platform.events import lag
from qiao.platform.secrecy import scrubbed
from qiao.platform.settings import Settings
from qiao.platform.timers import overdue_seconds

REGISTRY: Final = CollectorRegistry()
"""Every figure of this process; rooms add theirs here."""
EXPOSITION_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5, 10)
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)

REQUESTS = Histogram(
    "qiao_request_seconds",
    "Time to answer, by route template (never by address) and status class",
    ["method", "route", "status"],
    buckets=_SECONDS,
    registry=REGISTRY,
)
JOBS = Histogram(
    "qiao_job_seconds", "Time a job took", ["job", "outcome"], buckets=(*_SECONDS, 30, 120), registry=REGISTRY
)
EVENT_LAG = Gauge("qiao_event_lag_seconds", "Age of the oldest unread event", ["listener"], registry=REGISTRY)
PARKED_EVENTS = Gauge("qiao_parked_events", "Events set aside after failing", ["listener"], registry=REGISTRY)
TIMER_LAG = Gauge("qiao_timer_lag_seconds", "How long the oldest due timer has waited", registry=REGISTRY)
LIVE_SOCKETS = Gauge("qiao_live_sockets", "Open live streams in this process", ["audience"], registry=REGISTRY)
ROUTING_WAITING = Gauge("qiao_routing_waiting", "Contacts waiting", ["desk"], registry=REGISTRY)
ROUTING_DECISIONS = Histogram(
    "qiao_routing_decision_seconds", "Time of one routing decision", buckets=_SECONDS, registry=REGISTRY
)
REFUSALS = Counter("qiao_refusals", "Refusals by code", ["code"], registry=REGISTRY)


def set_up_logging(settings: Settings, stream: TextIO | None = None) -> None:
    """Send structlog and the standard library's loggers to one stream (stderr), one line each, secrets hidden."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        name_jobs,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    ending: list[Any] = (
        [structlog.processors.format_exc_info, hide_secrets, structlog.processors.JSONRenderer(ensure_ascii=False)]
        if settings.log_json
        else [hide_secrets, _console(stream or sys.stderr)]
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    outlet = logging.StreamHandler(stream or sys.stderr)
    outlet.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *ending],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [outlet]
    root.setLevel(settings.log_level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


def _console(stream: TextIO) -> structlog.dev.ConsoleRenderer:
    """For people; tracebacks without local variables, which would be customers' data."""
    return structlog.dev.ConsoleRenderer(colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback)


_QUIET: Final = (
    "procrastinate",
    "uvicorn.error",
    "sqlalchemy.engine",
    "httpx2",
    "httpcore2",
    "websockets",
    "asyncio",
    "multipart",
)
"""Libraries whose ordinary lines would repeat arguments and addresses."""


def hide_secrets(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: the same line with passwords, tokens and one-time codes hidden."""
    for name, value in event.items():
        if name not in ("event", "exc_info", "_record", "logger", "timestamp"):
            event[name] = scrubbed(value, name)
    return event


def name_jobs(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: a job by its name and number, not by what it was given, such as somebody's number."""
    job = event.get("job")
    if isinstance(job, dict) and "call_string" in job:
        named = f"{job.get('task_name')}[{job.get('id')}]"
        event.update(event=str(event["event"]).replace(job["call_string"], named), job=named)
        event.pop("job_result", None)
    return event


@contextmanager
def speaking_of(**names: str) -> Iterator[None]:
    """Log lines within carry these ids, such as request="…" or interaction="…"."""
    with structlog.contextvars.bound_contextvars(**names):
        yield


async def exposition(tx: Transaction) -> bytes:
    """All figures in Prometheus's text format; lags are asked of the database now."""
    for gauge in (EVENT_LAG, PARKED_EVENTS):
        gauge.clear()
    for reading in await lag(tx):
        EVENT_LAG.labels(reading.listener).set(reading.behind_seconds)
        PARKED_EVENTS.labels(reading.listener).set(reading.set_aside)
    TIMER_LAG.set(await overdue_seconds(tx))
    return generate_latest(REGISTRY)
