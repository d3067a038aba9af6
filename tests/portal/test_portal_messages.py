"""What the customer wants to be sent, said on his own page."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import select

from qiao import customers, outreach
from qiao.bss.sandbox import CAST
from qiao.platform.audit import audit_entries

if TYPE_CHECKING:
    from tests.portal.conftest import Visitor

SHI, LIN = CAST[0].service, CAST[1].service
SHANGHAI = ZoneInfo("Asia/Shanghai")


async def test_what_he_ticks_counts_from_then_on_and_is_kept_as_proof(visitor: Visitor) -> None:
    await visitor.sign_in(SHI)
    page = (await visitor.get("/me/messages")).text
    assert 'value="marketing"' in page
    answer = await visitor.send("/me/messages", {"purpose": ["service", "marketing"], "zone": "Europe/Paris"})
    assert answer.headers["location"] == "/me/messages?kept=1"
    async with visitor.house.database.transaction() as tx:
        person = await customers.customer_of(tx, SHI)
        assert person is not None
        assert await outreach.consent_of(tx, person.id) == {
            "service": True, "reminder": False, "survey": False, "marketing": True,
        }  # fmt: skip
        assert await outreach.zone_chosen_by(tx, person.id) == "Europe/Paris"
    await visitor.send("/me/messages", {"purpose": ["gossip"], "zone": "Mars/Olympus"})
    async with visitor.house.database.transaction() as tx:
        assert not any((await outreach.consent_of(tx, person.id)).values())
        assert await outreach.zone_chosen_by(tx, person.id) == "Europe/Paris"


async def test_he_wants_a_person_first_when_he_calls_and_takes_it_back_on_the_same_page(visitor: Visitor) -> None:
    await visitor.sign_in(LIN)
    assert "以后都直接转人工" in (await visitor.get("/me/messages")).text
    assert (await visitor.send("/me/person-first", {"person": "perhaps"})).status_code == 400
    for told, chosen in (("1", True), ("1", True), ("0", False)):
        answer = await visitor.send("/me/person-first", {"person": told})
        assert (answer.status_code, answer.headers["location"]) == (303, "/me/messages?kept=1")
        async with visitor.house.database.transaction() as tx:
            person = await customers.customer_of(tx, LIN)
            assert person is not None and person.person_first is chosen
        page = (await visitor.get("/me/messages")).text
        assert ("改回先听菜单" in page) is chosen
    async with visitor.house.database.transaction() as tx:
        assert person is not None
        mine = (audit_entries.c.act == "do.person_first") & (audit_entries.c.customer_id == person.id)
        rows = await tx.rows(select(audit_entries.c.details).where(mine))
    assert sorted(row["details"]["on"] for row in rows) == [False, True], "what changed, each once"


async def test_he_chooses_when_he_is_called_back_and_one_call_is_owed_however_often_he_asks(visitor: Visitor) -> None:
    await visitor.sign_in(LIN)
    tomorrow = visitor.house.clock.now().astimezone(SHANGHAI) + timedelta(days=1)
    for typed in ("", "soon", "1999-01-01T10:00"):
        assert (await visitor.send("/me/call-back", {"from_at": typed})).status_code == 400
    for hour in ("10", "11"):
        at = tomorrow.strftime(f"%Y-%m-%dT{hour}:00")
        assert (await visitor.send("/me/call-back", {"from_at": at})).status_code == 303
    async with visitor.house.database.transaction() as tx:
        person = await customers.customer_of(tx, LIN)
        assert person is not None
        [owed] = await outreach.callbacks_of(tx, person.id)
    assert owed.from_at.astimezone(SHANGHAI).hour == 10
    assert "10:00" in (await visitor.get("/me/messages")).text
