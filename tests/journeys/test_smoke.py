"""The main story over HTTP and WebSocket alone, as `qiao demo --smoke` plays it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from qiao.app.demo.smoke import play

if TYPE_CHECKING:
    from tests.journeys.running_demo import RunningDemo


@pytest.mark.journey
@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_the_story_that_the_smoke_plays_holds(demo: RunningDemo) -> None:
    assert await play(demo.settings, demo.logins) == 0, demo.logs()
