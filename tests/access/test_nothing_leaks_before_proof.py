"""Of somebody whom nobody may look at yet, nothing reaches a page, a search, a list, a file, a stream or a log."""

import io
from collections.abc import Iterator

import httpx
import pytest
import pytest_asyncio

from qiao import customers, interactions
from qiao.desk.stream import may_watch
from qiao.kernel.ids import CustomerId, InteractionId
from qiao.platform.policy import Actor, Level
from qiao.platform.settings import Settings
from qiao.platform.telemetry import set_up_logging
from qiao.routing.store import contacts as routed
from tests.access.rules import CONTACT, named_routes
from tests.access.scenes import Scene, World, begin, routing_row
from tests.access.telltale import MONTH
from tests.desk.centre import Person
from tests.logs import log_of_our_own

pytestmark = pytest.mark.asyncio(loop_scope="module")
VIEWS = ("mine", "desks", "red", "waiting", "team")
LISTS = ("/desk/cases", "/desk/cases/export")
INNER = ("earlier/", "files/", "matter/", "{act}")


def secrets_of(scene: Scene) -> tuple[str, ...]:
    """All that would tell of him: account, name, number, his own words, his case."""
    subject, ids = scene.subject, (str(scene.customer_id), str(scene.case_id), str(scene.other_id))
    return (*subject.words, subject.name, subject.number.value[3:], scene.words, scene.case_number, *ids)


def tells(answer: httpx.Response, scene: Scene) -> list[str]:
    """Which of it stands in an answer, its headers too."""
    said = answer.text + str(answer.headers)
    return [word for word in secrets_of(scene) if word in said]


async def actor_of(world: World, person: Person) -> Actor:
    from qiao import staff

    async with world.centre.house.database.transaction() as tx:
        found = await staff.actor(tx, person.session)
    assert found is not None
    return found


def contact_pages(contact_id: InteractionId) -> list[str]:
    """Every page and part of a contact that is read without naming anything within it."""
    routes = [route.removeprefix("GET ") for route in named_routes() if route.startswith(f"GET {CONTACT}")]
    plain = [route for route in routes if not any(part in route for part in INNER)]
    return [route.format(interaction_id=contact_id) + f"?month={MONTH}&short_code=3737" for route in plain]


@pytest.mark.slow
@pytest.mark.parametrize("role", ["agent", "team_leader", "senior_agent"])
@pytest.mark.parametrize("same_unit", [True, False])
async def test_no_search_list_or_file_finds_a_stranger(world: World, role: str, same_unit: bool) -> None:
    person, scene = world.people[role], await world.scene((role, "none", 0, same_unit))
    subject = scene.subject
    leads = role == "team_leader" and same_unit  # a case that is nobody's is for him to see, its customer is not
    of_the_case = {scene.words, scene.case_number, str(scene.case_id)} if leads else set()
    for words in (subject.name, subject.number.value, subject.number.national, scene.case_number, scene.words):
        paths = [f"/desk/{place}" for place in ("go", "search", "knowledge")]
        asked = [(path, {"q": words}) for path in paths]
        asked += [
            (path, {"view": view, "q": words}) for view in VIEWS for path in ("/desk/cases", "/desk/cases/export")
        ]
        for path, query in asked:
            answer = await person.http.get(path, params=query)
            assert answer.status_code == 200, answer.text
            others = [word for word in secrets_of(scene) if word not in words and word not in of_the_case]
            assert [word for word in others if word in answer.text] == [], (path, query)


async def test_the_same_search_finds_what_is_ones_own(world: World) -> None:
    person, scene = world.people["agent"], await world.scene(("agent", "owner", 0, True))
    for path in ("/desk/search", "/desk/cases", "/desk/cases/export"):
        answer = await person.http.get(path, params={"q": scene.words, "view": "mine"})
        assert scene.case_number in answer.text, path


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def claimed(world: World) -> tuple[Person, Scene, InteractionId]:
    """An agent's own contact with somebody who says that he holds a stranger's number."""
    person, scene = world.people["agent"], await world.scene(("agent", "none", 0, True))
    async with world.centre.house.database.transaction() as tx:
        contact = await interactions.start_interaction(
            tx, channel="chat", language="en", unit_id=world.centre.unit_id, entry_point="portal"
        )
        await interactions.say(tx, interaction_id=contact.id, author_kind="customer", text="it is about my line")
        await routing_row(tx, contact, person)
    answer = await person.post(f"/desk/contacts/{contact.id}/identify", number=scene.subject.number.value)
    assert answer.status_code == 200, answer.text
    return person, scene, contact.id


