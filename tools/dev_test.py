"""Run the tests in groups: side by side what may, one after the other what wants the whole machine."""

import os
import subprocess
import tempfile
import time
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tools.dev_machine import BIN, ROOT, browser, environment, ready, ready_browser, ready_peers
from tools.dev_pages import build_pages, install_packages, node
from tools.dev_voice import can_fetch, ready_voice

ALONE: Final = "journey or browser or slow"  # processes, browsers and telephones of their own
JOURNEYS: Final = "tests/journeys"
LONGEST: Final = "voice"
NO_TESTS: Final = 5  # pytest's exit code
WITH_VOICE: Final = {"voice", "journeys", "hotline"}
WITH_PAGES: Final = {"journeys", "ui", "desk", "portal", "channels", "chat"}


@dataclass(frozen=True)
class Group:
    """One run of pytest."""

    name: str
    words: list[str]
    measured: bool = False


def run_tests(words: list[str]) -> int:
    """All tests, `fast`, `coverage` or one area; further words go to pytest. Returns the exit code."""
    chosen, rest = (words[0], words[1:]) if words and not words[0].startswith("-") else ("", words)
    groups = _groups(chosen, rest)
    ready("dev")
    build_pages()
    if chosen in {"", *WITH_PAGES}:
        install_packages()
        ready_browser()
    if chosen in {"", "smpp"}:
        ready_peers()
    if chosen in {"", *WITH_VOICE} and can_fetch():  # elsewhere its tests are skipped
        os.environ |= ready_voice()
    counts: Counter[str] = Counter()
    codes: list[int] = []
    for group in groups:
        print(f"\n── {group.name}", flush=True)
        began = time.monotonic()
        codes.append(_run(group, counts, alone=len(groups) == 1))
        print(f"── {group.name}: {time.monotonic() - began:.0f} s", flush=True)
    failed = any(code not in {0, NO_TESTS} for code in codes)
    if not sum(counts.values()) and not failed:
        print("no test matches that")
        failed = True
    print(f"\n{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped", flush=True)
    return 1 if failed or counts["failed"] else 0


def _groups(chosen: str, rest: list[str]) -> list[Group]:
    models = Group("pure models, every branch", ["-m", f"not ({ALONE})", *_model_tests(), *rest], measured=True)
    # Tests wait for the database while they compute little: three keep two cores busy, a fourth only adds its start.
    side_by_side = ["-n", "3", "--dist", "loadfile", f"--ignore={JOURNEYS}"]
    fast = Group("rooms", [*side_by_side, "-m", f"not ({ALONE})", *rest])
    # Of these, some keep a core busy and most wait for a voice to end: three files at once, never two tests of one.
    # Calls first: their files last longest, and one that began last would be waited for alone.
    longest_first = ["--no-loadscope-reorder", *_rooms(first=LONGEST)]
    slow = Group("slow ones and browsers", [*longest_first, *side_by_side, "-m", ALONE, *rest])
    journeys = Group("journeys", [JOURNEYS, "-n", "2", "--dist", "loadfile", *rest])
    if chosen == "":
        return [fast, slow, *([journeys] if (ROOT / JOURNEYS).is_dir() else []), models]
    if chosen == "fast":
        return [fast]
    if chosen == "coverage":
        return [models]
    within = f"tests/{chosen}"
    area = within if (ROOT / within.partition("::")[0]).exists() else chosen
    return [Group(area, [area, *rest])]


def _rooms(first: str) -> list[str]:
    """The folders of rooms' tests, one before all others."""
    found = sorted(one.name for one in (ROOT / "tests").iterdir() if one.is_dir() and any(one.glob("test_*.py")))
    others = [one for one in found if one != first and one != Path(JOURNEYS).name]
    return [f"tests/{one}" for one in (first, *others) if one in found]


def _model_tests() -> list[str]:
    found = [*(ROOT / "tests").rglob("test_model*.py"), *(ROOT / "tests").rglob("test_*_model*.py")]
    kernel = [ROOT / "tests/kernel"] if (ROOT / "tests/kernel").is_dir() else []
    return [str(path.relative_to(ROOT)) for path in sorted({*found, *kernel})]


def _run(group: Group, counts: Counter[str], *, alone: bool) -> int:
    # Playwright's own node wants a library that a bare Debian has not.
    env = environment() | {"QIAO_CHROMIUM": browser() or "", "PLAYWRIGHT_NODEJS_PATH": str(node())}
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        pytest = ["-m", "pytest", f"--junitxml={report}", *group.words]
        if group.measured:
            env["COVERAGE_FILE"] = f"{folder}/coverage"
            code = subprocess.call([BIN / "coverage", "run", *pytest], env=env, cwd=ROOT)
            if code == 0:
                subprocess.call([BIN / "coverage", "combine", "-q"], env=env, cwd=ROOT)
                code = subprocess.call([BIN / "coverage", "report"], env=env, cwd=ROOT)
            if alone:
                counts.update(_counted(report))
            return code  # beside the others its tests are counted where they ran before
        code = subprocess.call([BIN / "python", *pytest], env=env, cwd=ROOT)
        counts.update(_counted(report))
    return code


def _counted(report: Path) -> Counter[str]:
    """How many passed, failed and were skipped, from pytest's own report."""
    if not report.is_file():
        return Counter(failed=1)  # pytest did not get as far as a report
    found: Counter[str] = Counter()
    for suite in ET.parse(report).getroot().iter("testsuite"):  # noqa: S314 - written by pytest a moment ago
        failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        skipped = int(suite.get("skipped", 0))
        found.update(failed=failed, skipped=skipped, passed=int(suite.get("tests", 0)) - failed - skipped)
    return found
