"""A log of a test's own."""

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager

import structlog


@contextmanager
def log_of_our_own() -> Iterator[io.StringIO]:
    """A stream to send the log to; how this process logs otherwise is put back afterwards."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    try:
        yield io.StringIO()
    finally:
        root.handlers[:] = before
        root.setLevel(level)
        structlog.reset_defaults()
        structlog.contextvars.clear_contextvars()
