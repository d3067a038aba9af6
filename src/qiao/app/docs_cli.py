"""`qiao docs`: pages of documentation that are made from the code."""

import dataclasses
import importlib
import inspect
import sys
from collections import defaultdict
from pathlib import Path

import click

from qiao.app.rooms import all_rooms
from qiao.kernel.events import Event

HEAD = """# Events

Made by `qiao docs events`; do not edit. An event is a row of the transaction that made it true; a listener hears it in
order, at least once.

| event | fields | heard by |
|---|---|---|
"""


@click.group()
def docs() -> None:
    """Documentation made from the code."""


@docs.command()
@click.option("--check", is_flag=True, help="fail if the file is not what the code says")
@click.option("--to", "target", type=click.Path(path_type=Path), default=Path("docs/events.md"))
def events(*, check: bool, target: Path) -> None:
    """Who emits and who listens."""
    made = events_page()
    if not check:
        target.write_text(made, "utf-8")
        click.echo(f"wrote {target}")
    elif not target.is_file() or target.read_text("utf-8") != made:
        click.echo(f"{target} is not what the code says; run `qiao docs events`", err=True)
        sys.exit(1)


def events_page() -> str:
    """The whole page."""
    heard: dict[type[Event], list[str]] = defaultdict(list)
    kinds: set[type[Event]] = set()
    for room in all_rooms():
        for listener in room.listeners:
            for kind in listener.on:
                heard[kind].append(listener.name)
                kinds.add(kind)
        try:
            module = importlib.import_module(f"qiao.{room.name}.events")
        except ModuleNotFoundError:
            continue
        kinds |= {kind for _, kind in inspect.getmembers(module, _declares(module.__name__))}
    lines = [
        f"| `{kind.wire_name()}` | {', '.join(field.name for field in dataclasses.fields(kind))} "
        f"| {', '.join(sorted(heard[kind])) or '–'} |"
        for kind in sorted(kinds, key=lambda kind: kind.wire_name())
    ]
    return HEAD + "\n".join(lines) + "\n"


def _declares(module: str):  # type: ignore[no-untyped-def]
    return lambda found: inspect.isclass(found) and issubclass(found, Event) and found.__module__ == module
