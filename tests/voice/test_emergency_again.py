"""A call back to a cry for help that did not help him is made again, by rule and at one key."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from qiao import cases, interactions, routing
from qiao.bss import Operator
from qiao.channels.voice import emergency_again, model_emergency, store
from qiao.channels.voice.emergencies import calls_himself
from qiao.channels.voice.model import HungUp
from qiao.channels.voice.model_emergency import AGAIN_AFTER, CALLS_DAY_MAX
from qiao.channels.voice.store_emergency import AGAIN
from qiao.kernel.ids import AgentId, CaseId
from qiao.kernel.refused import NotFound
from qiao.kernel.service_ids import ServiceId
from qiao.platform.signing import Keys
from qiao.platform.timers import timers
from tests.standing_app import moved_into
from tests.voice.abroad import (
    Abroad,
    breaks_off,
    broke_off,
    cases_of,
    rows,
    texts_to,
    waiting,
)
from tests.voice.centre import Hotline
from tests.voice.staffed import at_work, employed
from tests.voice.test_sip_telephones import desk_of, person


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_call_back_that_nobody_picks_up_waits_again_at_the_same_desk_for_the_same_case(
    abroad: Abroad,
) -> None:
    hotline = abroad.hotline
    theirs = await abroad.telephone(answers=False)
    async with hotline.worker():
        phone = await hotline.phone("+2290197123460")
        await breaks_off(hotline, phone)
        await phone.close()
        (first,) = await waiting(hotline)
        async with at_work(hotline) as (_, desk_phone):
            await desk_phone.pick_up(seconds=60)

            async def another_waits() -> Any:
                return [one for one in await waiting(hotline) if one.interaction_id != first.interaction_id]

            (stands,) = await hotline.until(another_waits)
    async with hotline.house.database.transaction() as tx:
        before = await interactions.interaction(tx, first.interaction_id)
        (case_id,) = await cases_of(hotline)
        about = await cases.interactions_of(tx, CaseId(case_id))
        said = [await interactions.messages_after(tx, one, 0, 10) for one in (before.id, stands.interaction_id)]
    assert before.end_reason == "busy"
    assert stands.interaction_id in about and stands.desk_id == first.desk_id
    assert (stands.state, stands.queued_at) == ("waiting", first.queued_at), "since he first called"
    assert [one.text for one in said[0]] == [one.text for one in said[1]] != [], "with the card on screen"
    assert len(await texts_to(hotline, "+2290197123460")) == 1
    await theirs.close()


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_his_agent_has_one_key_to_call_him_again_however_often_he_was_called(
    abroad: Abroad, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_emergency, "CALLS_DAY_MAX", 1)
    hotline = abroad.hotline
    theirs = await abroad.telephone(answers=False)
    house, app = moved_into(hotline.house, hotline.house.get(Operator))  # type: ignore[type-abstract]
    monkeypatch.setitem(house.ports, Keys, hotline.house.get(Keys))
    agent_id = await person(hotline, "agent")
    async with hotline.worker(), desk_of(hotline, app, agent_id) as desk:
        await broke_off(hotline, "+2290197123463")
        (first,) = await waiting(hotline)
        async with at_work(hotline, id=agent_id) as (_, desk_phone):
            await desk_phone.pick_up(seconds=60)

            async def none_waits() -> bool:
                return await waiting(hotline) == []

            await hotline.until(none_waits)
            shown = (await desk.get("/desk/phone")).text
            again = f"/desk/phone/{first.interaction_id}/again"
            assert again in shown and "the customer’s line was busy" in shown
            for _ in range(2):
                pressed = await desk.post(again, headers={"hx-request": "true"})
                assert pressed.status_code == 200 and again not in pressed.text
                assert "Waits at the desk to be called again" in pressed.text
            assert len(await waiting(hotline)) == 1, "pressed twice, one waits"
    await theirs.close()


@pytest.mark.slow
async def test_it_is_made_at_once_then_in_some_minutes_and_three_times_a_day(
    abroad: Abroad,
) -> None:
    hotline = abroad.hotline
    number = "+2290197123461"
    await broke_off(hotline, number)
    await nobody_picks_up(hotline)
    assert len(await waiting(hotline)) == 1 and await times(hotline) == {}
    last = await nobody_picks_up(hotline)
    assert await waiting(hotline) == []
    assert [round(one / AGAIN_AFTER, 1) for one in (await times(hotline)).values()] == [1.0]
    async with hotline.house.database.transaction() as tx:
        await emergency_again.due(tx, [str(last)])
        await emergency_again.due(tx, [str(last)])
    assert len(await waiting(hotline)) == 1, "due twice, it is one call"
    await nobody_picks_up(hotline)
    made = [row for row in await rows(hotline) if not row["dialled"]]
    assert len(made) == CALLS_DAY_MAX and await waiting(hotline) == []
    assert len(await cases_of(hotline)) == 1

    actor = await employed(hotline)
    async with hotline.house.database.transaction() as tx:
        with pytest.raises(NotFound):  # the contact is not his
            await emergency_again.at_a_key(tx, actor=actor, interaction_id=made[-1]["interaction_id"])
        assert await emergency_again.may_call_again(tx, AgentId(actor.id)) == []


async def times(hotline: Hotline) -> dict[str, timedelta]:
    """Calls that are made again, and in how long."""
    mine = [str(row["id"]) for row in await rows(hotline)]
    async with hotline.house.database.transaction() as tx:
        found = await tx.rows(select(timers).where(timers.c.kind == AGAIN, timers.c.ref.in_(mine)))
        return {row["ref"]: row["due_at"] - tx.now for row in found}


async def nobody_picks_up(hotline: Hotline) -> UUID:
    """The call back that waits is made in vain, as its line writes it; which it was."""
    (row,) = [one for one in await rows(hotline) if not one["dialled"] and one["ended_at"] is None]
    async with hotline.house.database.transaction() as tx:
        found = await store.written(tx, row["id"])
        assert found is not None
        call, party = found
        await routing.drop_contact(tx, interaction_id=party.interaction_id)
        before = replace(call, state="talking", answered_at=tx.now)
        over = replace(before, state="over", outcome="answered", ended_at=tx.now)
        assert await store.keep(tx, over, row["owner"])
        await interactions.end_interaction(tx, interaction_id=party.interaction_id, reason="no_answer")
        told = {"reached": False, "talked_seconds": None}
        await emergency_again.not_helped(tx, before, over, party, HungUp(18), **told)  # type: ignore[arg-type]
    return call.id


@pytest.mark.slow
async def test_who_calls_himself_in_those_minutes_is_put_through_and_not_called_again(
    abroad: Abroad,
) -> None:
    hotline = abroad.hotline
    number = "+2290197123462"
    await broke_off(hotline, number)
    await nobody_picks_up(hotline)
    await nobody_picks_up(hotline)
    assert len(await times(hotline)) == 1
    async with hotline.house.database.transaction() as tx:
        assert await calls_himself(tx, str(ServiceId("mobile", number)))
        assert not await calls_himself(tx, str(ServiceId("mobile", number)))
    assert await times(hotline) == {}
