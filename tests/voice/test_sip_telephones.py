"""An agent's SIP telephone instead of his browser: set up on the desk, chosen in the strip, rung, heard, removed."""

from __future__ import annotations

import asyncio
import re
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import select

from qiao import routing, staff
from qiao.app.voice import set_up_telephone
from qiao.bss import Operator
from qiao.bss.sandbox.people import UNITS
from qiao.channels.voice import endpoints, talking, telephones
from qiao.channels.voice.sandbox import Softphone
from qiao.channels.voice.sandbox.answering import AnsweringPhone
from qiao.channels.voice.sandbox.sound import share_of, tone
from qiao.channels.voice.store import voice_calls
from qiao.channels.voice.telephones import PREFIX, voice_telephones
from qiao.kernel.ids import AgentId, InteractionId
from qiao.kernel.refused import NotFound
from qiao.platform import sessions
from qiao.platform.audit import audit_entries
from qiao.platform.signing import Keys
from tests.standing_app import moved_into
from tests.voice.centre import HOTLINE, Hotline
from tests.voice.staffed import VoiceAgent, alive, at_work, employed, signed_on

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from litestar import Litestar

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
CALLER, AGENT = 440.0, 1000.0
ELSEWHERE = "127.0.0.3"
"""An address of no trunk: who is not known by name is nobody there."""


@pytest.fixture
def app(hotline: Hotline, monkeypatch: pytest.MonkeyPatch) -> Litestar:
    house, app = moved_into(hotline.house, hotline.house.get(Operator))  # type: ignore[type-abstract]
    monkeypatch.setitem(house.ports, Keys, hotline.house.get(Keys))
    return app


@asynccontextmanager
async def desk_of(hotline: Hotline, app: Litestar, agent_id: AgentId) -> AsyncIterator[httpx.AsyncClient]:
    async with hotline.house.database.transaction() as tx:
        token, session = await sessions.begin(
            tx, audience="staff", subject_id=agent_id, seconds_max=3600, language="en"
        )
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app, raise_app_exceptions=False),
        base_url=hotline.house.settings.address,
        cookies={"qiao_staff": token},
        headers={"accept-language": "en", "x-csrf-token": session.csrf},
    ) as client:
        yield client


async def person(hotline: Hotline, role: str, unit: str = UNITS[0]) -> AgentId:
    async with hotline.house.database.transaction() as tx:
        unit_id = await staff.ensure_unit(tx, code=unit, name=unit)
        await staff.ensure_built_in_roles(tx)
        return await staff.create_agent(
            tx, login=f"a{uuid4().hex[:8]}", name="Li", password_hash="x", unit_id=unit_id, roles=(role,)
        )


def told_of(page: str) -> tuple[str, str]:
    """Login and secret as they stand on the page."""
    [login] = re.findall(rf"{PREFIX}[0-9a-f]{{8}}", page)
    [secret] = re.findall(r'id="telephone-secret"[^>]*><bdi>([a-z2-7]{24})<', page)
    return login, secret


async def signs_on(hotline: Hotline, login: str, secret: str) -> int:
    server = ("127.0.0.1", hotline.house.settings.voice.sip_port)
    phone = await Softphone.open(server, login, name=login, password=secret, asserted=False, bind=ELSEWHERE)
    status = await phone.registering()
    await phone.close()
    return status


async def acts(hotline: Hotline, agent_id: AgentId) -> list[tuple[str, str]]:
    of_him = audit_entries.c.act.like("do.telephone%") & (audit_entries.c.subject == f"agent:{agent_id}")
    told = select(audit_entries.c.act, audit_entries.c.actor).where(of_him)
    async with hotline.house.database.transaction() as tx:
        return [(row["act"], row["actor"]) for row in await tx.rows(told.order_by(audit_entries.c.id))]


