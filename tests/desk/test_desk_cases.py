"""A case's page over HTTP: who sees it, what it tells, what may be done, and what is refused how."""

import re
from typing import Any
from uuid import uuid4

import pytest

from qiao import cases, interactions, staff
from qiao.cases.facts import keep_fact
from qiao.customers import Customer
from qiao.desk.case_acts import ACTS
from qiao.platform import audit
from qiao.platform.policy import Level
from tests.desk.screens import Browser, Screens


@pytest.fixture
async def wang(screens: Screens) -> staff.Agent:
    return await screens.agent("Wang")


@pytest.fixture
async def shi(screens: Screens) -> Customer:
    return await screens.customer()


@pytest.fixture
async def browser(screens: Screens, wang: staff.Agent) -> Browser:
    return await screens.signed_in(wang)


async def test_the_page_tells_the_promise(screens: Screens, browser: Browser, wang: staff.Agent, shi: Customer) -> None:
    whole = await screens.case(
        shi,
        wang,
        facts={"text_copy": "验证码17"},
        declarations=["owner_asked_for_nothing"],
        tried=[("looked at the account", "nothing on record")],
    )
    shown = await browser.get(f"/desk/cases/{whole.case.id}")
    assert shown.status_code == 200
    for told in (
        whole.case.number,
        "我误回了一条短信",
        "验证码17",
        "looked at the account",
        "nothing on record",
        "code the text came from",  # missing, and named
        "to come",
        "Ask for:",
    ):
        assert told in shown.text
    assert shown.text.count("btn-primary") >= 1


async def test_before_proof_the_customer_has_half_a_name(
    screens: Screens, browser: Browser, wang: staff.Agent, shi: Customer
) -> None:
    whole = await screens.case(shi, wang)
    shown = await browser.get(f"/desk/cases/{whole.case.id}")
    assert "师**" in shown.text
    assert "师先生" not in shown.text
    assert shi.numbers[0].value not in shown.text
    await screens.contact(shi, wang, level=2)
    assert "师先生" in (await browser.get(f"/desk/cases/{whole.case.id}")).text


async def test_what_belongs_to_somebody_else_does_not_exist(screens: Screens, browser: Browser, shi: Customer) -> None:
    other = await screens.agent("Other")
    foreign = await screens.case(shi, other)
    missing = await browser.get(f"/desk/cases/{uuid4()}")
    for path in ("", "/record", "/form/note"):
        answer = await browser.get(f"/desk/cases/{foreign.case.id}{path}")
        assert answer.status_code == 404
    assert _without_paths((await browser.get(f"/desk/cases/{foreign.case.id}")).text) == _without_paths(missing.text)


async def test_no_act_reaches_a_case_of_somebody_else(screens: Screens, browser: Browser, shi: Customer) -> None:
    foreign = await screens.case(shi, await screens.agent("Other"))
    for act in ACTS:
        answer = await browser.send(f"/desk/cases/{foreign.case.id}/{act}", {"text": "x", "what": "x", "reason": "x"})
        assert answer.status_code == 404, act
    assert (await screens.again(foreign)).case.version == foreign.case.version


async def test_another_unit_sees_nothing_even_of_a_customer_it_talks_to(screens: Screens, shi: Customer) -> None:
    await screens.unit("outsourcer")
    whole = await screens.case(shi, await screens.agent("Wang"))
    outside = await screens.agent("Outside", unit="outsourcer", role="team_leader")
    await screens.contact(shi, outside, level=2, unit="outsourcer")
    browser = await screens.signed_in(outside)
    assert (await browser.get(f"/desk/cases/{whole.case.id}")).status_code == 404


async def test_a_team_leader_looks_and_does_not_touch(screens: Screens, shi: Customer) -> None:
    whole = await screens.case(shi, await screens.agent("Wang"))
    leader = await screens.signed_in(await screens.agent("Leader", role="team_leader"))
    shown = await leader.get(f"/desk/cases/{whole.case.id}")
    assert shown.status_code == 200
    assert "<textarea" not in shown.text
    assert (await leader.send(f"/desk/cases/{whole.case.id}/note", {"text": "x"})).status_code == 404


