"""`qiao replay`: real logs once more through the house."""

import importlib
from importlib.util import find_spec
from typing import Final

import click

_LATER: Final = {
    "calls": "qiao.app.replay.calls:calls",
    "dialogues": "qiao.app.replay.dialogues_cli:dialogues",
}


class Replays(click.Group):
    """Imports a replay only when it is asked for, and offers only those whose module is there."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for name in _LATER if _module(name) is not None]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        module = _module(cmd_name)
        if module is None:
            return None
        found: click.Command = getattr(importlib.import_module(module), _LATER[cmd_name].partition(":")[2])
        return found


def _module(name: str) -> str | None:
    module = _LATER.get(name, "").partition(":")[0]
    return module if module and find_spec(module) is not None else None


@click.group(cls=Replays)
def replay() -> None:
    """Replay real logs through the house and compare with what really happened."""
