"""A line without an Asterisk: what its rows say of a call that was taken over, hung up or left in the middle."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from qiao import routing, selfservice
from qiao.channels.voice import Speaker, store
from qiao.channels.voice.ari import Ari
from qiao.channels.voice.ari_events import Channel
from qiao.channels.voice.calling import Arrival, begin
from qiao.channels.voice.line import Line
from qiao.channels.voice.model import Adopted, Call, Expect, HungUp, Keyed, PromptOver
from qiao.kernel.ids import new_id
from qiao.selfservice import Begin, Told

if TYPE_CHECKING:
    from qiao.platform.house import House

HOTLINE, OURS, ANOTHER = "10086", "qiao-ours", "qiao-another"


async def nothing(*_: object) -> None:
    """No Asterisk ever answers."""


@dataclass
class Calling:
    """A caller who is asked for a key."""

    house: House
    line: Line

    @property
    def call(self) -> Call:
        return self.line.call

    async def row(self) -> Call:
        async with self.house.database.transaction() as tx:
            [found] = [one for one in await store.calls(tx) if one.id == self.call.id]
        return found

    async def flow_over(self) -> str:
        async with self.house.database.transaction() as tx:
            running = await selfservice.session_of_contact(tx, self.line.party.interaction_id)
        return running.over if running is not None else "handed"

    async def waits(self) -> bool:
        async with self.house.database.transaction() as tx:
            return await routing.waiting_contact(tx, self.line.party.interaction_id) is not None


@pytest.fixture
async def calling(house: House, programs: str) -> Calling:
    async with house.database.transaction() as tx:
        await routing.ensure_entry_point(tx, number=HOTLINE, code="hotline", names={"en": "Hotline"}, language="zh-CN")
        await routing.ensure_desk(
            tx, code="general", names={"en": "general"}, unit_id=None, entry_points=["hotline"], rules={}
        )
    channel = Channel.model_validate({"id": f"ch-{new_id()}", "state": "Up", "caller": {"number": "", "name": ""}})
    call, party = await begin(house, Arrival(channel, HOTLINE, "sea"), OURS, new_id())
    await selfservice.advance(house, session_id=party.session_id, told=Begin(), key="begin:0")
    asked = replace(call, expect=Expect(choices=("0", "1")))
    ari = Ari(port=1, password="", app=OURS, on_open=nothing, on_event=lambda _: None)
    return Calling(
        house, Line(house, ari, Speaker(house.settings.model_copy(update={"asterisk": programs})), OURS, asked, party)
    )


async def test_a_key_of_a_call_that_another_worker_has_by_now_is_not_told_to_the_flow(calling: Calling) -> None:
    async with calling.house.database.transaction() as tx:
        taken = update(store.voice_calls).where(store.voice_calls.c.id == calling.call.id)
        await tx.execute(taken.values(owner=ANOTHER))
    calling.line.tell(Keyed("0"))
    calling.line.tell(PromptOver("a prompt that the key has stopped"))
    await calling.line.run()
    assert await calling.flow_over() == "" and not await calling.waits()
    row = await calling.row()
    assert (row.state, row.words) == ("menu", 0)


async def test_who_hangs_up_while_the_flow_puts_him_in_line_was_offered_and_left(calling: Calling) -> None:
    calling.line.tell(Keyed("0"))
    calling.line.tell(HungUp())
    await calling.line.run()
    row = await calling.row()
    assert await calling.waits(), "routing has had him"
    assert (row.state, row.outcome, row.offered, row.words) == ("over", "abandoned", True, 1)


async def test_who_was_put_in_line_as_his_worker_died_waits_and_is_not_hung_up(calling: Calling) -> None:
    word = {"session_id": calling.line.party.session_id, "key": f"{calling.call.id}:1", "told": Told("0")}
    assert (await selfservice.advance(calling.house, **word)).queued
    assert (await calling.row()).state == "menu", "this is not written"
    calling.line.tell(Adopted())
    calling.line.tell(HungUp())
    await calling.line.run()
    row = await calling.row()
    assert (row.outcome, row.offered) == ("abandoned", True)


async def test_keys_pressed_while_the_flow_answers_are_taken_before_its_next_question_is_asked(
    calling: Calling,
) -> None:
    calling.line.tell(Keyed("1"))
    calling.line.tell(Keyed("0"))
    calling.line.tell(HungUp())
    await calling.line.run()
    row = await calling.row()
    assert (row.outcome, row.prompts, row.words) == ("left", 0, 1)
