"""After a conversation that the agent ends the customer hears one question, within his budget, and answers by a key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, text

from qiao import customers, outreach
from qiao.bss.sandbox import CAST
from qiao.channels.voice.model import tally
from qiao.channels.voice.sandbox.sound import share_of, tone
from qiao.channels.voice.store import voice_calls
from qiao.kernel.origin import Origin
from tests.voice.centre import HOTLINE, Hotline
from tests.voice.processes import qiao
from tests.voice.staffed import at_work

if TYPE_CHECKING:
    from qiao.channels.voice.sandbox import PhoneCall, Softphone
    from qiao.channels.voice.sandbox.answering import AnsweringPhone

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
MARY = CAST[4]
AGENT = 1000.0


async def scores(hotline: Hotline) -> list[int | None]:
    async with hotline.house.database.transaction() as tx:
        return [row["score"] for row in await tx.rows(select(voice_calls.c.score).order_by(voice_calls.c.began_at))]


async def test_one_question_by_key_after_the_agent_has_hung_up(hotline: Hotline) -> None:
    async with hotline.worker(), at_work(hotline) as (_, desk_phone):
        phone = await hotline.phone(MARY.service.value)
        call, asked = await question_heard(hotline, desk_phone, phone)
        call.press("2")
        await call.heard.hear(await hotline.own("rating_thanks", "en"), since=asked)
        await call.ended.wait()
        assert await scores(hotline) == [2]
        assert tally(await hotline.calls()) == {"offered": 1, "answered": 1}
        await phone.close()


async def question_heard(hotline: Hotline, desk_phone: AnsweringPhone, phone: Softphone) -> tuple[PhoneCall, int]:
    """He has talked with the agent and was asked; until where that was heard."""
    call = await phone.call(HOTLINE)
    greeted = await call.heard.hear(await hotline.prompt("Hello. Please press a key.", "en"), seconds=60)
    call.press("0")
    theirs = await desk_phone.pick_up(seconds=60)
    theirs.media.say(tone(AGENT, 30))
    await hotline.talks()
    since = len(call.heard.sound) + 8000  # who hangs up at once has not said a word, and nobody is asked how it was
    await call.heard.until(
        lambda: len(call.heard.sound) > since and share_of(call.heard.samples()[-4000:], AGENT) > 0.8, 60
    )
    await theirs.hang_up()
    return call, await call.heard.hear(await hotline.own("rating_question", "en"), since=greeted)


async def mary_may_be_asked(hotline: Hotline) -> None:
    async with hotline.house.database.transaction() as tx:
        await tx.execute(text("truncate outreach_notices cascade"))


@pytest.mark.parametrize("answered", [False, True], ids=["unanswered", "answered"])
async def test_a_worker_that_dies_over_the_question_leaves_nobody_in_silence_and_the_score_counts_once(
    hotline: Hotline, answered: bool
) -> None:
    await mary_may_be_asked(hotline)
    async with qiao(hotline, "voice", "worker") as process, at_work(hotline) as (_, desk_phone):
        phone = await hotline.phone(MARY.service.value)
        call, asked = await question_heard(hotline, desk_phone, phone)
        if answered:
            call.press("3")

            async def counted() -> bool:
                return await scores(hotline) == [1]

            await hotline.until(counted)
        process.kill()
        await process.wait()
        async with hotline.worker():
            if not answered:
                asked = await call.heard.hear(await hotline.own("rating_question", "en"), since=asked, seconds=30)
                call.press("1")
            await call.heard.hear(await hotline.own("rating_thanks", "en"), since=asked, seconds=30)
            call.press("2")
            await call.ended.wait()
            assert await scores(hotline) == [1 if answered else 3]
            assert tally(await hotline.calls()) == {"offered": 1, "answered": 1}

            async def done() -> bool:
                async with hotline.house.database.transaction() as tx:
                    return not await tx.scalar(select(voice_calls.c.parting))

            await hotline.until(done)
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
