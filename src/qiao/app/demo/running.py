"""What a running demo leaves in its folder so that other commands find it."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from qiao.platform.settings import Settings


class NotRunning(Exception):
    """No demo runs from this folder."""


@dataclass(frozen=True)
class Running:
    """One running demo."""

    pid: int
    database_url: str
    address: str


def _file(settings: Settings) -> Path:
    return settings.data_folder / "demo.json"


def write_running(settings: Settings, running: Running) -> None:
    """Say where this demo is; readable by its owner only."""
    path = _file(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(json.dumps(asdict(running)), "utf-8")


def forget_running(settings: Settings) -> None:
    """The demo has stopped."""
    _file(settings).unlink(missing_ok=True)


def find_running(settings: Settings) -> Running | None:
    """The demo that runs from this folder, if its process lives."""
    try:
        found = Running(**json.loads(_file(settings).read_text("utf-8")))
        os.kill(found.pid, 0)
    except (OSError, ValueError, TypeError):
        return None
    return found


def database_of_running_demo() -> str:
    """Where a running demo keeps its rows. Raises NotRunning."""
    settings = Settings()
    if settings.database_url:
        return settings.database_url
    if (running := find_running(settings)) is None:
        raise NotRunning
    return running.database_url
