"""Colleagues in a call as the rows have them, with no Asterisk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, update

from qiao import interactions
from qiao.channels.voice import store
from qiao.channels.voice.ari import Ari
from qiao.channels.voice.model import Call
from qiao.channels.voice.people import People
from qiao.channels.voice.store_talk import voice_legs
from qiao.kernel.ids import new_id

if TYPE_CHECKING:
    from qiao.platform.house import House


async def nothing(*_: object) -> None:
    """No Asterisk ever answers."""


async def test_a_stopped_recording_stays_stopped_when_what_is_seen_first_is_a_colleague_who_went(house: House) -> None:
    leg = new_id()
    async with house.database.transaction() as tx:
        contact = await interactions.start_interaction(tx, channel="voice", language="fr", entry_point="hotline")
        call = Call(new_id(), f"ch-{new_id()}", state="talking", queued_at=tx.now, answered_at=tx.now)
        party = store.Party("sea", "", "10086", None, contact.id, new_id(), "hotline", "fr", "")
        await store.keep_new(tx, call, party, "qiao-test")
        await tx.execute(update(store.voice_calls).values(unrecorded=True))
        went = {"id": leg, "call_id": call.id, "agent_id": new_id(), "role": "consulted", "state": "up", "way": ""}
        await tx.execute(insert(voice_legs).values(**went, lost=False, began_at=tx.now, up_at=tx.now))
    ari = Ari(port=1, password="", app="qiao-test", on_open=nothing, on_event=lambda _: None)
    people = People(house, ari, call.id, call.channel, contact.id)
    assert people.unrecorded, "nothing is known yet"
    await people.gone(leg, 0)
    assert people.unrecorded
    async with house.database.transaction() as tx:
        await tx.execute(update(store.voice_calls).values(unrecorded=False))
    await people.gone(leg, 0)
    assert not people.unrecorded