async def test_a_named_number_shows_nothing_of_its_holder_anywhere(
    world: World, claimed: tuple[Person, Scene, InteractionId]
) -> None:
    person, scene, contact_id = claimed
    for path in [*contact_pages(contact_id), "/desk", "/desk/work", "/desk/go?q=zephyr", "/desk/cases"]:
        answer = await person.http.get(path)
        assert tells(answer, scene) == [], path
        assert scene.subject.party().name.split()[0] not in answer.text, path
    for act in ("account", "bill", "usage", "plans"):
        answer = await person.get(f"/desk/contacts/{contact_id}/{act}?month={MONTH}")
        assert answer.status_code == 404 or answer.headers["x-refusal-code"] == "platform.identity_not_proven"
    for path in (f"/desk/cases/{scene.case_id}", f"/desk/contacts/{contact_id}/earlier/{scene.other_id}"):
        assert (await person.get(path)).status_code == 404
    leader = world.people["team_leader"]
    looked_on = await leader.get(f"/desk/team/agents/{person.agent.id}/contacts/{contact_id}")
    assert looked_on.status_code == 200
    assert tells(looked_on, scene) == []
    async with world.centre.house.database.transaction() as tx:
        assert await interactions.timeline(tx, scene.customer_id) is not None
        listed = [entry.interaction_id for entry in (await interactions.timeline(tx, scene.customer_id)).entries]
    assert contact_id not in listed
    mine = await world.customer(scene)
    assert "it is about my line" not in (await mine.get("/matters")).text


async def test_the_stream_carries_nothing_of_a_stranger(
    world: World, claimed: tuple[Person, Scene, InteractionId]
) -> None:
    person, scene, contact_id = claimed
    actor = await actor_of(world, person)
    topics = {
        f"customer:{scene.customer_id}": False,
        f"case:{scene.case_id}": False,
        f"interaction:{scene.contact_id}": False,
        f"interaction:{scene.other_id}": False,
        f"typing:{scene.contact_id}:customer": False,
        f"interaction:{contact_id}": True,
    }
    assert {topic: await may_watch(world.centre.house, actor, topic) for topic in topics} == topics


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """Where the log goes; the process's own set-up is put back afterwards."""
    with log_of_our_own() as stream:
        yield stream


@pytest.mark.parametrize("as_json", [True, False])
async def test_no_log_figure_or_broken_page_tells_of_a_customer(
    world: World, written: io.StringIO, as_json: bool
) -> None:
    """A whole contact: looked at, refused, proved, opened, and an operator that breaks in the middle."""
    set_up_logging(Settings(log_json=as_json, log_level="debug"), written)
    person, stands = world.people["agent"], ("agent", "own", 0, True)
    scene = await world.scene(stands)
    del world.scenes[stands]
    subject, seen = scene.subject, f"/desk/contacts/{scene.contact_id}"
    await person.get(seen)
    assert (await person.get(f"{seen}/account")).status_code == 403
    await person.post(f"{seen}/identify", number=subject.number.value)
    await person.post(f"{seen}/code")
    async with world.centre.house.database.transaction() as tx:
        await interactions.prove_level(
            tx, interaction_id=scene.contact_id, level=Level.ONE_FACTOR, method="one_time_code"
        )
    opened = (await person.get(f"{seen}/account")).text
    assert subject.plan in opened
    assert subject.address in opened
    await person.post(f"{seen}/orders", code="correct_address", key="not a key", address=subject.address)
    known = world.operator.subjects.pop(subject.number)
    try:
        broken = await person.get(f"{seen}/account")
    finally:
        world.operator.subjects[subject.number] = known
    assert broken.status_code == 500
    assert tells(broken, scene) == []
    await person.get("/desk/search?q=" + subject.name)
    async with world.http(address="127.0.0.1") as near:
        figures = await near.get("/metrics")
    assert figures.status_code == 200
    assert tells(figures, scene) == []
    logged = written.getvalue()
    assert "web.broke" in logged
    assert "KeyError" in logged
    for word in (*subject.words, subject.name, subject.number.value[3:], scene.words):
        assert word not in logged, word


async def test_what_was_proved_opens_what_was_shut(world: World) -> None:
    """So that the silence above is that of the door, not of an empty house."""
    person, scene = world.people["agent"], await world.scene(("agent", "none", 0, True))
    async with world.centre.house.database.transaction() as tx:
        contact = await begin(
            tx, unit_id=world.centre.unit_id, customer_id=scene.customer_id, subject=scene.subject, level=2
        )
        await routing_row(tx, contact, person)
        assert await customers.customer(tx, CustomerId(scene.customer_id)) is not None
    shown = (await person.get(f"/desk/contacts/{contact.id}")).text
    assert scene.subject.name in shown
    assert scene.case_number in shown
    account = (await person.get(f"/desk/contacts/{contact.id}/account")).text
    assert scene.subject.plan in account
    assert routed.name == "routing_contacts"
