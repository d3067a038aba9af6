"""Any sequence of what may happen to a case: closed only by evidence, an answer and his yes; and never stuck."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from qiao import cases, interactions
from qiao.cases.store import case_history
from qiao.kernel.ids import new_id
from qiao.kernel.refused import Refused
from tests.cases.proving import Centre, centre

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from qiao.kernel.ids import CaseId
    from qiao.platform.house import House
    from tests.conftest import StillClock

pytestmark = pytest.mark.slow


class Life:
    """One case, and everything that people and time can do to it."""

    def __init__(self, here: Centre, case_id: CaseId) -> None:
        self.here, self.case_id = here, case_id
        self.him = f"customer:{here.shi.id}"
        self.live: Any = None

    async def resolve(self) -> None:
        await self.here.resolve(self.case_id, kind="explained", cause="", system="")

    async def withdraw(self) -> None:
        await self.here.resolve(self.case_id, kind="withdrawn", cause="", system="")

    async def answer(self) -> None:
        await self.here.do(cases.say_answer, case_id=self.case_id, text="All records shown", agent_id=self.here.me)

    async def he_says_yes(self) -> None:
        await self.here.do(cases.confirm, case_id=self.case_id, solved="yes", by=self.him, channel="portal")

    async def he_says_no(self) -> None:
        await self.here.do(cases.confirm, case_id=self.case_id, solved="no", by=self.him, channel="sms")

    async def stranger_says_yes(self) -> None:
        by = f"customer:{new_id()}"
        await self.here.do(cases.confirm, case_id=self.case_id, solved="yes", by=by, channel="portal")

    async def agent_says_yes(self) -> None:
        told = {"solved": "yes", "words": "he agreed", "agent_id": self.here.me, "interaction_id": None}
        await self.here.do(cases.note_in_contact, case_id=self.case_id, **told)

    async def reopen(self) -> None:
        await self.here.do(cases.reopen_case, case_id=self.case_id, reason="again", by=f"agent:{self.here.me}")

    async def ask(self) -> None:
        told = {"items": ["text_copy"], "interaction_id": None, "agent_id": self.here.me}
        await self.here.do(cases.request_information, case_id=self.case_id, **told)

    async def provide(self) -> None:
        for request in (await self.here.whole(self.case_id)).requests:
            told = {"request_id": request.id, "item": "text_copy", "value": "3737", "by": self.him}
            await self.here.do(cases.answer_request, **told)

    async def days_pass(self) -> None:
        at = self.here.clock.at + timedelta(days=4)
        await self.here.until(at.year, at.month, at.day, at.hour)

    async def he_writes(self) -> None:
        self.live = await self.here.contact()

    async def he_adds(self) -> None:
        await self.here.do(cases.add_words, case_id=self.case_id, text="And one thing more", by=self.him)

    async def he_leaves(self) -> None:
        if self.live is not None:
            await self.here.do(interactions.end_interaction, interaction_id=self.live.id, reason="customer_left")

    async def status(self) -> str:
        return await self.here.status(self.case_id)


ACTS: dict[str, Callable[[Life], Awaitable[None]]] = {
    name: getattr(Life, name)
    for name in (
        *("resolve", "withdraw", "answer", "he_says_yes", "he_says_no", "stranger_says_yes", "agent_says_yes"),
        *("reopen", "ask", "provide", "days_pass", "he_writes", "he_adds", "he_leaves"),
    )
}


@pytest.fixture
async def here(house: House, clock: StillClock) -> Centre:
    return await centre(house, clock)


async def holds(life: Life) -> None:
    """What is true at any time."""
    whole = await life.here.whole(life.case_id)
    last = whole.resolutions[-1] if whole.resolutions else None
    if whole.case.status == "closed":
        assert last is not None
        assert (last.verified, last.confirmed) == (True, True)
        assert last.kind == "withdrawn" or whole.answers, "explained without an answer"
        async with life.here.database.transaction() as tx:
            line = select(case_history.c.by).where(
                case_history.c.case_id == life.case_id, case_history.c.kind == "confirmed"
            )
            assert [row["by"] for row in await tx.rows(line)][-1] == life.him
    if whole.case.status == "dormant":
        assert last is not None
        assert last.confirmed is None
    assert whole.states[-1].status == whole.case.status
    assert whole.next_step.say("zh-CN")


async def ends(life: Life) -> None:
    """From wherever it stands there is a way to its end."""
    for _ in range(12):
        match await life.status():
            case "closed":
                return
            case "verified":
                steps = [life.he_says_yes]
            case "dormant":
                steps = [life.he_writes, life.he_says_yes]
            case "resolved":
                steps = [life.answer, life.days_pass]
            case _:
                steps = [life.provide, life.answer, life.resolve, life.days_pass]
        for step in steps:
            with suppress(Refused):
                await step()
            await life.here.work()
    raise AssertionError(f"stuck at {await life.status()}")


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(st.sampled_from(sorted(ACTS)), max_size=9))
async def test_no_path_leads_to_closed_without_evidence_and_his_yes_and_none_is_stuck(
    here: Centre, acts: list[str]
) -> None:
    life = Life(here, await here.open(category_code="inquiry/other", facts={}))
    for act in acts:
        with suppress(Refused):
            await ACTS[act](life)
        await here.work()
        await holds(life)
    await ends(life)
    await holds(life)


async def test_who_stays_silent_lets_it_rest_and_who_adds_a_word_has_it_live_again(here: Centre) -> None:
    life = Life(here, await here.open(category_code="inquiry/other", facts={}))
    await life.answer()
    await life.resolve()
    for _ in range(6):
        await life.days_pass()
    assert await life.status() == "dormant"
    await life.he_adds()
    await here.work()
    assert await life.status() == "verified"
    await holds(life)
