"""Files of at most 400 lines, functions of at most 70: what does not fit has two subjects."""

import ast
import sys
from pathlib import Path
from typing import Final

from tools.sources import ROOT, shown, sources, told

FILE_LINES_MAX: Final = 400
FUNCTION_LINES_MAX: Final = 70
MIGRATIONS: Final = ROOT / "src/qiao/app/migrations/versions"


def main() -> int:
    """Every file and function that is too long."""
    problems = []
    for path in [*sources(".py", ".js", ".mjs", ".css"), ROOT / "dev"]:
        if path.parent == MIGRATIONS:
            continue  # as long as what it makes
        problems += too_long(shown(path), path.read_text("utf-8"), python=path.suffix in {".py", ""})
    return told(problems)


def too_long(name: str, text: str, *, python: bool = True) -> list[str]:
    """What is too long in one file; tests may tell a long story in one function."""
    problems = []
    lines = len(text.splitlines())
    if lines > FILE_LINES_MAX:
        problems.append(f"{name}: {lines} lines; at most {FILE_LINES_MAX}")
    if not python or Path(name).parts[0] == "tests":
        return problems
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES_MAX:
                problems.append(f"{name}:{node.lineno}: {node.name} has {length} lines; at most {FUNCTION_LINES_MAX}")
    return problems


if __name__ == "__main__":
    sys.exit(main())
