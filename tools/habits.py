"""House habits that no linter knows: names that say nothing, work left open, SQL that asks its own clock."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tools.sources import shown, sources, told

EMPTY_WORDS: Final = {
    "manager", "helper", "helpers", "utils", "util", "common", "base", "handler", "processor", "data", "info", "misc"
}  # fmt: skip
LEFT_OPEN: Final = re.compile(r"#.*\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
OWN_CLOCK: Final = re.compile(r"\b(now\(\)|current_timestamp|clock_timestamp\(\)|current_date)", re.IGNORECASE)
ASKS_THE_TIME: Final = {"tests", "tools", "bench"}


def main() -> int:
    """Every breach."""
    problems = []
    for path in sources(".py"):
        problems += breaches(shown(path), path.read_text("utf-8"))
    return told(problems)


def breaches(name: str, text: str) -> list[str]:
    """What one file breaks."""
    tree = ast.parse(text)
    problems = [f"{name}: “{word}” says nothing" for word in _empty(Path(name).stem)]
    for number, line in enumerate(text.splitlines(), 1):
        if LEFT_OPEN.search(line):
            problems.append(f"{name}:{number}: left open")
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            problems += [f"{name}:{node.lineno}: {node.name}: “{word}” says nothing" for word in _empty(node.name)]
    if Path(name).parts[0] == "tests":
        problems += [f"{name}:{line}: a test waits for the event, not for the clock" for line in _sleeps(tree)]
    if Path(name).parts[0] not in ASKS_THE_TIME:
        problems += [f"{name}:{line}: SQL takes the instant as a parameter" for line in _own_clock(tree)]
    return problems


def _empty(name: str) -> list[str]:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().split("_")
    return [word for word in words if word in EMPTY_WORDS]


def _sleeps(tree: ast.AST) -> Iterator[int]:
    """Lines that sleep; sleep(0) only lets others run."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "sleep":
            turn = bool(node.args) and isinstance(node.args[0], ast.Constant) and node.args[0].value == 0
            if not turn:
                yield node.lineno


def _own_clock(tree: ast.AST) -> Iterator[int]:
    """Lines with a string, other than a docstring, in which the database is asked for the time."""
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in prose and OWN_CLOCK.search(str(node.value)):
            yield node.lineno


if __name__ == "__main__":
    sys.exit(main())
