"""Calls owed at the desk: promised by the customer's clock, red first; and the words customers are sent."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from qiao import cases, outreach, routing
from qiao.kernel.ids import DeskId
from qiao.kernel.languages import LANGUAGES

if TYPE_CHECKING:
    from qiao import staff
    from qiao.customers import Customer
    from tests.desk.screens import Browser, Screens

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
async def wang(screens: Screens) -> staff.Agent:
    return await screens.agent("Wang")


@pytest.fixture
async def shi(screens: Screens) -> Customer:
    return await screens.customer()


@pytest.fixture
async def browser(screens: Screens, wang: staff.Agent) -> Browser:
    return await screens.signed_in(wang)


async def desk(screens: Screens, unit: str = "beijing") -> DeskId:
    unit_id = screens.units.get(unit) or await screens.unit(unit)
    async with screens.house.database.transaction() as tx:
        return await routing.ensure_desk(
            tx, code=f"calls-{unit}", names={"en": f"Calls {unit}"}, unit_id=unit_id, entry_points=["nowhere"], rules={}
        )


def at_noon_of_the_next_day(screens: Screens) -> str:
    tomorrow = screens.house.clock.now().astimezone(SHANGHAI) + timedelta(days=1)
    return tomorrow.strftime("%Y-%m-%dT12:00")


async def promised(screens: Screens, browser: Browser, whole: cases.WholeCase, **given: Any) -> Any:
    form = {
        "what": "Call about the bill", "from_at": at_noon_of_the_next_day(screens), "hours": "2", "who": "me",
        "desk_id": str(await desk(screens)),
    }  # fmt: skip
    return await browser.send(f"/desk/cases/{whole.case.id}/call", {**form, **given})


async def test_a_call_is_promised_on_the_case_by_the_customers_clock_and_stands_on_the_list(
    screens: Screens, browser: Browser, wang: staff.Agent, shi: Customer
) -> None:
    async with screens.house.database.transaction() as tx:
        await outreach.choose_zone(tx, customer_id=shi.id, zone="Europe/Paris")
    whole = await screens.case(shi, wang)
    assert "Europe/Paris" in (await browser.part(f"/desk/cases/{whole.case.id}/form/call")).text
    assert (await promised(screens, browser, whole)).status_code == 200
    async with screens.house.database.transaction() as tx:
        [owed] = await outreach.callbacks_about(tx, f"case:{whole.case.id}")
        [promise] = (await cases.case(tx, whole.case.id)).promises
    assert owed.from_at.astimezone(ZoneInfo("Europe/Paris")).hour == 12
    assert (owed.preferred_agent_id, promise.due_at) == (wang.id, owed.until_at)
    assert "Calls promised" in (await browser.get(f"/desk/cases/{whole.case.id}")).text
    listed = (await browser.get("/desk/callbacks")).text
    row = re.search(rf'id="call-{owed.id}".*?</tr>', listed, re.DOTALL)
    assert row is not None
    assert "师**" in row[0] and "12:00" in row[0] and "promised by you" in row[0]
    column = (await browser.part("/desk/work")).text
    assert "师**" in column and "No callback is promised" not in column
    assert "师先生" not in listed and shi.numbers[0].value not in listed
    for act in ("now", "withdraw"):
        assert (await browser.send("/desk/callbacks", {"callback_id": str(owed.id), "act": act})).is_success
    async with screens.house.database.transaction() as tx:
        assert (await outreach.callback(tx, owed.id)).state == "withdrawn"
    again = await browser.send("/desk/callbacks", {"callback_id": str(owed.id), "act": "now"})
    assert again.headers["x-refusal-code"] == "outreach.callback_is_over"


@pytest.mark.parametrize(
    "odd",
    [{"from_at": ""}, {"from_at": "tomorrow"}, {"from_at": "1999-01-01T00:00"}, {"hours": "99"}, {"desk_id": "x"}],
)
async def test_what_is_no_window_comes_back_with_what_was_typed(
    screens: Screens, browser: Browser, wang: staff.Agent, shi: Customer, odd: dict[str, str]
) -> None:
    whole = await screens.case(shi, wang)
    answer = await promised(screens, browser, whole, **odd)
    assert answer.status_code == 400
    assert answer.headers["x-refusal-code"] == "kernel.input_not_understood"
    assert "Call about the bill" in answer.text


async def test_calls_of_another_unit_do_not_exist(screens: Screens, wang: staff.Agent) -> None:
    await screens.unit("shanghai")
    far = await screens.customer(unit="shanghai")
    owner = await screens.agent("Far", unit="shanghai")
    whole = await screens.case(far, owner, unit="shanghai")
    now = screens.house.clock.now()
    async with screens.house.database.transaction() as tx:
        call_id = await cases.promise_call(
            tx, case_id=whole.case.id, window=(now + timedelta(days=1), now + timedelta(days=1, hours=2)), what="Call",
            agent_id=owner.id, desk_id=await desk(screens, "shanghai"),
        )  # fmt: skip
    browser = await screens.signed_in(wang)
    assert str(call_id) not in (await browser.get("/desk/callbacks")).text
    for one in (call_id, uuid4()):
        answer = await browser.send("/desk/callbacks", {"callback_id": str(one), "act": "now"})
        assert answer.status_code == 404


async def test_a_call_can_be_promised_while_a_contact_is_written_up(
    screens: Screens, browser: Browser, wang: staff.Agent, shi: Customer
) -> None:
    contact = await screens.contact(shi, wang, level=2)
    form = {"disposition": "callback_promised", "from_at": at_noon_of_the_next_day(screens), "hours": "1", "who": "any"}
    asked = await browser.part(f"/desk/contacts/{contact.id}/wrap-up")
    assert "Asia/Shanghai" in asked.text
    answer = await browser.send(f"/desk/contacts/{contact.id}/wrap-up", {**form, "from_at": "soon"})
    assert answer.headers["x-refusal-code"] == "kernel.input_not_understood"


async def test_words_of_a_message_are_previewed_checked_and_kept_as_a_new_version(screens: Screens) -> None:
    boss = await screens.signed_in(await screens.agent("Boss", role="administrator"))
    assert "Case opened" in (await boss.get("/desk/messages")).text
    shown = (await boss.get("/desk/messages/case.opened")).text
    assert "{number}" in shown and "Q-2026-000137" in shown
    words = {f"sms.{language}": f"{language}: {{number}}" for language in LANGUAGES}
    address = "/desk/messages/case.opened"
    preview = await boss.send(address, {**words, "act": "preview", "version": "1"})
    assert "ar: Q-2026-000137" in preview.text
    for odd in ({"sms.fr": "{price}"}, {"sms.ja": ""}, {"sms.de": "{number"}):
        refused = await boss.send(address, {**words, **odd, "act": "keep", "version": "1"})
        assert refused.status_code == 400
        assert "en: {number}" in refused.text, "what was typed is kept"
    assert (await boss.send(address, {**words, "act": "keep", "version": "1"})).is_success
    stale = await boss.send(address, {**words, "sms.en": "New {number}", "act": "keep", "version": "1"})
    assert stale.headers["x-refusal-code"] == "outreach.template_changed"
    async with screens.house.database.transaction() as tx:
        assert (await outreach.template(tx, "case.opened")).version == 2
    assert (await boss.get("/desk/messages/case.gossip")).status_code == 404