async def test_its_secret_is_shown_once_lets_in_until_it_is_renewed_and_a_telephone_that_is_removed_is_nobody(
    hotline: Hotline, app: Litestar
) -> None:
    agent_id = await person(hotline, "agent")
    async with desk_of(hotline, app, agent_id) as desk:
        assert (await desk.get("/desk/telephone")).text.count("/desk/telephone/set-up") == 1
        made = await desk.post("/desk/telephone/set-up")
        assert made.status_code == 200 and made.headers["cache-control"] == "no-store"
        login, secret = told_of(made.text)
        assert f"127.0.0.1:{hotline.house.settings.voice.sip_port}" in made.text
        assert (await desk.post("/desk/telephone/set-up")).status_code == 409, "there is one"
        shown = (await desk.get("/desk/telephone")).text
        assert login in shown and secret not in shown and "not signed on" in shown
        async with hotline.house.database.transaction() as tx:
            [row] = await tx.rows(select(voice_telephones))
        assert secret not in str(dict(row)) and hotline.server.pid is not None
        assert (await desk.post("/desk/phone/place", data={"place": "telephone"})).status_code == 409, "it is silent"
        assert await signs_on(hotline, login, "guessed") == 401
        assert await signs_on(hotline, login, secret) == 200
        assert "not signed on" not in (await desk.get("/desk/telephone")).text
        chosen = await desk.post("/desk/phone/place", data={"place": "telephone"}, headers={"hx-request": "true"})
        assert chosen.status_code == 200 and 'data-place="telephone"' in chosen.text
        assert 'data-place="telephone"' in (await desk.get("/desk/phone")).text

        login_now, secret_now = told_of((await desk.post("/desk/telephone/renew")).text)
        assert login_now != login and secret_now != secret
        known = await endpoints.names(hotline.house.settings)
        assert login not in known and known[login_now] == "offline", "what was signed on is out"
        assert 'data-place="browser"' in (await desk.get("/desk/phone")).text
        for name in (login, login_now):
            assert await signs_on(hotline, name, secret) == 401
        assert await signs_on(hotline, login_now, secret_now) == 200
        assert (await desk.post("/desk/telephone/remove")).status_code == 303
        assert await signs_on(hotline, login_now, secret_now) == 401
        assert 'data-place="browser"' in (await desk.get("/desk/phone")).text
        for verb, status in (("remove", 404), ("renew", 404), ("ring", 404)):
            assert (await desk.post(f"/desk/telephone/{verb}")).status_code == status
    by = f"agent:{agent_id}"
    assert await acts(hotline, agent_id) == [(f"do.telephone_{one}", by) for one in ("set_up", "renew", "remove")]
    log = hotline.server.folder / "asterisk" / "log" / "start.log"
    assert secret not in await asyncio.to_thread(log.read_text, "utf-8")


async def test_a_leader_sets_it_up_for_an_agent_of_his_unit_and_for_nobody_elses(
    hotline: Hotline, app: Litestar
) -> None:
    agent_id, stranger = await person(hotline, "agent"), await person(hotline, "agent", "elsewhere")
    planner = await person(hotline, "planner")
    leader = await person(hotline, "team_leader")
    async with desk_of(hotline, app, leader) as desk:
        address = f"/desk/team/agents/{agent_id}/telephone"
        login, secret = told_of((await desk.post(f"{address}/set-up")).text)
        assert await signs_on(hotline, login, secret) == 200
        assert secret not in (await desk.get(address)).text
        for other in (stranger, planner, uuid4()):
            for answer in (
                await desk.get(f"/desk/team/agents/{other}/telephone"),
                await desk.post(f"/desk/team/agents/{other}/telephone/set-up"),
            ):
                assert answer.status_code == 404
    assert await acts(hotline, agent_id) == [("do.telephone_set_up", f"agent:{leader}")]


async def test_what_asterisk_was_not_told_while_it_was_away_it_is_told_later(hotline: Hotline, app: Litestar) -> None:
    agent_id, gone_id = await person(hotline, "agent"), await person(hotline, "agent")
    keys = hotline.house.get(Keys)
    async with hotline.house.database.transaction() as tx:
        await telephones.set_up(tx, keys, agent_id=gone_id, by="system:test", unit_id=None)
    assert await telephones.told_to_asterisk(hotline.house)
    await hotline.server.stop()
    async with desk_of(hotline, app, agent_id) as desk:
        made = await desk.post("/desk/telephone/set-up")
        login, secret = told_of(made.text)
        assert "Asterisk does not answer" in made.text
    async with hotline.house.database.transaction() as tx:
        left = await telephones.of(tx, gone_id)
        assert left is not None
        await telephones.remove(tx, agent_id=gone_id, by="system:test", unit_id=None)
    await hotline.server.start()
    await telephones.keep_in_line(hotline.house)
    assert await signs_on(hotline, login, secret) == 200
    assert left.login not in await endpoints.names(hotline.house.settings)


async def test_a_shell_sets_it_up_too(hotline: Hotline) -> None:
    agent_id = await person(hotline, "agent")
    async with hotline.house.database.transaction() as tx:
        login = (await staff.agent(tx, agent_id)).login
    settings, said = hotline.house.settings, list[str]()
    await set_up_telephone(settings, login, "set-up", "system:shell-root", said.append)
    [name], [secret] = re.findall(rf"{PREFIX}[0-9a-f]{{8}}", said[0]), re.findall(r"secret +([a-z2-7]{24}) ", said[0])
    assert await signs_on(hotline, name, secret) == 200
    await set_up_telephone(settings, login, "remove", "system:shell-root", said.append)
    assert await signs_on(hotline, name, secret) == 401
    with pytest.raises(NotFound):
        await set_up_telephone(settings, "nobody-of-ours", "set-up", "system:shell-root", said.append)
    assert await acts(hotline, agent_id) == [
        (f"do.telephone_{one}", "system:shell-root") for one in ("set_up", "remove")
    ]


