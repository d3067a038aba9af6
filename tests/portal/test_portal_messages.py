"""What the customer wants to be sent, said on his own page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qiao import customers, outreach
from qiao.bss.sandbox import CAST

if TYPE_CHECKING:
    from tests.portal.conftest import Visitor

SHI = CAST[0].service


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
