"""Wrong answers for one number, whoever gives them and at whichever door: five, and no right one is heard for a day."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, text

from qiao import catalogue, customers, interactions
from qiao.bss.sandbox import CAST
from qiao.channels.chat.model import Party
from qiao.channels.chat.proving import CodeNotRight, PasswordNotRight, prove
from qiao.channels.chat.store import parties
from qiao.kernel.ids import CustomerId, InteractionId
from qiao.kernel.origin import Origin
from qiao.kernel.refused import Refused
from qiao.platform.policy import Level
from qiao.portal.jobs import send_code
from tests.sms.texting import Centre, centre

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.conftest import StillClock
    from tests.portal.conftest import Visitor

HIS = CAST[0].service
PASSWORD = HIS.value[-6:]


def other_than(right: str) -> str:
    return "".join(str(9 - int(one)) for one in right)


@dataclass
class Doors:
    """One customer before five doors at once; each takes a right or a wrong answer and says whether it was heard."""

    visitor: Visitor
    texts: Centre
    person: CustomerId

    async def sms_digits(self, *, right: bool) -> bool:
        """The digits of an order by text."""
        [asked] = await self.texts.text("QXQB", HIS)
        found = re.findall(r"(?<![0-9.])[0-9]{4}(?![0-9])", asked)
        if not found:
            return False
        said = await self.texts.text(found[0] if right else other_than(found[0]), HIS)
        return said[-1].startswith("“取消全部增值业务”")

    async def portal_code(self, *, right: bool) -> bool:
        """The code of signing in."""
        await self.visitor.post("/sign-in", {"number": HIS.value})
        await send_code(self.visitor.house, service=str(HIS), language="zh-CN")
        told = await self._newest_code()
        answer = await self.visitor.post("/sign-in/code", {"code": told if right else other_than(told)})
        entered: bool = answer.status_code == 303
        self.visitor.http.cookies.clear()
        return entered

    async def chat_password(self, *, right: bool) -> bool:
        """The service password in a chat, asked for by one agent."""
        return await self._chat("service_password", PASSWORD if right else "900000")

    async def first_agents_code(self, *, right: bool) -> bool:
        """A code that an agent asks for in a chat."""
        return await self._chat_code(right=right)

    async def second_agents_code(self, *, right: bool) -> bool:
        """A code that another agent asks for in another chat."""
        return await self._chat_code(right=right)

    async def _chat_code(self, *, right: bool) -> bool:
        return await self._chat("one_time_code", None, right=right)

    async def _chat(self, method: str, told: str | None, *, right: bool = True) -> bool:
        """A chat of its own, in which an agent asks for a proof."""
        house = self.visitor.house
        async with house.database.transaction() as tx:
            contact = await interactions.start_interaction(tx, channel="chat", language="en", entry_point="portal")
            await interactions.claim(tx, interaction_id=contact.id, customer_id=self.person, service_id=HIS)
            await interactions.ask_proof(tx, interaction_id=contact.id, method=method)  # type: ignore[arg-type]
            key = f"visitor:{contact.id}"
            row = {"key": key, "site_key": "portal", "interaction_id": contact.id, "opened_at": tx.now}
            await tx.execute(insert(parties).values(row))
        if told is None:
            sent = await self._code(contact.id)
            told = sent if right else other_than(sent)
        try:
            await prove(house, Party(key, "portal"), told)
        except (CodeNotRight, PasswordNotRight):
            return False
        async with house.database.transaction() as tx:
            return (await interactions.interaction(tx, contact.id)).level >= Level.ONE_FACTOR

    async def _code(self, contact_id: InteractionId) -> str:
        async with self.visitor.house.database.transaction() as tx:
            await tx.execute(text("truncate rate_limits"))
            await customers.send_code(
                tx, service=HIS, purpose=f"contact:{contact_id}", customer_id=self.person, language="en",
                origin=Origin("desk"),
            )  # fmt: skip
        return await self._newest_code()

    async def _newest_code(self) -> str:
        newest = "select text from post_messages where purpose = 'one_time_code' order by id desc limit 1"
        async with self.visitor.house.database.transaction() as tx:
            found = await tx.scalar(text(newest))
        return re.findall("[0-9]{6}", found or "123456")[0]


@pytest.fixture
async def doors(visitor: Visitor, clock: StillClock) -> Doors:
    texts = await centre(visitor.house, clock)
    async with visitor.house.database.transaction() as tx:
        await tx.execute(text("truncate one_time_codes, proof_tries, rate_limits, order_confirmations, chat_parties"))
        await tx.execute(text("delete from orders where true"))
    person = await customers.recognize(visitor.house, HIS)
    assert person is not None
    return Doors(visitor, texts, person.id)


ALL = ("sms_digits", "chat_password", "portal_code", "first_agents_code", "second_agents_code")


def door(doors: Doors, name: str) -> Callable[..., Awaitable[bool]]:
    found: Callable[..., Awaitable[bool]] = getattr(doors, name)
    return found


async def test_each_door_hears_a_right_answer(doors: Doors) -> None:
    for name in ALL:
        assert await door(doors, name)(right=True), name


@pytest.mark.slow
@pytest.mark.parametrize("first", range(len(ALL)))
async def test_five_wrong_answers_at_five_doors_and_no_door_hears_a_right_one_for_a_day(
    doors: Doors, clock: StillClock, first: int
) -> None:
    signed_in = doors.visitor
    await signed_in.sign_in(HIS)
    session = dict(signed_in.http.cookies)
    signed_in.http.cookies.clear()
    for name in (*ALL[first:], *ALL[:first]):
        assert not await door(doors, name)(right=False), name
    for hours in (0, 12, 11.9):
        clock.forward(hours=hours)
        for name in ALL:
            assert not await door(doors, name)(right=True), name
    async with doors.visitor.house.database.transaction() as tx:
        assert await tx.scalar(text("select count(*) from orders")) == 0
        events = await tx.scalar(text("select count(*) from events where name = 'customers.ProvingBlocked'"))
        assert events >= 1, "who answers for it is told"
    await what_still_works(doors, session)
    clock.forward(hours=1)
    for name in ALL:
        assert await door(doors, name)(right=True), f"{name} after a day"


async def what_still_works(doors: Doors, session: dict[str, str]) -> None:
    """Nobody can lock him out of what needs no new proof: his balance by text, a person, the page he has open."""
    assert (await doors.texts.text("YE", HIS))[0].startswith("余额¥")
    await doors.texts.text("人工", HIS)
    contact = await doors.texts.contact(HIS)
    assert (contact.phase, contact.level) == ("waiting", 0)
    async with doors.visitor.house.database.transaction() as tx:
        await interactions.end_interaction(tx, interaction_id=contact.id, reason="served")
    await doors.texts.work()
    doors.visitor.http.cookies.update(session)
    assert (await doors.visitor.get("/me/bill")).status_code == 200
    doors.visitor.http.cookies.clear()


async def test_what_a_blocked_number_is_told_names_no_answer_and_asks_for_no_more(doors: Doors) -> None:
    for name in ALL:
        await door(doors, name)(right=False)
    [said] = await doors.texts.text("QXQB", HIS)
    assert said.startswith("此号码今天验证错误次数过多")
    async with doors.visitor.house.database.transaction() as tx:
        before = await tx.scalar(text("select count(*) from post_messages where purpose = 'one_time_code'"))
    await doors.portal_code(right=True)
    async with doors.visitor.house.database.transaction() as tx:
        after = await tx.scalar(text("select count(*) from post_messages where purpose = 'one_time_code'"))
    assert after == before, "no code is sent that could not be used"


async def test_digits_that_were_texted_for_one_order_are_no_sign_in_code_and_no_password(doors: Doors) -> None:
    [asked] = await doors.texts.text("QXQB", HIS)
    digits = re.findall(r"(?<![0-9.])[0-9]{4}(?![0-9])", asked)[0]
    await doors.visitor.post("/sign-in", {"number": HIS.value})
    assert (await doors.visitor.post("/sign-in/code", {"code": digits})).status_code == 403
    assert not await doors._chat("service_password", digits)
    assert not await doors._chat("one_time_code", digits)


async def test_a_code_of_one_talk_is_worth_nothing_in_another_and_on_the_page(doors: Doors) -> None:
    house = doors.visitor.house
    async with house.database.transaction() as tx:
        contact = await interactions.start_interaction(tx, channel="chat", language="en", entry_point="portal")
    code = await doors._code(contact.id)
    assert not await doors._chat("one_time_code", code)
    await doors.visitor.post("/sign-in", {"number": HIS.value})
    assert (await doors.visitor.post("/sign-in/code", {"code": code})).status_code == 403


async def test_a_number_is_level_one_and_no_act_is_placed_on_it_at_any_door(doors: Doors) -> None:
    async with doors.visitor.house.database.transaction() as tx:
        for asked in catalogue.services(audience="customer"):
            if asked.kind != "act":
                continue
            assert asked.level > Level.NUMBER_SEEN, asked.code
            with pytest.raises(Refused):
                await catalogue.place_order(
                    tx, code=asked.code, customer_id=doors.person, target=HIS, parameters={}, actor_ref="customer:x",
                    level=Level.NUMBER_SEEN, basis="self", origin=Origin("sms"), key=f"spoofed:{asked.code}",
                    confirmed=True,
                )  # fmt: skip
