"""Over the wire: what a tab hears while a contact goes on, and what it does not hear of a stranger's."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import pytest
import pytest_asyncio
import uvicorn
import websockets

from qiao import cases, interactions
from qiao.kernel.origin import Origin
from qiao.platform.live import touch
from qiao.platform.policy import Level
from qiao.platform.sessions import cookie_name
from tests.access.scenes import UNWANTED, Scene, World, begin, routing_row
from tests.access.test_nothing_leaks_before_proof import secrets_of
from tests.desk.centre import Person
from tests.looking import a_moment
from tests.sockets import FrameKeeper

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Tab(FrameKeeper):
    """A tab's side of the stream."""

    @property
    def named(self) -> set[str]:
        """Every topic it was told of."""
        return {topic for frame in self.frames for topic in frame.get("touch", ())}

    async def told_of(self, topic: str) -> None:
        await self.until(lambda tab: topic in tab.named)


@dataclass
class Line:
    """The whole app behind a real port."""

    world: World
    port: int

    @contextlib.asynccontextmanager
    async def tab(self, person: Person, watch: Sequence[str], show: Sequence[str] = ()) -> AsyncIterator[Tab]:
        headers = {"Cookie": f"{cookie_name('staff', https=False)}={person.token}"}
        here = f"127.0.0.1:{self.port}"
        async with websockets.connect(
            f"ws://{here}/desk/stream", origin=f"http://{here}", additional_headers=headers
        ) as socket:
            tab = Tab(socket)
            reader = asyncio.create_task(tab.listen())
            try:
                await tab.send(watch=list(watch), show=list(show), connection=None, last=0, age=60)
                await tab.until(lambda kept: any("reset" in f or "connection" in f for f in kept.frames))
                yield tab
            finally:
                reader.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await reader


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def line(world: World) -> AsyncIterator[Line]:
    config = uvicorn.Config(
        world.centre.app, port=0, ws="websockets-sansio", lifespan="off", log_level="warning", log_config=None
    )
    running = uvicorn.Server(config)
    tasks = [asyncio.create_task(world.centre.house.hub.run()), asyncio.create_task(running.serve())]
    async with asyncio.timeout(20):
        await world.centre.house.hub.connected.wait()
        while not running.started:
            await a_moment()
    yield Line(world, running.servers[0].sockets[0].getsockname()[1])
    running.should_exit = True
    async with asyncio.timeout(20):
        await tasks[1]
    tasks[0].cancel()
    await asyncio.gather(tasks[0], return_exceptions=True)


async def play(world: World, scene: Scene, person: Person) -> interactions.Interaction:
    """A whole contact: said, proved, a case opened and noted, written up; each step commits and touches."""
    house, words = world.centre.house, f"mine is the {scene.subject.plan}"
    async with house.database.transaction() as tx:
        contact = await begin(tx, unit_id=world.centre.unit_id, customer_id=scene.customer_id, subject=scene.subject)
        await routing_row(tx, contact, person)
    async with house.database.transaction() as tx:
        await interactions.typing(tx, interaction_id=contact.id, by="customer")
        await interactions.say(
            tx, interaction_id=contact.id, author_kind="customer", author_id=scene.customer_id, text=words
        )
    async with house.database.transaction() as tx:
        await interactions.prove_level(tx, interaction_id=contact.id, level=Level.ONE_FACTOR, method="one_time_code")
    async with house.database.transaction() as tx:
        await cases.open_case(
            tx,
            customer_id=scene.customer_id,
            category_code=UNWANTED,
            own_words=words,
            origin=Origin("chat", contact.id),
            service_id=scene.subject.number,
            agent_id=person.agent.id,
            unit_id=world.centre.unit_id,
        )
    return contact


def topics_of(scene: Scene, contact: interactions.Interaction) -> list[str]:
    return [
        f"interaction:{contact.id}",
        f"read:{contact.id}",
        f"typing:{contact.id}:customer",
        f"customer:{scene.customer_id}",
        f"case:{scene.case_id}",
    ]


async def test_a_tab_hears_that_its_contact_moves_and_not_what_is_said(line: Line) -> None:
    world = line.world
    person, scene = await world.centre.sign_in("Listener"), await world.scene(("agent", "none", 0, True))
    contact = await play(world, scene, person)
    desk, me = f"desk:{world.centre.desk_id}", f"agent:{person.agent.id}"
    async with line.tab(person, [*topics_of(scene, contact), me], [desk]) as tab:
        await tab.until(lambda kept: any(desk in frame.get("show", {}) for frame in kept.frames))
        async with world.centre.house.database.transaction() as tx:
            await interactions.typing(tx, interaction_id=contact.id, by="customer")
            await interactions.say(
                tx,
                interaction_id=contact.id,
                author_kind="customer",
                author_id=scene.customer_id,
                text=f"I live at {scene.subject.address}",
            )
            await cases.add_note(
                tx,
                case_id=scene.case_id,
                text=f"lives at {scene.subject.address}",
                agent_id=person.agent.id,
                interaction_id=contact.id,
            )
        for topic in topics_of(scene, contact)[2:]:
            await tab.told_of(topic)
        await tab.told_of(f"interaction:{contact.id}")
        heard = json.dumps(tab.frames, ensure_ascii=False)
    ids = {str(scene.customer_id), str(scene.case_id), str(scene.other_id)}
    assert [word for word in secrets_of(scene) if word not in ids and word in heard] == []


@pytest.mark.parametrize("role", ["agent", "team_leader", "planner"])
async def test_a_stranger_hears_nothing_of_it_whatever_he_asks_for(line: Line, role: str) -> None:
    world = line.world
    other_unit = world.centre.other_unit_id
    person = await world.centre.sign_in("Stranger", role=role, unit_id=other_unit)
    holder, scene = await world.centre.sign_in("Holder"), await world.scene(("agent", "none", 0, True))
    contact = await play(world, scene, holder)
    asked = [*topics_of(scene, contact), f"interaction:{scene.other_id}", f"agent:{holder.agent.id}", "*"]
    async with (
        line.tab(person, [*asked, f"agent:{person.agent.id}"], [f"desk:{world.centre.desk_id}"]) as tab,
        line.tab(holder, asked) as his,
    ):
        async with world.centre.house.database.transaction() as tx:
            await interactions.say(
                tx, interaction_id=contact.id, author_kind="customer", author_id=scene.customer_id, text="hello?"
            )
        async with world.centre.house.database.transaction() as tx:
            await touch(tx, f"agent:{person.agent.id}")
        await his.told_of(f"interaction:{contact.id}")
        await tab.told_of(f"agent:{person.agent.id}")
        assert tab.named == {f"agent:{person.agent.id}"}
        assert not any("show" in frame for frame in tab.frames)
