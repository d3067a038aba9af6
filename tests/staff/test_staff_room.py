"""Staff on real rows: set up, signed in, signed out when anything about them changes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pyotp
import pytest

from qiao import staff
from qiao.kernel.ids import AgentId, UnitId, new_id
from qiao.kernel.refused import InputNotUnderstood, NotFound
from qiao.platform import sessions
from qiao.platform.clock import MachineClock
from qiao.platform.second_factor import CodeAlreadyUsed, totp_begin, totp_confirm
from qiao.platform.sign_in import SignInRefused, TooManyTries, hash_password
from qiao.platform.signing import Keys

if TYPE_CHECKING:
    from qiao.platform.database import Database
    from qiao.platform.house import House
    from tests.conftest import StillClock

PASSWORD = "bridge-over-calm-water"


async def hired(database: Database, login: str, role: str = "agent") -> AgentId:
    kept = await hash_password(PASSWORD)
    async with database.transaction() as tx:
        unit_id = await staff.ensure_unit(tx, code="centre", name="Centre")
        known = await staff.agent_by_login(tx, login)
        if known is not None:
            return known.id
        return await staff.create_agent(
            tx, login=login, name=login.title(), password_hash=kept, unit_id=unit_id, roles=(role,)
        )


async def enter(house: House, login: str, password: str = PASSWORD, code: str = "") -> staff.SignedIn:
    return await staff.sign_in(house, login=login, password=password, code=code, address="10.0.0.1", user_agent="t")


async def test_a_colleague_signs_in_and_is_out_everywhere_when_his_roles_change(
    house: House, database: Database
) -> None:
    agent_id = await hired(database, "wang")
    entered = await enter(house, " WANG ")
    async with database.transaction() as tx:
        session = await sessions.find(tx, token=entered.token, audience="staff")
        assert session is not None
        actor = await staff.actor(tx, session)
        assert actor is not None
        assert "contacts.take" in actor.rights
        await staff.change_agent(tx, agent_id=agent_id, roles=("planner",))
        assert await sessions.find(tx, token=entered.token, audience="staff") is None


@pytest.mark.slow
async def test_unknown_wrong_and_gone_get_one_answer_and_many_tries_a_pause(house: House, database: Database) -> None:
    await hired(database, "li")
    async with database.transaction() as tx:
        await staff.set_active(tx, agent_id=await hired(database, "gone"), active=False)
    for login, password in (("nobody", PASSWORD), ("li", "wrong"), ("gone", PASSWORD)):
        with pytest.raises(SignInRefused):
            await enter(house, login, password)
    with pytest.raises(TooManyTries):
        for _ in range(30):
            with pytest.raises(SignInRefused):
                await enter(house, "li", "wrong")


@pytest.mark.slow
async def test_with_an_authenticator_the_code_is_asked_and_taken_once(
    house: House, database: Database, clock: StillClock
) -> None:
    house.ports[Keys] = Keys.of(house.settings)
    agent_id = await hired(database, "zhao")
    async with database.transaction() as tx:
        seed = await totp_begin(tx, house.get(Keys), subject=f"agent:{agent_id}")
        before = MachineClock().now() - timedelta(seconds=90)
        code = pyotp.TOTP(seed).at(before)
        await totp_confirm(tx, house.get(Keys), subject=f"agent:{agent_id}", code=code, at=before)
    clock.forward(days=3)  # an authenticator does not follow a demo's clock
    with pytest.raises(staff.SecondFactorNeeded):
        await enter(house, "zhao")
    code = pyotp.TOTP(seed).at(MachineClock().now())
    assert (await enter(house, "zhao", code=code)).agent.id == agent_id
    with pytest.raises(CodeAlreadyUsed):
        await enter(house, "zhao", code=code)
    with pytest.raises(SignInRefused):
        await enter(house, "zhao", code="ABCDE-FGHIJ")
    with pytest.raises(TooManyTries):
        for number in range(40):  # a right password in between does not make guessing free
            with pytest.raises((SignInRefused, staff.SecondFactorNeeded)):
                await enter(house, "zhao", code="" if number % 2 else "000000")


async def test_what_cannot_be_set_up_is_refused_in_words(database: Database) -> None:
    agent_id = await hired(database, "chen")
    async with database.transaction() as tx:
        unit_id = await staff.ensure_unit(tx, code="centre", name="Centre")
        below = await staff.ensure_unit(tx, code="north", name="North", parent_code="centre")
        assert await staff.units_under(tx, unit_id) >= {unit_id, below}
        assert await staff.unit_by_code(tx, "north") == below
        assert await staff.unit_by_code(tx, "nowhere") is None
        with pytest.raises(NotFound):
            await staff.ensure_unit(tx, code="x", name="X", parent_code="nowhere")
        common = {"password_hash": "x", "unit_id": unit_id}
        with pytest.raises(staff.LoginTaken):
            await staff.create_agent(tx, login="CHEN", name="Chen", **common)
        with pytest.raises(staff.RoleUnknown):
            await staff.create_agent(tx, login="new", name="New", roles=("king",), **common)
        with pytest.raises(InputNotUnderstood):
            await staff.create_agent(tx, login="", name="\x00", **common)
        with pytest.raises(NotFound):
            await staff.set_active(tx, agent_id=AgentId(new_id()), active=False)
        with pytest.raises(NotFound):
            await staff.agent(tx, AgentId(new_id()))
        with pytest.raises(TypeError):
            await staff.change_agent(tx, agent_id=agent_id, colour="red")
        assert [one.id for one in await staff.agents_of_units(tx, [UnitId(unit_id)]) if one.login == "chen"]
