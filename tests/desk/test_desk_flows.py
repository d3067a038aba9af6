"""Flows at the desk: read, looked at with faults by line, kept, put in force, gone back to, played."""

from __future__ import annotations

import ast
import html
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from qiao import selfservice
from qiao.desk.flow_faults import FLOW_FAULTS
from qiao.desk.rule_faults import in_words
from qiao.selfservice import model_checks

if TYPE_CHECKING:
    import httpx

    from tests.desk.screens import Browser, Screens

EDIT = "/desk/flows/edit"
CODE = "satisfaction"


@pytest.fixture
async def boss(screens: Screens) -> Browser:
    return await screens.signed_in(await screens.agent("Boss", role="administrator"))


async def text_of(boss: Browser, version: str = "") -> tuple[str, str]:
    """The text in the editor, and the newest version it knew."""
    page = (await boss.get(f"{EDIT}?flow={CODE}&version={version}")).text
    written = re.search(r'<textarea[^>]*id="flow-text"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    newest = re.search(r'name="newest" value="(\d+)"', page)
    assert written is not None
    assert newest is not None
    return html.unescape(written[1]), newest[1]


async def send(boss: Browser, act: str, **fields: Any) -> httpx.Response:
    return await boss.send(EDIT, {"flow": CODE, "act": act, **fields}, htmx=False)


async def in_force(screens: Screens) -> int:
    async with screens.house.database.transaction() as tx:
        return (await selfservice.published(tx))[CODE]


async def test_a_flow_is_edited_put_in_force_and_gone_back_to(screens: Screens, boss: Browser) -> None:
    assert CODE in (await boss.get("/desk/flows")).text
    text, newest = await text_of(boss)
    other = text.replace("Thank you!", "Thank you very much!")
    looked = await send(boss, "check", text=other, newest=newest)
    assert "No fault was found." in looked.text
    assert "<svg" in looked.text
    assert (await send(boss, "keep", text=other, newest=newest)).status_code == 303
    assert await in_force(screens) == 0
    kept, now = await text_of(boss)
    assert (kept.strip(), int(now)) == (other.strip(), int(newest) + 1)
    assert (await send(boss, "publish", version=now, in_force="0", newest=now)).status_code == 303
    assert await in_force(screens) == int(now)
    assert (await send(boss, "publish", version="0", in_force=now, newest=now)).status_code == 303
    assert await in_force(screens) == 0


async def test_two_editors_and_two_publishers_do_not_overwrite_each_other(screens: Screens, boss: Browser) -> None:
    text, newest = await text_of(boss)
    assert (await send(boss, "keep", text=text + "# mine\n", newest=newest)).status_code == 303
    stale = await send(boss, "keep", text=text + "# yours\n", newest=newest)
    assert stale.headers["x-refusal-code"] == "selfservice.flow_changed"
    assert "# yours" in stale.text, "what was written is kept on the page"
    published = await send(boss, "publish", version=str(int(newest) + 1), in_force="7", newest=newest)
    assert published.headers["x-refusal-code"] == "selfservice.flow_changed"


async def test_faults_are_named_with_their_line_and_nothing_is_kept(screens: Screens, boss: Browser) -> None:
    text, newest = await text_of(boss)
    for old, new, told in (
        ("go: why", "go: nowhere", "there is no step nowhere"),
        ("start: ask", "start: !!python/name:os.system ask", "tags"),
        ("  zh-CN: 您对", "  xx: 您对", "is not known here"),
    ):
        broken = text.replace(old, new, 1)
        refused = await send(boss, "keep", text=broken, newest=newest)
        assert refused.headers["x-refusal-code"] == "selfservice.flow_not_understood", old
        assert told in refused.text
        assert f"line {broken[: broken.index(new)].count(chr(10)) + 1}" in refused.text
    assert (await text_of(boss))[1] == newest


@pytest.mark.parametrize(
    "text",
    [
        "[" * 1_000,
        "a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]\n",
        "flow: f\nstart: s0\nhuman: p\nsteps:\n"
        + "".join(f"  s{n}: {{say: x, go: s{n + 1}}}\n" for n in range(10_000)),
        "x" * 400_000,
        "flow: !!python/object/apply:os.system ['true']\n",
        "flow: satisfaction\x00\n",
        "flow: \ud800\n".encode("utf-8", "surrogatepass").decode("latin-1"),
        "",
    ],
    ids=["depth", "laughs", "steps", "length", "tag", "NUL", "half", "nothing"],
)
async def test_a_bomb_sent_to_the_desk_is_refused_in_words_and_nothing_is_kept(boss: Browser, text: str) -> None:
    _, newest = await text_of(boss)
    for act in ("check", "keep"):
        answer = await send(boss, act, text=text, newest=newest)
        assert answer.status_code in (200, 400, 413, 422), answer.status_code
        assert "Traceback" not in answer.text
    assert (await text_of(boss))[1] == newest


async def test_a_flow_is_played_at_the_desk_with_nothing_really_done(boss: Browser) -> None:
    form: dict[str, Any] = {"flow": "bill_query", "version": "0", "language": "en", "answers": "done"}
    begun = await boss.send("/desk/flows/play", {**form, "act": "again"}, htmx=False)
    assert "prove 2" in begun.text
    assert "Which bill" in begun.text
    said = await boss.send("/desk/flows/play", {**form, "say": "0", "act": "say"}, htmx=False)
    assert "hand billing" in said.text
    assert "It is over at" in said.text
    away = await boss.send("/desk/flows/play", {**form, "answers": "x", "language": "x", "act": "again"}, htmx=False)
    assert "请说月份" in away.text


async def test_who_may_not_change_flows_sees_none(screens: Screens) -> None:
    wang = await screens.signed_in(await screens.agent("Wang"))
    for path in ("/desk/flows", f"{EDIT}?flow={CODE}"):
        assert (await wang.get(path)).status_code in (403, 404)


def test_every_fault_of_a_flow_is_told_in_words_of_the_reader() -> None:
    """Each sentence that the reading and the checks can say is one of those that are translated."""
    folder = Path(model_checks.__file__).parent
    found: set[str] = set()
    for name in ("model_checks.py", "model_paths.py", "model_text.py", "reading.py", "reading_values.py"):
        for node in ast.walk(ast.parse((folder / name).read_text("utf-8"))):
            if isinstance(node, ast.Call) and _name(node) in {"FlowProblem", "wrong", "_Broken"}:
                found.update(filled for one in node.args[1:2] if (filled := _filled(one)))
    assert len(found) > 40
    untold = {one for one in found if in_words(one, lambda told: f"<{told}>", FLOW_FAULTS)[:1] != "<"}
    assert not {one for one in untold if not one.startswith("condition at")}


def _name(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _filled(node: ast.expr) -> str:
    """A sentence with 7 in each of its places."""
    if isinstance(node, ast.JoinedStr):
        return "".join(str(one.value) if isinstance(one, ast.Constant) else "7" for one in node.values)
    return str(node.value) if isinstance(node, ast.Constant) else ""
