"""Signing in is paced: for a number, for a network, over a day; guessing is stopped in words that say what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from qiao import customers
from qiao.bss.sandbox import CAST
from qiao.kernel.origin import Origin
from qiao.portal.signing_in import ASKING, TRYING

if TYPE_CHECKING:
    from qiao.kernel.service_ids import ServiceId
    from tests.conftest import StillClock
    from tests.portal.conftest import Visitor

SHI, LIN = CAST[0].service, CAST[1].service


async def sent_to(visitor: Visitor, service: ServiceId) -> int:
    async with visitor.house.database.transaction() as tx:
        return int(
            await tx.scalar(
                text("select count(*) from post_messages where recipient = :to and purpose = 'one_time_code'"),
                {"to": str(service)},
            )
        )


async def test_one_network_asks_for_so_many_codes_and_is_then_told_when_to_come_again(visitor: Visitor) -> None:
    for number in range(ASKING.burst):
        assert (await visitor.post("/sign-in", {"number": f"1390000{number:04d}"})).status_code == 303
    stopped = await visitor.post("/sign-in", {"number": "13900009999"})
    assert stopped.status_code == 429
    assert "尝试过于频繁" in stopped.text
    assert "{seconds}" not in stopped.text
    assert 'value="13900009999"' in stopped.text  # what he typed is kept
    again = await visitor.post("/sign-in/again", {})
    assert (again.status_code, again.headers["x-refusal-code"]) == (429, "platform.too_many_requests")


@pytest.mark.slow
async def test_one_number_is_texted_a_few_codes_at_once_and_a_score_a_day_whoever_asks(
    visitor: Visitor, clock: StillClock
) -> None:
    person = await customers.recognize(visitor.house, SHI)
    assert person is not None
    asked = 0
    while asked < 200:  # somebody asks every seven minutes for a day, from ever other networks
        async with visitor.house.database.transaction() as tx:
            told = {"purpose": f"sign_in:{asked}", "customer_id": person.id, "language": "zh-CN"}
            await customers.send_code(tx, service=SHI, origin=Origin("web"), **told)  # type: ignore[arg-type]
        asked += 1
        if asked == 8:
            assert await sent_to(visitor, SHI) == 5
        if asked > 8:
            clock.forward(minutes=7)
    assert 20 <= await sent_to(visitor, SHI) <= 40
    assert await sent_to(visitor, LIN) == 0


async def test_codes_are_guessed_five_times_in_a_day_and_the_right_one_is_then_refused_too(
    visitor: Visitor, clock: StillClock
) -> None:
    await visitor.post("/sign-in", {"number": SHI.value})
    right = await visitor.code_for(SHI)
    for guess in range(5):
        answer = await visitor.post("/sign-in/code", {"code": f"{(int(right) + 1 + guess) % 10**6:06d}"})
    assert (answer.status_code, answer.headers["x-refusal-code"]) == (429, "portal.proving_paused")
    assert "明天" in answer.text
    assert (await visitor.post("/sign-in/code", {"code": right})).status_code == 429
    await visitor.post("/sign-in", {"number": SHI.value})
    assert await visitor.code_for(SHI) == right  # no new one is sent while wrong ones block the number
    clock.forward(hours=25)
    await visitor.post("/sign-in", {"number": SHI.value})
    entered = await visitor.post("/sign-in/code", {"code": await visitor.code_for(SHI)})
    assert entered.status_code == 303


async def test_one_network_tries_so_many_codes_whosesoever_numbers_they_are_for(visitor: Visitor) -> None:
    await visitor.post("/sign-in", {"number": "13900000001"})
    codes = [await visitor.post("/sign-in/code", {"code": "123456"}) for _ in range(TRYING.burst + 1)]
    assert codes[-1].status_code == 429
    assert codes[-1].headers["x-refusal-code"] in ("portal.proving_paused", "platform.too_many_requests")
    await visitor.post("/sign-in", {"number": "13900000002"})
    stopped = await visitor.post("/sign-in/code", {"code": "123456"})
    assert (stopped.status_code, stopped.headers["x-refusal-code"]) == (429, "platform.too_many_requests")
    assert "尝试过于频繁" in stopped.text
