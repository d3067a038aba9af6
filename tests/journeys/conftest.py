"""Journeys: a running demo for each module, browsers of its people, and what is kept when one fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.journeys.running_demo import RunningDemo, running_demo

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def demo(database_url: str, tmp_path: Path) -> AsyncIterator[RunningDemo]:
    async with running_demo(database_url, tmp_path) as running:
        yield running
