"""Reply codes of campaigns at the desk: added, changed, refused by field, never overwritten unseen, audited."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from qiao import outreach
from qiao.platform.audit import audit_entries

if TYPE_CHECKING:
    from tests.desk.screens import Browser, Screens

FORM = {
    "code": "lx5",
    "campaign": "Autumn",
    "service": "change_plan",
    "parameters": "plan_code = light19",
    "from_at": "2026-11-20T08:00",
    "until_at": "2026-12-20T08:00",
}


@pytest.fixture
async def boss(screens: Screens) -> Browser:
    return await screens.signed_in(await screens.agent("Boss", role="administrator"))


async def test_a_code_is_added_listed_and_changed(screens: Screens, boss: Browser) -> None:
    assert (await boss.send("/desk/campaigns", FORM, htmx=False)).status_code == 303
    shown = (await boss.get("/desk/campaigns")).text
    found = re.search(r'href="(/desk/campaigns/[0-9a-f-]{36})"><bdi>LX5', shown)
    assert found is not None
    assert "live" in shown
    form = (await boss.get(found[1])).text
    assert 'value="2026-11-20T08:00"' in form, "in the centre's zone, as it was typed"
    assert "plan_code = light19" in form
    changed = FORM | {"rev": "1", "campaign": "Winter"}
    assert (await boss.send(found[1], changed, htmx=False)).status_code == 303
    stale = await boss.send(found[1], changed | {"campaign": "Spring"})
    assert stale.headers["x-refusal-code"] == "outreach.campaign_code_changed"
    assert 'value="Spring"' in stale.text, "what was typed is kept"
    taken = await boss.send("/desk/campaigns", FORM | {"campaign": "Other"})
    assert taken.headers["x-refusal-code"] == "outreach.campaign_code_taken"
    assert "Winter" in taken.text
    async with screens.house.database.transaction() as tx:
        [kept] = await outreach.campaign_codes(tx)
        audited = select(func.count()).select_from(audit_entries)
        assert await tx.scalar(audited.where(audit_entries.c.act == "do.keep_campaign_code")) == 2
    assert (kept.code, kept.campaign, kept.rev) == ("LX5", "Winter", 2)


@pytest.mark.parametrize(
    "wrong",
    [
        {"code": "TD"},
        {"code": "人工"},
        {"code": "110"},
        {"code": "YE"},
        {"code": "4821"},
        {"code": "x" * 200},
        {"service": "give_credit"},
        {"service": ""},
        {"parameters": "plan_code"},
        {"parameters": "nonsense = 1"},
        {"parameters": "\n".join(f"p{n} = 1" for n in range(20))},
        {"campaign": " "},
        {"campaign": "x\0y"},
        {"from_at": "soon"},
        {"until_at": ""},
        {"until_at": "2026-11-01T00:00"},
        {"until_at": "2096-11-01T00:00"},
        {"from_at": "0001-01-01T00:00"},
    ],
)
async def test_what_cannot_be_read_is_shown_at_its_field_and_nothing_is_kept(
    boss: Browser, wrong: dict[str, str]
) -> None:
    answer = await boss.send("/desk/campaigns", FORM | {"code": "NEW9"} | wrong)
    assert answer.headers["x-refusal-code"] == "kernel.input_not_understood"
    assert 'aria-invalid="true"' in answer.text
    assert "NEW9" not in (await boss.get("/desk/campaigns")).text


async def test_a_code_that_is_not_there_is_not_found(boss: Browser) -> None:
    assert (await boss.get(f"/desk/campaigns/{uuid4()}")).status_code == 404
    assert (await boss.send(f"/desk/campaigns/{uuid4()}", FORM)).status_code == 404
