"""Every sentence on a screen has its Chinese: each room's texts/zh_CN.po is complete, with the same placeholders."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from babel.messages.extract import extract
from babel.messages.pofile import read_po

from tools.floors import floors, room_of
from tools.sources import ROOT, shown, told

HOUSE: Final = ROOT / "src/qiao"
KEYWORDS: Final = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2), "n_": (1, 2)}
WAYS: Final = {".py": "python", ".html": "jinja2.ext:babel_extract", ".js": "javascript"}
PLACEHOLDER: Final = re.compile(r"%\((\w+)\)[sd]|\{(\w*)[^{}]*\}")
LANGUAGE: Final = "zh_CN"


Said = dict[str, str]  # msgid -> where it stands
Words = dict[str, tuple[str, ...]]  # msgid -> its Chinese forms


def main() -> int:
    """Every gap in every room, lowest floor first: a room may lean on what a lower one has put into Chinese."""
    problems = []
    below: Words = {}
    for room in sorted(_rooms(), key=_height):
        own = chinese(room)
        path = shown(room / "texts" / f"{LANGUAGE}.po")
        problems += [
            f"{path}: “{msgid}” has other Chinese in a room below, which decides"
            for msgid, forms in own.items()
            if below.get(msgid, forms) != forms
        ]
        below = own | below
        problems += gaps(said_in(room), below, path)
    return told(problems)


def gaps(said: Said, words: Words, path: str) -> list[str]:
    """What is said without Chinese words, or with other placeholders in them."""
    problems = []
    for msgid, where in said.items():
        forms = words.get(msgid, ())
        if not forms or not all(forms):
            problems.append(f"{where}: no Chinese for “{msgid}” in {path}")
        elif any(_placeholders(form) != _placeholders(msgid) for form in forms):
            problems.append(f"{where}: other placeholders in the Chinese of “{msgid}”")
    return problems


def chinese(room: Path) -> Words:
    """What the room's file says; fuzzy entries do not count."""
    path = room / "texts" / f"{LANGUAGE}.po"
    if not path.is_file():
        return {}
    with path.open("rb") as file:
        catalog = read_po(file, LANGUAGE)
    words = {}
    for message in catalog:
        if message.id and not message.fuzzy:
            msgid = message.id if isinstance(message.id, str) else message.id[0]
            words[msgid] = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
    return words


def said_in(room: Path) -> Said:
    """Everything marked in the room's code and templates."""
    return dict(_said(room))


def _height(room: Path) -> int:
    name = room_of("qiao." + ".".join(room.relative_to(HOUSE).parts))
    return next((level for level, floor in enumerate(reversed(floors())) if name.split(".", 1)[0] in floor), 99)


def _rooms() -> Iterator[Path]:
    for folder in HOUSE.iterdir():
        if folder.name in {"channels", "connectors"}:
            yield from (inner for inner in folder.iterdir() if (inner / "__init__.py").is_file())
        elif (folder / "__init__.py").is_file():
            yield folder


def _said(room: Path) -> Iterator[tuple[str, str]]:
    """(msgid, where it stands) of everything marked in the room's code and templates."""
    for path in sorted(room.rglob("*")):
        if path.suffix not in WAYS or {"built", "migrations"}.intersection(path.parts):
            continue
        options = (
            {"extensions": "jinja2.ext.do", "trimmed": "true", "silent": "false"} if path.suffix == ".html" else {}
        )
        with path.open("rb") as file:
            for line, messages, _, _ in extract(WAYS[path.suffix], file, KEYWORDS, (), options):
                msgid = messages[0] if isinstance(messages, tuple) else messages
                if msgid:
                    yield msgid, f"{shown(path)}:{line}"


def _placeholders(text: str) -> set[str]:
    return {percent or brace for percent, brace in PLACEHOLDER.findall(text)}


if __name__ == "__main__":
    sys.exit(main())
