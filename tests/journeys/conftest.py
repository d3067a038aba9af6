"""Journeys: a running demo for each module, browsers of its people, and what is kept when one fails."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Browser, async_playwright

from tests.journeys.running_demo import RunningDemo, running_demo

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def demo(database_url: str, tmp_path: Path) -> AsyncIterator[RunningDemo]:
    async with running_demo(database_url, tmp_path) as running:
        yield running


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        path = os.environ.get("QIAO_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
        opened = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield opened
        await opened.close()
