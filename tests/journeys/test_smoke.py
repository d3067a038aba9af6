"""The main story as `./dev demo --smoke` plays it: the whole demo started by the one command, and ended by itself."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

from qiao.channels.voice.programs import ProgramMissing, find_programs
from tests.journeys.running_demo import free_port
from tools.dev_voice import fetched

ROOT = Path(__file__).parents[2]
CALL = "a customer calls the hotline, and hears its greeting in her language"


def with_calls() -> dict[str, str] | None:
    """What has the demo find Asterisk without fetching it anew; None where this machine has none."""
    told = os.environ.get("QIAO_ASTERISK") or str(fetched() or "")
    try:
        find_programs(told)
    except ProgramMissing:
        return None
    return {"QIAO_ASTERISK": told}


@pytest.mark.journey
@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_the_story_that_the_smoke_plays_holds_and_where_asterisk_is_the_hotline_is_heard(
    voice_folder: Path,
) -> None:
    voice = with_calls()
    environment = {
        **os.environ,
        **(voice or {}),
        "QIAO_DATA_FOLDER": str(voice_folder / "demo"),
        "QIAO_SANDBOX_CUSTOMERS": "60",
        "QIAO_VOICE": json.dumps({"speak_ahead": False}),  # thousands of sentences, of which it hears one
    }
    environment.pop("QIAO_DATABASE_URL", None)  # by the demo's own server
    words = ["demo", "--smoke", "--port", str(free_port()), *(["--voice"] if voice is not None else [])]
    playing = await asyncio.create_subprocess_exec(
        sys.executable,
        str(ROOT / "dev"),
        *words,
        cwd=ROOT,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        raw, _ = await playing.communicate()
    finally:
        if playing.returncode is None:
            playing.terminate()
            await playing.wait()
    told = raw.decode("utf-8", "replace")
    assert playing.returncode == 0 and "the story held" in told, told
    assert (CALL in told) is (voice is not None), told
