"""The operator has given the number to another, and the house has not heard of it: the next look finds out.

Until then the house takes the former holder for the holder; nothing of the new one may be shown to him for that, and
no code that arrives on the new one's telephone may open what is the former's.
"""

from dataclasses import dataclass

import pytest
from sqlalchemy import func, select

from qiao import customers, interactions
from qiao.bss import OperatorAway
from qiao.kernel.ids import InteractionId
from qiao.post.store import post_messages
from tests.access.scenes import Scene, World, begin, routing_row
from tests.access.telltale import MONTH
from tests.access.test_a_number_that_changes_hands import Heir
from tests.access.test_nothing_leaks_before_proof import secrets_of
from tests.desk.centre import Person

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass
class Unheard:
    """Who had the number, who has it at the operator, and the former one's contact in an agent's hands."""

    former: Scene
    heir: Heir
    agent: Person
    contact_id: InteractionId

    @property
    def seen(self) -> str:
        return f"/desk/contacts/{self.contact_id}"

    def tells_of_heir(self, text: str) -> list[str]:
        return [word for word in (*self.heir.words, self.heir.name) if word in text]


async def unheard(world: World, *, level: int) -> Unheard:
    """A contact of the former holder goes on while the number goes."""
    stands = ("agent", "none", 0, True)
    former = await world.scene(stands)
    del world.scenes[stands]
    agent = await world.centre.sign_in("Unheard")
    async with world.centre.house.database.transaction() as tx:
        contact = await begin(
            tx,
            unit_id=world.centre.unit_id,
            customer_id=former.customer_id,
            subject=former.subject,
            level=level,
        )
        await routing_row(tx, contact, agent)
    return Unheard(former, gone_to_another(world, former), agent, contact.id)


def gone_to_another(world: World, former: Scene) -> Heir:
    world.made += 1
    heir = Heir(world.made, "centre", former.subject.number)
    world.operator.know(heir)
    return heir


async def held(world: World, scene: Scene) -> bool:
    async with world.centre.house.database.transaction() as tx:
        return await customers.holds(tx, scene.customer_id, scene.subject.number)


async def texts_to(world: World, scene: Scene) -> int:
    mine = select(func.count()).where(post_messages.c.recipient == str(scene.subject.number))
    async with world.centre.house.database.transaction() as tx:
        return int(await tx.scalar(mine))


async def test_the_account_that_was_open_shows_nothing_of_the_new_holder_and_is_shut(world: World) -> None:
    it = await unheard(world, level=2)
    for path in ("account", f"bill?month={MONTH}", f"usage?month={MONTH}", "plans"):
        answer = await it.agent.get(f"{it.seen}/{path}")
        assert answer.headers["x-refusal-code"] in ("catalogue.number_no_longer_his", "desk.no_number"), path
        assert it.tells_of_heir(answer.text) == [], path
    assert not await held(world, it.former), "the first look told the house"
    panel = (await it.agent.get(f"{it.seen}/panel")).text
    assert it.former.subject.name in panel, "what is his own he still has"
    assert it.former.case_number in (await it.agent.get(it.seen)).text
    assert it.tells_of_heir(panel) == []


async def test_a_code_goes_to_nobody_when_the_number_is_not_his_any_more(world: World) -> None:
    it = await unheard(world, level=0)
    before = await texts_to(world, it.former)
    answer = await it.agent.post(f"{it.seen}/code")
    assert answer.status_code == 200
    assert await texts_to(world, it.former) == before
    assert it.tells_of_heir(answer.text) == []
    assert not await held(world, it.former)


async def test_a_code_goes_to_whose_number_it_is(world: World) -> None:
    """So that the silence above is not that of a broken post."""
    it = await unheard(world, level=0)
    world.operator.know(it.former.subject)
    before = await texts_to(world, it.former)
    assert (await it.agent.post(f"{it.seen}/code")).status_code == 200
    assert await texts_to(world, it.former) == before + 1


async def test_a_code_goes_out_while_the_operator_does_not_answer(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_: object) -> None:
        raise OperatorAway

    it = await unheard(world, level=0)
    before = await texts_to(world, it.former)
    monkeypatch.setattr(world.operator, "holder_of", away)
    assert (await it.agent.post(f"{it.seen}/code")).status_code == 200
    assert await texts_to(world, it.former) == before + 1


@pytest.mark.parametrize("first", ["/", "/me/bill", "/me/services"])
async def test_the_former_holders_pages_show_nothing_of_the_new_one_and_are_over(world: World, first: str) -> None:
    stands = ("agent", "none", 0, True)
    former = await world.scene(stands)
    del world.scenes[stands]
    his = await world.customer(former)
    assert former.subject.plan in (await his.get("/")).text
    heir = gone_to_another(world, former)
    answer = await his.get(first)
    assert [word for word in (*heir.words, heir.name) if word in answer.text] == []
    after = await his.get("/")
    assert (after.status_code, after.headers["location"][:8]) == (303, "/sign-in")


async def test_naming_the_number_finds_its_new_holder_and_nothing_of_the_former(world: World) -> None:
    it = await unheard(world, level=0)
    async with world.centre.house.database.transaction() as tx:
        contact = await interactions.start_interaction(
            tx, channel="chat", language="en", unit_id=world.centre.unit_id, entry_point="portal"
        )
        await routing_row(tx, contact, it.agent)
    seen = f"/desk/contacts/{contact.id}"
    answer = await it.agent.post(f"{seen}/identify", number=it.former.subject.number.value)
    assert answer.status_code == 200, answer.text
    number = it.former.subject.number.value[3:]
    for path in ("", "/panel", "/stream", "/earlier", "/head"):
        page = (await it.agent.get(seen + path)).text.split('id="contact-head"')[-1]
        told = [word for word in secrets_of(it.former) if word != number and word in page]
        assert told == [], path
        assert it.tells_of_heir(page) == [], path
    async with world.centre.house.database.transaction() as tx:
        stood = await interactions.interaction(tx, contact.id)
        assert stood.claimed_customer_id is not None
        assert stood.claimed_customer_id != it.former.customer_id
