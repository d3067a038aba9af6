"""After a conversation that the agent ends the customer hears one question, within his budget, and answers by a key."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from qiao import customers, outreach
from qiao.bss.sandbox import CAST
from qiao.channels.voice.model import tally
from qiao.channels.voice.sandbox.sound import share_of, tone
from qiao.channels.voice.store import voice_calls
from qiao.kernel.origin import Origin
from tests.voice.centre import HOTLINE, Hotline
from tests.voice.staffed import at_work

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
MARY = CAST[4]
AGENT = 1000.0


async def scores(hotline: Hotline) -> list[int | None]:
    async with hotline.house.database.transaction() as tx:
        return [row["score"] for row in await tx.rows(select(voice_calls.c.score).order_by(voice_calls.c.began_at))]


async def test_one_question_by_key_after_the_agent_has_hung_up(hotline: Hotline) -> None:
    async with hotline.worker(), at_work(hotline) as (_, desk_phone):
        phone = await hotline.phone(MARY.service.value)
        call = await phone.call(HOTLINE)
        greeted = await call.heard.hear(await hotline.prompt("Hello. Choose, or just say what you need.", "en"))
        call.press("0")
        theirs = await desk_phone.pick_up(seconds=60)

        await hotline.talks()
        theirs.media.say(tone(AGENT, 30))
        since = len(call.heard.sound) + 8000  # who hangs up sooner has not said a word, and nobody is asked how it was
        await call.heard.until(
            lambda: len(call.heard.sound) > since and share_of(call.heard.samples()[-4000:], AGENT) > 0.8, 60
        )
        await theirs.hang_up()
        asked = await call.heard.hear(await hotline.own("rating_question", "en"), since=greeted)
        call.press("2")
        await call.heard.hear(await hotline.own("rating_thanks", "en"), since=asked)
        await call.ended.wait()
        assert await scores(hotline) == [2]
        assert tally(await hotline.calls()) == {"offered": 1, "answered": 1}
        await phone.close()


async def test_whoever_has_had_enough_questions_is_not_asked(hotline: Hotline) -> None:
    person = await customers.recognize(hotline.house, MARY.service)
    assert person is not None

    async def ask(key: str) -> bool:
        async with hotline.house.database.transaction() as tx:
            return await outreach.ask_aloud(
                tx,
                customer_id=person.id,
                service=MARY.service,
                text="How was it?",
                language="en",
                key=key,
                origin=Origin("voice", None, "system:voice"),
            )

    assert await ask("first") and not await ask("first"), "the same call is asked once"
    answers = [await ask(f"more-{number}") for number in range(6)]
    assert answers.count(True) <= 3 and not answers[-1], "four messages a day, all purposes together"
