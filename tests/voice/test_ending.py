"""A hard call ended by the operator's rule: the caller hears the notice, then is hung up on; else nothing happens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from qiao.channels.voice import ending, store_talk, talking
from qiao.channels.voice.ending import NotByRule, NoticeFirst
from qiao.channels.voice.model_ending import Rule
from qiao.channels.voice.sandbox.sound import share_of, tone
from qiao.channels.voice.store import voice_calls
from qiao.kernel.ids import AgentId, InteractionId
from tests.voice.centre import HOTLINE, Hotline
from tests.voice.staffed import at_work, employed

if TYPE_CHECKING:
    from qiao.kernel.refused import Refused

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
AGENT = 1000.0


async def test_the_caller_hears_the_notice_and_only_then_and_by_rule_the_call_is_ended(hotline: Hotline) -> None:
    actor = await employed(hotline)

    async def does(verb: str) -> None:
        async with hotline.house.database.transaction() as tx:
            row = await tx.one(voice_calls.select())
            assert row is not None
            contact = InteractionId(row["interaction_id"])
            await talking.act(tx, actor=actor, interaction_id=contact, verb=verb, region="CN")

    async def refused(verb: str, why: type[Refused]) -> None:
        with pytest.raises(why):
            await does(verb)

    async def rule(told: Rule) -> None:
        async with hotline.house.database.transaction() as tx:
            await ending.change_rule(tx, actor=actor, rule=told)

    async with hotline.worker(), at_work(hotline, id=AgentId(actor.id)) as (_, desk_phone):
        phone = await hotline.phone("+8613700009999")
        call = await phone.call(HOTLINE)
        greeted = await call.heard.hear(await hotline.prompt("您好，请按键选择。", "zh-CN"))
        call.press("0")
        theirs = await desk_phone.pick_up(seconds=60)

        await hotline.talks()
        await does("hard")
        await refused("notice", NotByRule)
        await rule(Rule(on=True, notices=1, seconds=600))
        await refused("end-by-rule", NoticeFirst)
        await does("notice")
        notice = await call.heard.hear(await hotline.own("abuse_notice", "zh-CN"), since=greeted)

        async def counted() -> bool:
            async with hotline.house.database.transaction() as tx:
                [(one, _)] = await store_talk.ongoing_of(tx, AgentId(actor.id))
                return one.talk.notices == 1 and not one.talk.noticing

        await hotline.until(counted)
        theirs.media.say(tone(AGENT, 30))
        await call.heard.until(lambda: share_of(call.heard.samples(notice)[-4000:], AGENT) > 0.8, 60)
        await refused("end-by-rule", NoticeFirst)
        await rule(Rule(on=True, notices=1, seconds=0))
        await does("end-by-rule")
        await call.ended.wait()
        await phone.close()
    async with hotline.house.database.transaction() as tx:
        rows = await tx.rows(
            text(
                "select act, customer_id from audit_entries where act in"
                " ('do.call_notice', 'do.call_notice_heard', 'do.end_call_by_rule') order by at"
            )
        )
    acts = [row["act"] for row in rows]
    assert acts == ["do.call_notice", "do.call_notice_heard", "do.end_call_by_rule"]
    assert all(row["customer_id"] is None for row in rows)