async def test_each_view_is_on_record_before_it_is_shown(
    screens: Screens, browser: Browser, wang: staff.Agent, shi: Customer
) -> None:
    whole = await screens.case(shi, wang)
    for _ in range(3):
        await browser.get(f"/desk/cases/{whole.case.id}")
    async with screens.house.database.transaction() as tx:
        found = [row for row in await audit.entries(tx, customer_id=shi.id) if row["act"] == "view.case"]
    assert [row["actor"] for row in found] == [f"agent:{wang.id}"]


WHY = {"cause": "charge/not_ordered", "system": "content_platform"}
WHOLE_STORY: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("note", {"text": "ring back at six"}, "ring back at six"),
    ("words", {"text": "他又说了一句"}, "他又说了一句"),
    ("fact", {"key": "short_code", "value": "３７３７"}, "3737"),
    ("tried", {"step": "asked the provider", "outcome": "no answer"}, "asked the provider"),
    ("declare", {"declaration": "is_the_holder"}, "本人是该号码的机主"),
    ("ask", {"items": ["text_copy", "received_at"]}, "a copy of the text"),
    ("promise", {"what": "look at the next bill", "due": "tomorrow"}, "look at the next bill"),
    ("told", {"text": "nothing is charged so far"}, "nothing is charged so far"),
    ("severity", {"severity": "1"}, "critical"),
    ("move", {"move": "examine"}, "Being examined"),
    ("resolve", {"kind": "remedied", "what": "cancelled it", **WHY}, "Charge › Ordered without a clear yes"),
    ("reopen", {"reason": "it is back"}, "it is back"),
)


@pytest.mark.slow
@pytest.mark.parametrize("htmx", [True, False])
async def test_everything_can_be_put_on_record(
    screens: Screens, browser: Browser, wang: staff.Agent, shi: Customer, htmx: bool
) -> None:
    whole = await screens.case(shi, wang)
    for act, form, told in WHOLE_STORY:
        version = (await screens.again(whole)).case.version
        answer = await browser.send(f"/desk/cases/{whole.case.id}/{act}", {**form, "version": str(version)}, htmx=htmx)
        assert answer.status_code == (200 if htmx else 303), (act, answer.text)
        shown = answer if htmx else await browser.get(answer.headers["location"])
        assert told in shown.text, act
    now = await screens.again(whole)
    assert {note.text for note in now.notes} == {"ring back at six"}
    assert now.case.status == "waiting_for_customer"


async def test_a_promise_is_kept_and_a_question_taken_back_beside_their_records(
    screens: Screens, browser: Browser, wang: staff.Agent, shi: Customer
) -> None:
    whole = await screens.case(shi, wang)
    base = f"/desk/cases/{whole.case.id}"
    await browser.send(f"{base}/promise", {"what": "call back", "due": "1h"})
    await browser.send(f"{base}/ask", {"items": ["short_code"]})
    now = await screens.again(whole)
    kept = await browser.send(f"{base}/keep", {"promise_id": str(now.promises[0].id), "how": "called at noon"})
    assert kept.headers["hx-retarget"] == "#case-record"
    assert "called at noon" in kept.text
    blank = await browser.send(f"{base}/take-back", {"request_id": str(now.requests[0].id), "reason": " "})
    assert blank.status_code == 400
    assert "Please fill this in." in blank.text
    await browser.send(f"{base}/take-back", {"request_id": str(now.requests[0].id), "reason": "he found it"})
    now = await screens.again(whole)
    assert now.promises[0].state == "kept"
    assert now.requests[0].state == "withdrawn"


