"""Views that people keep, and doing the same thing to several cases: each by its own rules, none is closed by it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from qiao.desk.case_bulk import BULK, MOST
from qiao.desk.case_pages import EVERY_ACT

if TYPE_CHECKING:
    from qiao import staff
    from qiao.customers import Customer
    from tests.desk.screens import Browser, Screens

BULK_PATH, VIEWS = "/desk/cases/bulk", "/desk/cases/views"


@pytest.fixture
async def wang(screens: Screens) -> staff.Agent:
    return await screens.agent("Wang")


@pytest.fixture
async def shi(screens: Screens) -> Customer:
    return await screens.customer()


@pytest.fixture
async def browser(screens: Screens, wang: staff.Agent) -> Browser:
    return await screens.signed_in(wang)


async def kept(browser: Browser, **form: Any) -> str:
    """Keep a view; its address."""
    answer = await browser.send(VIEWS, {"act": "keep", **form}, htmx=False)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def test_a_view_shows_what_its_condition_says_and_no_case_beyond_ones_own(
    screens: Screens, browser: Browser, wang: staff.Agent, shi: Customer
) -> None:
    bad = await screens.case(shi, wang, severity=1)
    mild = await screens.case(shi, wang, severity=4)
    foreign = await screens.case(shi, await screens.agent("Li"), severity=1)
    address = await kept(browser, name="Worst first", severity="2")
    page = (await browser.get(address)).text
    assert bad.case.number in page and "Worst first" in page
    assert mild.case.number not in page and foreign.case.number not in page
    saved = await browser.get(address.replace("/desk/cases?", "/desk/cases/export?"))
    assert bad.case.number in saved.text and mild.case.number not in saved.text
    again = await kept(browser, name="Worst first", condition="{all: [{field: severity, is: 4}]}")
    assert again == address, "the same name again replaces it"
    assert mild.case.number in (await browser.get(address)).text
    view_id = address.rpartition("=")[2]
    li = await screens.signed_in(await screens.agent("Li"))
    assert "Worst first" not in (await li.get("/desk/cases")).text
    assert (await li.send(VIEWS, {"act": "drop", "view_id": view_id})).status_code == 404
    await kept(browser, name="Worst first", severity="2", shared="yes")
    assert "Worst first" in (await li.get("/desk/cases")).text
    assert (await browser.send(VIEWS, {"act": "drop", "view_id": view_id}, htmx=False)).status_code == 303
    assert "Worst first" not in (await browser.get("/desk/cases")).text


@pytest.mark.parametrize(
    "form",
    [
        {"name": ""}, {"name": "x"}, {"name": "x", "condition": "{field: phone, is: 1}"},
        {"name": "x", "condition": "a: &a [*a]"}, {"name": "x", "condition": "{all: 7}"},
        {"name": "x" * 400, "red": "yes"},
    ],
)  # fmt: skip
async def test_a_view_that_is_none_comes_back_with_what_was_chosen(browser: Browser, form: dict[str, str]) -> None:
    answer = await browser.send(VIEWS, {"act": "keep", "still": "-7d", **form} if "condition" in form else form)
    assert answer.status_code == 400
    assert answer.headers["x-refusal-code"]
    assert "view-form" in answer.text


async def test_each_ticked_case_is_told_what_became_of_it(
    screens: Screens, browser: Browser, wang: staff.Agent, shi: Customer
) -> None:
    mine = [await screens.case(shi, wang, severity=3) for _ in range(2)]
    foreign = await screens.case(shi, await screens.agent("Li"), severity=3)
    ticked = [str(one.case.id) for one in (*mine, foreign)]
    told = await browser.send(BULK_PATH, {"case": ticked, "act": "severity", "severity": "1"})
    assert "done for 2 of 3" in told.text
    assert "You cannot work on this case" in told.text
    assert foreign.case.number not in told.text
    assert [(await screens.again(one)).case.severity for one in (*mine, foreign)] == [1, 1, 3]
    told = await browser.send(BULK_PATH, {"case": ticked[:2], "act": "severity", "severity": "9"})
    assert "done for 0 of 2" in told.text and "Choose one of the list" in told.text
    await browser.send(BULK_PATH, {"case": ticked[:2], "act": "note", "text": "Same cause as yesterday"})
    assert all([(await screens.again(one)).notes for one in mine])


@pytest.mark.parametrize("act", [*sorted(set(EVERY_ACT) - set(BULK)), "close", "", "bulk"])
async def test_nothing_else_can_be_done_to_several_at_once(
    screens: Screens, browser: Browser, wang: staff.Agent, shi: Customer, act: str
) -> None:
    whole = await screens.case(shi, wang)
    answer = await browser.send(BULK_PATH, {"case": str(whole.case.id), "act": act, "kind": "withdrawn", "what": "x"})
    assert answer.headers["x-refusal-code"] == "kernel.input_not_understood"
    assert (await screens.again(whole)).case.version == whole.case.version


@pytest.mark.parametrize("ticked", [[], ["x"], [str(uuid4()) for _ in range(MOST + 1)]])
async def test_none_or_too_many_are_refused(browser: Browser, ticked: list[str]) -> None:
    answer = await browser.send(BULK_PATH, {"case": ticked, "act": "watch"})
    assert answer.headers["x-refusal-code"] == "kernel.input_not_understood"


def test_no_bulk_act_ends_a_case() -> None:
    assert not {"resolve", "word", "merge", "reopen", "compensate"} & set(BULK)
    assert set(BULK) <= set(EVERY_ACT)
