"""No form of the desk or the portal closes a case earlier than evidence and the customer's own word do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from qiao import cases
from qiao.desk.case_pages import EVERY_ACT
from tests.access.rules import RULES

if TYPE_CHECKING:
    from tests.desk.screens import Screens

pytestmark = pytest.mark.slow
FORM: dict[str, Any] = {
    "solved": "yes", "words": "他说解决了", "status": "closed", "state": "closed", "kind": "withdrawn",
    "what": "closed", "text": "closed", "reason": "closed", "outcome": "closed", "how": "done", "reference": "R-1",
    "severity": "4", "cause": "charge/not_ordered", "system": "content_platform", "act": "close",
    "move": "decide", "step": "closed",
    "key": str(uuid4()), "amount": "1.00", "due": "1h", "stars": "5", "decision": "approve", "channel": "portal",
    "by": "customer", "confirmed": "yes", "closed": "yes", "resolution": "closed", "items": "text_copy",
}  # fmt: skip
OF_A_CASE = {route for rule in RULES for route in rule.routes if "{case_id}" in route}
POSTS = sorted(route.removeprefix("POST ") for route in OF_A_CASE if route.startswith("POST "))


def test_every_form_of_a_case_is_among_those_that_are_tried() -> None:
    tried = {path for path in POSTS if path.startswith("/desk/cases/{case_id}/")}
    assert {f"/desk/cases/{{case_id}}/{act}" for act in EVERY_ACT} <= tried
    assert "/matters/{case_id}/confirm" in POSTS


@pytest.mark.parametrize("where", ["open", "resolved"])
async def test_no_form_closes_it(screens: Screens, where: str) -> None:
    wang, shi = await screens.agent("Wang", role="team_leader"), await screens.customer()
    browser = await screens.signed_in(wang)
    contact = await screens.contact(shi, wang, level=1)
    for path in POSTS:
        whole = await screens.case(shi, wang)
        if where == "resolved":
            told = {"kind": "remedied", "what": "x", "cause": "charge/not_ordered", "system": "content_platform"}
            assert (await browser.send(f"/desk/cases/{whole.case.id}/resolve", told)).is_success
        address = path.format(
            case_id=whole.case.id, interaction_id=contact.id, act="words", request_id=uuid4(), file_id=uuid4()
        )
        for form in (FORM, {**FORM, "kind": "remedied"}, {**FORM, "kind": "explained", "seen": "1"}):
            await browser.send(address, form)
        after = await screens.again(whole)
        assert after.case.status != "closed", path
        assert not any(one.confirmed for one in after.resolutions), path


async def test_a_stranger_at_the_portal_confirms_nothing(screens: Screens) -> None:
    wang, shi = await screens.agent("Wang"), await screens.customer()
    whole = await screens.case(shi, wang)
    stranger = screens.browser()
    for path in (f"/matters/{whole.case.id}/confirm", "/confirm/x", f"/confirm/{uuid4()}.{'A' * 43}"):
        answer = await stranger.http.post(path, data={"solved": "yes"})
        assert answer.status_code in (302, 303, 401, 403, 404, 410), path
    assert (await screens.again(whole)).case.status == "open"
    assert cases.STATUSES["closed"]
