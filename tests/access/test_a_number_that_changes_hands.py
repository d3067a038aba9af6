"""A number goes to another person: nothing of its former holder shows to the new one, and his own stays his."""

import re
from dataclasses import dataclass, replace

import pytest
import pytest_asyncio
from sqlalchemy import text

from qiao import cases, customers, interactions
from qiao.desk.stream import may_watch
from qiao.kernel.ids import CustomerId, InteractionId
from qiao.kernel.origin import Origin
from qiao.kernel.service_ids import ServiceId
from tests.access.scenes import Scene, World, begin, routing_row
from tests.access.telltale import Subject
from tests.access.test_nothing_leaks_before_proof import actor_of, secrets_of
from tests.desk.centre import Person

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass(frozen=True)
class Heir(Subject):
    """Somebody who gets a number that was another's."""

    given: ServiceId | None = None

    @property
    def number(self) -> ServiceId:
        assert self.given is not None
        return self.given


@dataclass
class Handed:
    """Who had the number and who has it, what each left behind, and an agent."""

    former: Scene
    of_former: Person
    code: str
    heir: Heir
    heir_id: CustomerId
    of_heir: Person
    contact_id: InteractionId
    agent: Person

    @property
    def tale(self) -> tuple[str, ...]:
        """All that would tell of the former holder; the number itself is the heir's own now."""
        number = self.former.subject.number.value[3:]
        told = (*secrets_of(self.former), f"hello from {self.former.subject.ref}")
        return tuple(word for word in told if word != number)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def handed(world: World) -> Handed:
    """A scene, a session and a code of the former holder; then the number is another's, who calls at once."""
    agent = world.people["agent"]
    former = await world.scene(("agent", "none", 0, True))
    of_former = await world.customer(former)
    assert (await of_former.get("/matters")).status_code == 200
    number = former.subject.number
    async with world.centre.house.database.transaction() as tx:
        await customers.send_code(
            tx,
            service=number,
            purpose="sign-in",
            customer_id=former.customer_id,
            language="en",
            origin=Origin("portal"),
        )
        words = await tx.scalar(text("select text from post_messages order by accepted_at desc, id desc limit 1"))
    world.made += 1
    heir = Heir(world.made, "centre", number)
    world.operator.know(heir)
    async with world.centre.house.database.transaction() as tx:
        known = await customers.keep(tx, heir.finding())
        contact = await begin(tx, unit_id=world.centre.unit_id, customer_id=known.id, subject=heir, level=2)
        await routing_row(tx, contact, agent)
    his = replace(former, subject=heir, customer_id=known.id)
    code = re.findall(r"\d{6}", words)[0]
    return Handed(former, of_former, code, heir, known.id, await world.customer(his), contact.id, agent)


async def test_the_former_holders_session_opens_nothing_more(handed: Handed) -> None:
    for path in ("/", "/matters", f"/matters/{handed.former.case_id}", "/me/bill", "/me/services", "/talk"):
        answer = await handed.of_former.get(path)
        assert answer.status_code == 303, path
        assert answer.headers["location"].startswith("/sign-in"), path


async def test_a_code_that_was_under_way_is_worth_nothing(world: World, handed: Handed) -> None:
    async with world.centre.house.database.transaction() as tx:
        checked = await customers.check_code(
            tx, service=handed.former.subject.number, purpose="sign-in", code=handed.code
        )
    assert not checked.ok


async def test_the_new_holders_own_pages_tell_nothing_of_the_former(handed: Handed) -> None:
    for path in ("/", "/matters", "/me/bill", "/me/services", "/talk"):
        answer = await handed.of_heir.get(path)
        assert answer.status_code == 200, path
        assert [word for word in handed.tale if word in answer.text] == [], path
    assert handed.heir.plan in (await handed.of_heir.get("/")).text
    assert (await handed.of_heir.get(f"/matters/{handed.former.case_id}")).status_code == 404


async def test_the_agent_of_the_new_holder_sees_nothing_of_the_former(world: World, handed: Handed) -> None:
    seen = f"/desk/contacts/{handed.contact_id}"
    for path in ("", "/panel", "/panel/now", "/stream", "/account", "/earlier", "/case", "/bill?month=2026-11"):
        answer = await handed.agent.get(seen + path)
        assert answer.status_code == 200, path
        assert [word for word in handed.tale if word in answer.text] == [], path
    assert handed.heir.plan in (await handed.agent.get(f"{seen}/account")).text
    for path in (f"{seen}/earlier/{handed.former.other_id}", f"{seen}/matter/{handed.former.case_id}"):
        assert (await handed.agent.get(path)).status_code == 404
    for place in ("go", "search", "cases"):
        found = await handed.agent.http.get(f"/desk/{place}", params={"q": handed.former.subject.number.value[3:]})
        assert [word for word in handed.tale if word in found.text] == [], place
    actor = await actor_of(world, handed.agent)
    assert await may_watch(world.centre.house, actor, f"customer:{handed.heir_id}")
    assert not await may_watch(world.centre.house, actor, f"customer:{handed.former.customer_id}")


async def test_what_was_the_former_holders_stays_his(world: World, handed: Handed) -> None:
    async with world.centre.house.database.transaction() as tx:
        kept = await customers.customer(tx, handed.former.customer_id)
        past = await customers.numbers_of(tx, handed.former.customer_id)
        entries = (await interactions.timeline(tx, handed.former.customer_id)).entries
        matters = await cases.matters_of(tx, handed.former.customer_id)
        of_heir = await cases.matters_of(tx, handed.heir_id)
    assert kept.name == handed.former.subject.name
    assert [period.until is not None for period in past] == [True]
    assert handed.former.other_id in {entry.interaction_id for entry in entries}
    assert handed.contact_id not in {entry.interaction_id for entry in entries}
    assert [matter.case.id for matter in matters] == [handed.former.case_id]
    assert of_heir == []