async def test_a_record_of_another_case_cannot_be_reached_through_ones_own(
    screens: Screens, browser: Browser, wang: staff.Agent, shi: Customer
) -> None:
    mine, other = await screens.case(shi, wang), await screens.agent("Other")
    foreign = await screens.case(await screens.customer("Li"), other)
    async with screens.house.database.transaction() as tx:
        due = screens.house.clock.now().replace(hour=12)
        promised = await cases.promise(tx, case_id=foreign.case.id, what="x", due_at=due, agent_id=other.id)
        asked = await cases.request_information(
            tx, case_id=foreign.case.id, items=["short_code"], interaction_id=None, agent_id=other.id
        )
    base = f"/desk/cases/{mine.case.id}"
    assert (await browser.send(f"{base}/keep", {"promise_id": str(promised), "how": "x"})).status_code == 404
    assert (await browser.send(f"{base}/take-back", {"request_id": str(asked), "reason": "x"})).status_code == 404
    now = await screens.again(foreign)
    assert now.promises[0].kept_at is None
    assert now.requests[0].state == "asked"


ODD: tuple[tuple[str, dict[str, str], str], ...] = (
    ("note", {}, "text"),
    ("note", {"text": "   "}, "text"),
    ("note", {"text": "a\x00b"}, "text"),
    ("note", {"text": "x" * 100_000}, "text"),
    ("words", {"text": ""}, "text"),
    ("fact", {"key": "short_code", "value": "not digits"}, "value"),
    ("fact", {"key": "NO KEY", "value": "1"}, "key"),
    ("fact", {}, "key"),
    ("tried", {"step": ""}, "step"),
    ("promise", {"what": "", "due": "tomorrow"}, "what"),
    ("promise", {"what": "x", "due": "at", "due_at": "soon"}, "due_at"),
    ("promise", {"what": "x", "due": "at", "due_at": "0001-01-01T00:00"}, "due_at"),
    ("promise", {"what": "x", "due": "at", "due_at": "2020-01-01T00:00"}, "due_at"),
    ("promise", {"what": "x"}, "due_at"),
    ("told", {"text": ""}, "text"),
    ("hand", {"desk_id": "none"}, "desk_id"),
    ("hand", {"desk_id": str(uuid4())}, "desk_id"),
    ("severity", {"severity": "9"}, "severity"),
    ("severity", {"severity": "²"}, "severity"),
    ("resolve", {"kind": "magic", "what": "x"}, "kind"),
    ("resolve", {"kind": "remedied", "what": ""}, "what"),
    ("ask", {}, "items"),
)


@pytest.mark.slow
@pytest.mark.parametrize("htmx", [True, False])
async def test_what_is_refused_comes_back_beside_its_field_with_what_was_typed(
    screens: Screens, browser: Browser, wang: staff.Agent, shi: Customer, htmx: bool
) -> None:
    whole = await screens.case(shi, wang)
    for act, form, field in ODD:
        answer = await browser.send(f"/desk/cases/{whole.case.id}/{act}", form, htmx=htmx)
        assert answer.status_code == 400, (act, form)
        assert answer.headers["x-refusal-code"] == "kernel.input_not_understood"
        assert 'role="alert"' in answer.text
        assert field == "items" or f'id="{act}-{field}-error"' in answer.text, (act, form)
    assert (await screens.again(whole)).case.version == whole.case.version


async def test_a_refused_form_keeps_what_was_typed(
    screens: Screens, browser: Browser, wang: staff.Agent, shi: Customer
) -> None:
    whole = await screens.case(shi, wang)
    form = {"what": "ring him back", "due": "at", "due_at": "soon"}
    answer = await browser.send(f"/desk/cases/{whole.case.id}/promise", form)
    assert 'value="ring him back"' in answer.text
    assert '<option value="at" selected>' in answer.text


async def test_markup_and_direction_tricks_stay_text(
    screens: Screens, browser: Browser, wang: staff.Agent, shi: Customer
) -> None:
    whole = await screens.case(shi, wang, own_words="<img src=x onerror=alert(1)> \u202eevil")
    await browser.send(f"/desk/cases/{whole.case.id}/note", {"text": "<script>alert(1)</script>"})
    await browser.send(f"/desk/cases/{whole.case.id}/fact", {"key": "text_copy", "value": '"><b>bold</b>\u202e'})
    shown = await browser.get(f"/desk/cases/{whole.case.id}")
    assert "<script>alert(1)" not in shown.text
    assert "<img src=x" not in shown.text
    assert "<b>bold" not in shown.text
    assert "\u202e" not in shown.text


