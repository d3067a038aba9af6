"""Journeys: a running demo for each, with calls or without, and what is kept when one fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.journeys.calls import Centre, centre_with_calls
from tests.journeys.running_demo import RunningDemo, running_demo
from tests.voice.conftest import programs, voice_folder  # noqa: F401 - fixtures

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def demo(database_url: str, tmp_path: Path) -> AsyncIterator[RunningDemo]:
    async with running_demo(database_url, tmp_path) as running:
        yield running


@pytest.fixture
async def centre(programs: str, voice_folder: Path, database_url: str) -> AsyncIterator[Centre]:  # noqa: F811
    async with centre_with_calls(database_url, voice_folder, programs) as running:
        yield running
