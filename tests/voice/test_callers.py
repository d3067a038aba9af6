"""Who calls: asked for a language only when nobody knows it, put through at once where he may be, greeted by name."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from qiao import interactions, routing
from qiao.bss.sandbox import CAST
from qiao.channels.voice.calling import facts_of
from qiao.channels.voice.model import tally
from qiao.channels.voice.script import greeting, say, spoken_name
from qiao.channels.voice.store import voice_calls
from qiao.customers import Customer
from qiao.kernel.ids import CustomerId, new_id
from qiao.kernel.languages import LANGUAGES
from tests.voice.centre import HOTLINE, Hotline
from tests.voice.staffed import signed_on

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
VIP = CAST[0]
SECONDS_TO_A_CHOICE = 12.0


def customer(**more: object) -> Customer:
    told: dict[str, object] = {
        "id": CustomerId(new_id()),
        "operator_ref": "x",
        "name": "Mary Smith",
        "kind": "person",
        "segment": "standard",
        "language": "en",
        "unit_id": None,
        "address": "",
        "address_as_of": None,
        "born_year": 1985,
        "as_of": NOW,
    }
    return Customer(**told | more)  # type: ignore[arg-type]


def test_a_language_that_nobody_knows_is_no_fact() -> None:
    assert facts_of(None, "", 2026) == {}
    assert facts_of(None, "fr", 2026) == {"language": "fr"}
    assert facts_of(customer(segment="vip"), "en", 2026) == {"language": "en", "segment": "vip"}
    first = {"language": "en", "segment": "standard", "person_first": True}
    assert facts_of(customer(person_first=True), "en", 2026) == first


@pytest.mark.parametrize(("born", "mode", "old"), [(1960, False, True), (1961, False, False), (None, True, True)])
def test_over_sixty_five_or_by_his_own_choice_a_person_is_near(born: int | None, mode: bool, old: bool) -> None:
    told = facts_of(customer(born_year=born, elderly_mode=mode), "en", 2026)
    assert ("age_band" in told) is old


@pytest.mark.parametrize(
    ("name", "spoken"),
    [("师先生", "师"), ("Mary Smith", "M Smith"), ("Omar", "Omar"), (" ", ""), ("Ana María Díaz", "A Díaz")],
)
def test_half_a_name_is_said_before_anybody_has_proven_who_he_is(name: str, spoken: str) -> None:
    assert spoken_name(name) == spoken
    assert (greeting(name, "en") == "") is (spoken == "")


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_caller_of_unknown_language_is_asked_in_all_nine_and_then_served_in_his(hotline: Hotline) -> None:
    async with hotline.house.database.transaction() as tx:
        await routing.ensure_entry_point(tx, number=HOTLINE, code="hotline", names={"en": "Hotline"})
    async with hotline.worker():
        phone = await hotline.phone("+8613700009999")
        call = await phone.call(HOTLINE)
        at = await call.heard.hear(await hotline.own("press", "zh-CN", key="0"))
        assert at / 8000 < SECONDS_TO_A_CHOICE, "a person is offered before any language"
        for key, language in enumerate(LANGUAGES, 1):
            at = await call.heard.hear(await hotline.own("press_for_language", language, key=str(key)), since=at)
            assert key > 1 or at / 8000 < SECONDS_TO_A_CHOICE
        call.press("5")
        at = await call.heard.hear(await hotline.prompt("Guten Tag. Bitte drücken Sie eine Taste.", "de"), since=at)
        call.press("0")
        await call.heard.hear(await hotline.own("wait_nobody", "de"), since=at)
        async with hotline.house.database.transaction() as tx:
            row = await tx.one(select(voice_calls))
            assert row is not None
            stands = await routing.waiting_contact(tx, row["interaction_id"])
            contact = await interactions.interaction(tx, row["interaction_id"])
        assert stands is not None and stands.state == "waiting"
        assert contact.language == "de", "whoever answers him knows"
        await phone.close()


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_vip_is_greeted_by_name_and_put_through_without_any_menu(hotline: Hotline) -> None:
    async with hotline.house.database.transaction() as tx:
        await signed_on(tx)
    async with hotline.worker():
        phone = await hotline.phone(VIP.service.value)
        call = await phone.call(HOTLINE)
        greeted = await call.heard.hear(await hotline.prompt(greeting(VIP.name, "zh-CN"), "zh-CN"))
        assert greeted / 8000 < SECONDS_TO_A_CHOICE
        await call.heard.hear(await hotline.own("wait_soon", "zh-CN"), since=greeted)
        assert tally(await hotline.calls()) == {"offered": 1, "waiting": 1}
        async with hotline.house.database.transaction() as tx:
            row = await tx.one(select(voice_calls))
            assert row is not None
            stands = await routing.waiting_contact(tx, row["interaction_id"])
            vip = next(desk.id for desk in await routing.desks(tx) if desk.code == "vip")
        assert stands is not None and stands.desk_id == vip
        await phone.close()


def test_every_language_says_its_own_name_in_its_own_words() -> None:
    assert len({say("press_for_language", one, key="1") for one in LANGUAGES}) == len(LANGUAGES)
