"""Every sentence on a screen has its Chinese: each room's texts/zh_CN.po is complete, with the same placeholders."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po

from tools.sources import ROOT, shown, told

HOUSE: Final = ROOT / "src/qiao"
KEYWORDS: Final = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2), "n_": (1, 2)}
WAYS: Final = {".py": "python", ".html": "jinja2.ext:babel_extract", ".js": "javascript"}
PLACEHOLDER: Final = re.compile(r"%\((\w+)\)[sd]|\{(\w*)[^{}]*\}")
LANGUAGE: Final = "zh_CN"


def main() -> int:
    """Every gap, in every room."""
    problems = []
    for room in sorted(_rooms()):
        problems += gaps(room)
    return told(problems)


def gaps(room: Path) -> list[str]:
    """What one room says without Chinese words, or with other placeholders."""
    said = dict(_said(room))
    path = room / "texts" / f"{LANGUAGE}.po"
    catalog = Catalog(LANGUAGE)
    if path.is_file():
        with path.open("rb") as file:
            catalog = read_po(file, LANGUAGE)
    problems = []
    for msgid, where in said.items():
        message = catalog.get(msgid)
        string = message.string if message else None
        strings = [string] if isinstance(string, str) else list(string or ())
        if not strings or not all(strings) or (message and message.fuzzy):
            problems.append(f"{where}: no Chinese for “{msgid}” in {shown(path)}")
        elif any(_placeholders(string) != _placeholders(msgid) for string in strings):
            problems.append(f"{where}: other placeholders in the Chinese of “{msgid}”")
    return problems


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
