"""Which files the checks read: everything of ours, nothing built or installed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
FOLDERS: Final = ("src", "tests", "tools", "bench")
SKIPPED: Final = {"__pycache__", "built", "node_modules"}


def sources(*suffixes: str) -> Iterator[Path]:
    """Our files with one of these suffixes, in order."""
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in suffixes and path.is_file() and not SKIPPED.intersection(path.parts):
                yield path


def shown(path: Path) -> str:
    """The path as people type it."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def told(problems: list[str]) -> int:
    """Print what was found; the exit code."""
    print("\n".join(problems))
    return 1 if problems else 0
