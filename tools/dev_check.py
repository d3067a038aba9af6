"""Every check, timed; all of them run, and the last lines say which failed."""

import subprocess
import sys
import time
from typing import Final

from tools.dev_machine import BIN, ROOT, environment, ready

PYTHON: Final = [str(BIN / "python"), "-m"]
STEPS: Final = {
    "format": [str(BIN / "ruff"), "format", "--check", "-q"],
    "lint": [str(BIN / "ruff"), "check", "-q"],
    "types": [str(BIN / "mypy")],
    "walls": [str(BIN / "lint-imports")],
    "sizes": [*PYTHON, "tools.sizes"],
    "habits": [*PYTHON, "tools.habits"],
    "foreign-keys": [*PYTHON, "tools.foreign_keys"],
    "texts": [*PYTHON, "tools.texts"],
    "links": [*PYTHON, "tools.links"],
    "events": [str(BIN / "qiao"), "docs", "events", "--check"],
}


def run_checks(words: list[str]) -> int:
    """All checks, or those named. Returns 1 when one failed."""
    unknown = [word for word in words if word not in STEPS]
    if unknown:
        print(f"no such check: {', '.join(unknown)}; there are {', '.join(STEPS)}", file=sys.stderr)
        return 2
    ready("dev")
    results = []
    for name in words or STEPS:
        began = time.monotonic()
        done = subprocess.run(STEPS[name], cwd=ROOT, env=environment(), capture_output=True, text=True, check=False)
        results.append((name, done.returncode == 0, time.monotonic() - began))
        if done.returncode != 0:
            print(f"── {name}\n{done.stdout}{done.stderr}".rstrip(), flush=True)
    print()
    for name, passed, seconds in results:
        print(f"{'ok    ' if passed else 'FAILED'}  {name:<14} {seconds:6.1f} s")
    failed = sum(not passed for _, passed, _ in results)
    print(f"{len(results) - failed} checks passed, {failed} failed", flush=True)
    return 1 if failed else 0
