"""Files on a case, and the whole case as a signed file: who may, what is refused, what is on record."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from qiao import cases, interactions
from qiao.platform import audit

if TYPE_CHECKING:
    from qiao import staff
    from qiao.customers import Customer
    from tests.desk.screens import Browser, Screens

EVIDENCE = b"a photograph of the text, in words"


@pytest.fixture
async def wang(screens: Screens) -> staff.Agent:
    return await screens.agent("Wang")


@pytest.fixture
async def shi(screens: Screens) -> Customer:
    return await screens.customer()


async def put(browser: Browser, whole: cases.WholeCase, name: str, content: bytes) -> str:
    """Put a file on the case; the code of its refusal, empty when it was kept."""
    files = {"file": (name, content, "application/octet-stream")}
    headers = {"HX-Request": "true", "X-CSRF-Token": browser.csrf}
    answer = await browser.http.post(f"/desk/cases/{whole.case.id}/files", files=files, headers=headers)
    code: str = answer.headers.get("x-refusal-code", "")
    assert code or answer.status_code in (200, 204, 303), answer.text
    return code


async def test_a_file_is_kept_under_a_safe_name_and_saved_again(
    screens: Screens, wang: staff.Agent, shi: Customer
) -> None:
    browser, whole = await screens.signed_in(wang), await screens.case(shi, wang)
    assert await put(browser, whole, "../../etc/证据.txt", EVIDENCE) == ""
    async with screens.house.database.transaction() as tx:
        [kept] = await cases.attached_to(tx, whole.case.id)
    assert "/" not in kept.name and kept.name.endswith(".txt")
    page = await browser.get(f"/desk/cases/{whole.case.id}")
    assert kept.name in page.text
    saved = await browser.get(f"/desk/cases/{whole.case.id}/files/{kept.file_id}")
    assert saved.content == EVIDENCE
    assert saved.headers["content-disposition"].startswith("attachment")
    other = await screens.case(shi, wang)
    for path in (f"{other.case.id}/files/{kept.file_id}", f"{whole.case.id}/files/{uuid4()}"):
        assert (await browser.get(f"/desk/cases/{path}")).status_code == 404


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("empty.txt", b"", "interactions.file_is_empty"),
        ("run.exe", b"MZ\x90\x00", "interactions.file_kind_not_taken"),
        ("picture.png", b"<script>alert(1)</script>", "interactions.file_is_not_what_it_says"),
    ],
)
async def test_what_is_no_evidence_is_refused_and_leaves_nothing(
    screens: Screens, wang: staff.Agent, shi: Customer, name: str, content: bytes, code: str
) -> None:
    browser, whole = await screens.signed_in(wang), await screens.case(shi, wang)
    assert await put(browser, whole, name, content) == code
    async with screens.house.database.transaction() as tx:
        assert await cases.attached_to(tx, whole.case.id) == ()


async def test_the_whole_case_leaves_signed_and_on_record(screens: Screens, wang: staff.Agent, shi: Customer) -> None:
    agent, whole = await screens.signed_in(wang), await screens.case(shi, wang, facts={"short_code": "3737"})
    await put(agent, whole, "evidence.txt", EVIDENCE)
    path, why = f"/desk/cases/{whole.case.id}/archive", {"reason": "Asked by the regulator, letter 17"}
    assert (await agent.send(path, why)).status_code in (403, 404)
    leader = await screens.signed_in(await screens.agent("Liu", role="team_leader"))
    refused = await leader.send(path, {"reason": " "})
    assert refused.headers["x-refusal-code"] == "kernel.input_not_understood"
    made = await leader.send(path, why)
    assert made.headers["content-type"] == "application/zip"
    found = cases.examine(made.content)
    assert found.ok, found.faults
    assert found.about is not None
    assert (found.about["number"], found.about["reason"]) == (whole.case.number, why["reason"])
    with zipfile.ZipFile(io.BytesIO(made.content)) as archive:
        told = json.loads(archive.read("case.json"))
        readable = archive.read("case.html").decode()
        names = archive.namelist()
        assert EVIDENCE in [archive.read(name) for name in names if name.startswith("files/")]
    assert told["case"]["facts"][0]["value"] == "3737"
    assert "3737" in readable and whole.case.number in readable and "<script" not in readable
    assert ("Liu" in readable, str(whole.case.id) in readable) == (True, False)
    assert "Wang" in found.about["people"].values()
    async with screens.house.database.transaction() as tx:
        acts = [entry["act"] for entry in await audit.entries(tx, customer_id=shi.id)]
    assert "export.case" in acts


async def test_the_file_holds_every_word_every_file_and_says_what_is_lost(
    screens: Screens, wang: staff.Agent, shi: Customer
) -> None:
    house, whole = screens.house, await screens.case(shi, wang)
    contact = (await screens.contact(shi, None)).id
    async with house.database.transaction() as tx:
        await cases.link_interaction(tx, case_id=whole.case.id, interaction_id=contact, by="system:test")
        for number in range(230):
            await interactions.say(tx, interaction_id=contact, author_kind="customer", text=f"<b>word {number}</b>")
    browser = await screens.signed_in(wang)
    for name in ("kept.txt", "lost.txt"):
        assert await put(browser, whole, name, EVIDENCE + name.encode()) == ""
    async with house.database.transaction() as tx:
        [_, lost] = await cases.attached_to(tx, whole.case.id)
    await house.files.delete(lost.file_id)
    made = await cases.make_archive(house, case_id=whole.case.id, by="system:test", reason="why", language="en")
    found = cases.examine(made)
    assert found.ok and found.about is not None
    assert found.about["lost"] == [f"files/{lost.file_id}-lost.txt"]
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        said = json.loads(archive.read("case.json"))["messages"][str(contact)]
        readable = archive.read("case.html").decode()
        assert [name for name in archive.namelist() if name.endswith("kept.txt")]
    assert [one["text"] for one in said] == [f"<b>word {number}</b>" for number in range(230)]
    assert "&lt;b&gt;word 229" in readable and "<b>" not in readable
