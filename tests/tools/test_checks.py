"""The checks find what they are for, and only that."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from sqlalchemy import Column, ForeignKey, Integer, MetaData, Table

from tools import texts
from tools.door import climbs, pure_modules, rooms
from tools.floors import floors, room_of
from tools.foreign_keys import upward
from tools.habits import breaches
from tools.links import broken
from tools.sizes import too_long

ROOT = Path(__file__).resolve().parents[2]


def test_a_file_of_400_lines_passes_and_one_more_does_not() -> None:
    assert too_long("src/a.py", "a = 1\n" * 400) == []
    assert too_long("src/a.py", "a = 1\n" * 401) == ["src/a.py: 401 lines; at most 400"]


def test_a_function_of_70_lines_passes_and_one_more_does_not() -> None:
    def function(lines: int) -> str:
        return "def f():\n" + "    a = 1\n" * (lines - 1)

    assert too_long("src/a.py", function(70)) == []
    assert too_long("src/a.py", function(71)) == ["src/a.py:1: f has 71 lines; at most 70"]
    assert too_long("tests/test_a.py", function(71)) == []


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("src/qiao/cases/case_utils.py", "", "“utils” says nothing"),
        ("src/qiao/cases/a.py", "class OfferHandler: ...", "“handler” says nothing"),
        ("src/qiao/cases/a.py", "a = 1  # TO" + "DO later", "left open"),
        (
            "src/qiao/cases/store.py",
            "q = 'select * from cases where due_at < now()'",
            "takes the instant as a parameter",
        ),
        ("tests/cases/test_a.py", "time.sleep(1)", "waits for the event"),
    ],
)
def test_a_bad_habit_is_found(name: str, text: str, found: str) -> None:
    (problem,) = breaches(name, text)
    assert found in problem


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("src/qiao/cases/a.py", '"""SQL never asks now()."""'),
        ("src/qiao/cases/a.py", "class Database: ..."),
        ("tests/cases/test_a.py", "await asyncio.sleep(0)"),
        ("bench/pop.py", "q = 'select now()'"),
    ],
)
def test_what_only_looks_like_a_bad_habit_passes(name: str, text: str) -> None:
    assert breaches(name, text) == []


@pytest.mark.parametrize(
    ("importer", "imported", "climbing"),
    [
        ("qiao.cases.operations", "qiao.routing", False),
        ("qiao.cases.listeners", "qiao.routing.events", False),
        ("qiao.cases.operations", "qiao.routing.store", True),
        ("qiao.cases.operations", "qiao.post.store", True),
        ("qiao.cases.operations", "qiao.platform.database", False),
        ("qiao.cases.pages", "qiao.ui.kit", False),
        ("qiao.desk.pages", "qiao.channels.chat.store", True),
        ("qiao.desk.pages", "qiao.channels.chat", False),
        ("qiao.channels.chat.pages", "qiao.channels.chat.store", False),
        ("qiao.app.rooms", "qiao.cases.room", False),
        ("qiao.cases.operations", "sqlalchemy", False),
    ],
)
def test_rooms_meet_only_at_the_door(importer: str, imported: str, climbing: bool) -> None:
    free = {"kernel", "platform", "bss", "ui"}
    assert climbs(importer, imported, "qiao", {"events"}, free) is climbing


def test_every_room_is_found_without_a_list() -> None:
    modules = {"qiao", "qiao.kernel.ids", "qiao.cases", "qiao.cases.model", "qiao.routing.model_rules"}
    modules |= {"qiao.channels", "qiao.channels.chat.events", "qiao.platform.events", "qiao.app.rooms"}
    assert rooms(modules) == ["cases", "channels.chat", "routing"]
    assert pure_modules(modules) == [
        "qiao.kernel",
        "qiao.cases.model",
        "qiao.channels.chat.events",
        "qiao.routing.model_rules",
    ]


def test_floors_are_read_from_the_contract() -> None:
    assert floors()[0] == ["app"]
    assert floors()[-1] == ["kernel"]
    assert ["bss", "ui", "post"] in floors()
    assert room_of("qiao.channels.chat.wire") == "channels.chat"


def test_a_foreign_key_upward_is_found() -> None:
    metadata = MetaData()
    Table("cases", metadata, Column("id", Integer, primary_key=True), Column("by", ForeignKey("agents.id")))
    Table("agents", metadata, Column("id", Integer, primary_key=True), Column("case", ForeignKey("cases.id")))
    assert upward(metadata, {"cases": "cases", "agents": "staff"}) == [
        "agents.case of staff points up to cases of cases"
    ]


def test_a_sentence_without_chinese_or_with_other_placeholders_is_found(tmp_path: Path) -> None:
    (tmp_path / "texts").mkdir()
    (tmp_path / "pages.py").write_text("a = N_('Kept.')\nb = N_('Case {number} is open.')\n", "utf-8")
    (tmp_path / "page.html").write_text("{% trans %}Hello {{ name }}{% endtrans %}{{ _('Said') }}", "utf-8")
    (tmp_path / "texts/zh_CN.po").write_text(
        'msgid "Case {number} is open."\nmsgstr "诉求 {nummer} 已受理。"\n\n'
        'msgid "Hello %(name)s"\nmsgstr "您好，%(name)s"\n',
        "utf-8",
    )
    found = texts.gaps(texts.said_in(tmp_path), texts.chinese(tmp_path), "zh_CN.po")
    assert len(found) == 3
    assert any("no Chinese for “Kept.”" in problem for problem in found)
    assert any("no Chinese for “Said”" in problem for problem in found)
    assert any("other placeholders in the Chinese of “Case {number} is open.”" in problem for problem in found)


def test_a_link_to_nowhere_is_found(tmp_path: Path) -> None:
    page = tmp_path / "README.md"
    page.write_text("[here](README.md#top) [there](gone.md) [web](https://example.org) [mail](mailto:a@b.c)", "utf-8")
    assert [problem.rpartition(": ")[2] for problem in broken(page)] == ["gone.md is not there"]


def test_dev_starts_on_the_standard_library_alone() -> None:
    code = textwrap.dedent(
        """
        import sys
        sys.path.insert(0, sys.argv[1])
        import tools.dev_machine, tools.dev_pages, tools.dev_test, tools.dev_check
        strange = {name.partition(".")[0] for name in sys.modules} - set(sys.stdlib_module_names)
        print(sorted(strange - {"tools", "__main__"}))
        """
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code, str(ROOT)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_dev_says_what_it_knows_when_asked_for_something_else() -> None:
    done = subprocess.run([sys.executable, "dev", "fly"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "./dev knows no “fly”" in done.stderr


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock", "package-lock.json", ".npmrc"])
def test_locks_name_no_registry(lock: str) -> None:
    text = (ROOT / lock).read_text("utf-8")
    assert "index-url" not in text
    assert '"resolved"' not in text
    assert "registry=" not in text


def test_every_locked_python_package_carries_hashes() -> None:
    for lock in ("requirements.lock", "requirements-dev.lock"):
        pins = [line for line in (ROOT / lock).read_text("utf-8").splitlines() if line[:1].isalnum()]
        assert pins
        assert all(line.endswith("\\") for line in pins)
