"""The sandbox's handset in Asterisk: whose number its calls have, who may be one, and where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import select

from qiao.app.demo import handset_calls
from qiao.app.demo.handset import make_tables
from qiao.app.ports import fill_ports
from qiao.app.web import build_web
from qiao.bss.sandbox import CAST
from qiao.channels.voice.endpoints import endpoint_of, make
from qiao.channels.voice.sandbox.handset import handset_of, have_handset, trunk_of
from qiao.channels.voice.sip_socket import may_say
from qiao.channels.voice.store import voice_calls
from qiao.kernel.ids import AgentId
from qiao.kernel.refused import NotFound
from qiao.platform.settings import Settings
from tests.voice.centre import Hotline, open_hotline_house
from tests.voice.conftest import SECRET
from tests.voice.staffed import SIP_PHONE

if TYPE_CHECKING:
    from pathlib import Path

MARY, GRANDMOTHER = CAST[4], CAST[2]
HERE = {"name": "sea", "host": "127.0.0.1", "allow": ["127.0.0.1/32"]}


def settings(mode: str = "demo", **trunk: Any) -> Settings:
    told: Any = {"mode": mode, "secret_key": SECRET, "voice": {"trunks": [{**HERE, **trunk}]}}
    return Settings(**told)


def test_there_is_a_handset_only_behind_a_trunk_of_this_machine_and_never_in_production() -> None:
    found = trunk_of(settings())
    assert found is not None and found.name == "sea"
    assert trunk_of(settings("production")) is None
    assert trunk_of(settings(host="10.0.0.5")) is None
    assert trunk_of(settings(host="sbc.operator.example")) is None
    assert trunk_of(settings(allow=["127.0.0.1/32", "10.0.0.0/8"])) is None
    assert trunk_of(settings(asserted=False)) is None
    assert trunk_of(Settings(mode="demo", secret_key=SECRET)) is None  # type: ignore[arg-type]


async def test_without_such_a_trunk_or_for_a_stranger_there_is_none() -> None:
    with pytest.raises(NotFound):
        await have_handset(settings("production"), MARY.service)
    assert not handset_calls.may_call(settings("production"), MARY.service)
    assert handset_calls.may_call(settings(), MARY.service)
    assert not handset_calls.may_call(settings(), MARY.service.__class__("mobile", "+8613700009999"))


def test_handsets_and_agents_lines_never_carry_each_others_names() -> None:
    agent, handset = endpoint_of(AgentId(uuid4())), handset_of(MARY.service)
    invite = "INVITE sip:10086@phone.invalid SIP/2.0\r\nFrom: <sip:{}@phone.invalid>;tag=1\r\nTo: <sip:10086@x>\r\n\r\n"
    assert may_say(invite.format(handset), handset, dials=True)
    for name, line in ((handset, agent), (agent, handset), ("trunk-sea", handset), ("+8613700009999", handset)):
        assert not may_say(invite.format(name), line, dials=True)
    assert not may_say(invite.format(handset_of(GRANDMOTHER.service)), handset, dials=True)


async def test_the_page_has_a_dial_pad_only_for_the_cast_and_only_where_there_are_calls(
    database_url: str, tmp_path: Path
) -> None:
    for mode, calls in (("demo", True), ("demo", False), ("production", True)):
        told = settings(mode) if calls else Settings(mode="demo", secret_key=SECRET)  # type: ignore[arg-type]
        house = open_hotline_house(told.model_copy(update={"database_url": database_url, "data_folder": tmp_path}))
        fill_ports(house)
        async with house.database.transaction() as tx:
            await make_tables(tx)
        transport = httpx.ASGITransport(app=build_web(house), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=house.settings.address) as http:
            page = await http.get("/demo/handset", params={"number": MARY.service.value})
            other = await http.get("/demo/handset", params={"number": "+8613700009999"})
            asked = [
                await http.post("/demo/handset/telephone", data={"number": number})
                for number in (MARY.service.value, "+8613700009999", "", "'; --")
            ]
        has_pad = mode == "demo" and calls
        assert page.status_code == (404 if mode == "production" else 200)
        assert ('id="dial"' in page.text) is has_pad
        assert 'id="dial"' not in other.text
        assert [one.status_code for one in asked] == [503 if has_pad else 404, 404, 404, 404]  # no Asterisk runs here
        await house.database.close()


@pytest.mark.slow
async def test_its_calls_have_its_number_whatever_it_says_and_its_secret_alone_lets_it_in(hotline: Hotline) -> None:
    told = await have_handset(hotline.house.settings, MARY.service)
    assert await have_handset(hotline.house.settings, MARY.service) == told, "a second page cuts nobody off"
    # As a telephone without a browser, which the test has; all else stays as it is.
    await make(hotline.house.settings, told.user, {"endpoint": SIP_PHONE})
    stranger = await hotline.phone(told.user, password="guessed")
    assert (await stranger.call("10086", seconds=15)).status == 401
    await stranger.close()
    async with hotline.worker():
        # It asserts a number of its own, "handset-…", which nobody believes.
        phone = await hotline.phone(told.user, ha1=told.ha1)
        call = await phone.call("10086", seconds=15)
        assert call.status == 200

        async def begun() -> Any:
            async with hotline.house.database.transaction() as tx:
                return await tx.rows(select(voice_calls.c.number, voice_calls.c.dialled, voice_calls.c.trunk))

        [row] = await hotline.until(begun)
        assert (row["number"], row["dialled"], row["trunk"]) == (str(MARY.service), "10086", "sea")
        await phone.close()