async def test_two_people_at_once_do_not_overwrite_each_other(
    screens: Screens, browser: Browser, wang: staff.Agent, shi: Customer
) -> None:
    whole = await screens.case(shi, wang)
    seen = str(whole.case.version)
    await browser.send(f"/desk/cases/{whole.case.id}/severity", {"severity": "1", "seen": seen})
    late = await browser.send(f"/desk/cases/{whole.case.id}/severity", {"severity": "4", "seen": seen})
    assert late.status_code == 409
    assert late.headers["x-refusal-code"] == "cases.changed_meanwhile"
    assert "was changed by somebody else" in late.text
    assert (await screens.again(whole)).case.severity == 1


async def test_what_is_said_in_a_live_contact_is_linked_to_it(
    screens: Screens, browser: Browser, wang: staff.Agent, shi: Customer
) -> None:
    whole = await screens.case(shi, wang)
    contact = await screens.contact(shi, wang)
    page = await browser.get(f"/desk/cases/{whole.case.id}")
    assert f'action="/desk/cases/{whole.case.id}/link"' in page.text
    await browser.send(f"/desk/cases/{whole.case.id}/words", {"text": "and another thing"})
    assert contact.id in (await screens.again(whole)).interactions


async def test_a_colleague_with_the_customer_on_the_line_takes_the_case_over(screens: Screens, shi: Customer) -> None:
    whole = await screens.case(shi, await screens.agent("Wang"))
    zhao = await screens.agent("Zhao")
    browser = await screens.signed_in(zhao)
    assert (await browser.get(f"/desk/cases/{whole.case.id}")).status_code == 404
    await screens.contact(shi, zhao)
    assert (await browser.send(f"/desk/cases/{whole.case.id}/take-over")).status_code == 200
    assert (await screens.again(whole)).case.owner_id == zhao.id


async def test_without_the_right_to_write_nothing_is_written(screens: Screens, shi: Customer) -> None:
    reader = await screens.agent("Reader", role="planner")
    whole = await screens.case(shi, reader)
    browser = await screens.signed_in(reader)
    assert (await browser.send(f"/desk/cases/{whole.case.id}/note", {"text": "x"})).status_code == 403


async def test_a_form_without_its_token_does_nothing(
    screens: Screens, browser: Browser, wang: staff.Agent, shi: Customer
) -> None:
    whole = await screens.case(shi, wang)
    browser.csrf = "stale"
    assert (await browser.send(f"/desk/cases/{whole.case.id}/note", {"text": "x"})).status_code == 403
    assert not (await screens.again(whole)).notes


def _without_paths(text: str) -> str:
    return re.sub(r"[0-9a-f-]{36}", "", text)


async def test_what_was_seen_on_the_account_is_not_read_in_a_contact_before_proof(
    screens: Screens, browser: Browser, wang: staff.Agent, shi: Customer
) -> None:
    whole = await screens.case(shi, wang, facts={"short_code": "3737"})
    seen = {"service_found": "Picture Community", "charge_amount": "17.35", "bill_month": "1999-07"}
    async with screens.house.database.transaction() as tx:
        for key, value in seen.items():
            case = await cases.case_alone(tx, whole.case.id)
            by = "system:proof"
            await keep_fact(tx, case, key=key, value=value, by=by, said_by=by, interaction_id=None)
    contact = await screens.contact(shi, wang, level=1)
    pages = [f"/desk/cases/{whole.case.id}", f"/desk/contacts/{contact.id}/matter/{whole.case.id}"]
    pages += [f"/desk/contacts/{contact.id}/panel", f"/desk/contacts/{contact.id}/case"]
    for path in pages:
        told = (await browser.part(path)).text
        assert not any(value in told for value in seen.values()), path
    assert "3737" in (await browser.part(pages[1])).text, "what he said himself is work"
    async with screens.house.database.transaction() as tx:
        await interactions.prove_level(tx, interaction_id=contact.id, level=Level.ONE_FACTOR, method="one_time_code")
    for path in pages[:2]:
        told = (await browser.part(path)).text
        assert all(value in told for value in seen.values()), path