@asynccontextmanager
async def with_sip_telephone(hotline: Hotline) -> AsyncIterator[tuple[Any, VoiceAgent, AnsweringPhone]]:
    """A ready agent at work who has chosen his SIP telephone, which is signed on with its secret."""
    house, actor = hotline.house, await employed(hotline)
    agent_id = AgentId(actor.id)
    async with house.database.transaction() as tx:
        secret = await telephones.set_up(
            tx, house.get(Keys), agent_id=agent_id, by=actor.reference, unit_id=actor.unit_id
        )
        mine = await telephones.of(tx, agent_id)
        agent = await signed_on(tx, id=agent_id, unit_id=actor.unit_id)
    assert mine is not None and await telephones.told_to_asterisk(house)
    server = ("127.0.0.1", house.settings.voice.sip_port)
    phone = await AnsweringPhone.listen(server, mine.login, name=mine.login, password=secret, asserted=False)
    assert await phone.registering() == 200
    await telephones.choose_place(house, agent_id, "telephone")
    living = asyncio.create_task(alive(hotline, agent))
    try:
        yield actor, agent, phone
    finally:
        living.cancel()
        await asyncio.gather(living, return_exceptions=True)
        await phone.close()


async def test_calls_ring_at_the_telephone_picking_up_is_answering_and_the_desk_holds_and_ends_them(
    hotline: Hotline,
) -> None:
    async with hotline.worker(), at_work(hotline) as (other, browser):
        async with hotline.house.database.transaction() as tx:
            await routing.set_status(tx, agent_id=other.id, status="not_ready", reason="break")
        async with with_sip_telephone(hotline) as (actor, agent, phone):
            caller = await hotline.phone("+8613700009999")
            call = await caller.call(HOTLINE)
            await call.heard.hear(await hotline.prompt("您好，请按键选择。", "zh-CN"))
            call.press("0")
            theirs = await phone.pick_up(seconds=60)
            await hotline.talks()
            async with hotline.house.database.transaction() as tx:
                contact = InteractionId(await tx.scalar(select(voice_calls.c.interaction_id)))
                where = await routing.waiting_contact(tx, contact)
            assert where is not None and (where.state, where.agent_id) == ("active", agent.id)
            with pytest.raises(telephones.OnTheLine):
                await telephones.choose_place(hotline.house, agent.id, "browser")
            theirs.media.say(tone(AGENT, 60))
            call.media.say(tone(CALLER, 60))
            await hears(theirs, CALLER)
            await hears(call, AGENT)

            async def does(verb: str) -> None:
                async with hotline.house.database.transaction() as tx:
                    await talking.act(tx, actor=actor, interaction_id=contact, verb=verb, region="CN")

            await does("hold")
            await call.heard.until(lambda: share_of(call.heard.samples()[-8000:], AGENT) < 0.2, 60)
            await does("resume")
            await hears(call, AGENT)

            # Renewed in the midst of it: those who talk go on, and the old one is rung no more.
            async with hotline.house.database.transaction() as tx:
                keys = hotline.house.get(Keys)
                await telephones.renew(tx, keys, agent_id=agent.id, by=actor.reference, unit_id=actor.unit_id)
            assert await telephones.told_to_asterisk(hotline.house)
            assert phone.number not in await endpoints.names(hotline.house.settings)
            at = len(call.heard.sound)
            await call.heard.until(lambda: share_of(call.heard.samples(at)[-8000:], AGENT) > 0.8, 60)
            await does("hang-up")
            await theirs.ended.wait()
            await caller.close()
            assert browser.rings.empty()

            async def over() -> bool:
                return [one.outcome for one in await hotline.calls()] == ["answered"]

            await hotline.until(over)


async def hears(call: Any, frequency: float) -> None:
    await call.heard.until(lambda: share_of(call.heard.samples()[-8000:], frequency) > 0.8, 60)


async def test_it_dials_nobody_and_guesses_open_nothing(hotline: Hotline) -> None:
    server = ("127.0.0.1", hotline.house.settings.voice.sip_port)
    async with with_sip_telephone(hotline) as (_, _, phone):
        for number in (HOTLINE, "+19005550100", "+8816123456", "trunk-sea", "s", "fallback", phone.number):
            assert (await phone.call(number, seconds=20)).status == 404, number
        stranger = await Softphone.open(server, phone.number, name=phone.number, password="guess", bind=ELSEWHERE)
        log = hotline.server.folder / "asterisk" / "log" / "start.log"
        before = log.stat().st_size
        assert {await stranger.registering() for _ in range(100)} == {401}
        assert await phone.registering() == 200
        assert log.stat().st_size - before < 60_000
        await stranger.close()
    assert await hotline.calls() == []
