"""A level belongs to one contact and one customer: not to a claim, another number, another agent, or a later hour."""

import pytest

from qiao import interactions
from qiao.desk.stream import may_watch
from qiao.kernel.ids import InteractionId
from tests.access.scenes import Scene, World, routing_row
from tests.access.test_level_never_carries import another, fresh
from tests.access.test_nothing_leaks_before_proof import actor_of, tells
from tests.desk.centre import Person

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def claiming(world: World, scene: Scene, person: Person) -> InteractionId:
    """A contact of somebody who says that he holds the number of this scene."""
    async with world.centre.house.database.transaction() as tx:
        contact = await interactions.start_interaction(
            tx, channel="chat", language="en", unit_id=world.centre.unit_id, entry_point="portal"
        )
        await routing_row(tx, contact, person)
    answer = await person.post(f"/desk/contacts/{contact.id}/identify", number=scene.subject.number.value)
    assert answer.status_code == 200, answer.text
    return contact.id


async def end(world: World, contact: interactions.Interaction) -> None:
    async with world.centre.house.database.transaction() as tx:
        await interactions.end_interaction(tx, interaction_id=contact.id, reason="customer_left")


async def named_on_case(person: Person, scene: Scene) -> bool:
    """Whether the case's page tells his whole name."""
    answer = await person.get(f"/desk/cases/{scene.case_id}")
    assert answer.status_code == 200
    assert scene.words in answer.text
    return scene.subject.name in answer.text.split("<main")[1]


async def test_a_contact_that_just_ended_lends_nothing_to_somebody_who_says_he_is_the_same(world: World) -> None:
    person, scene = await fresh(world)
    proved = await another(world, scene, person, level=2)
    await end(world, proved)
    assert await named_on_case(person, scene), "it may still be written up"
    claim = await claiming(world, scene, person)
    assert not await named_on_case(person, scene)
    await end(world, await world.centre.now(claim))
    assert await named_on_case(person, scene), "and again when that one has gone"


async def test_a_claim_beside_a_contact_that_goes_on_takes_nothing_from_it(world: World) -> None:
    person, scene = await fresh(world)
    await another(world, scene, person, level=2)
    await claiming(world, scene, person)
    assert await named_on_case(person, scene)


async def test_what_one_customer_proved_opens_no_other_in_the_same_contact(world: World) -> None:
    person, scene = await fresh(world)
    _, other = await fresh(world)
    contact = await another(world, scene, person, level=2)
    seen = f"/desk/contacts/{contact.id}"
    answer = await person.post(f"{seen}/identify", number=other.subject.number.value)
    assert answer.headers["x-refusal-code"] == "interactions.identity_stands"
    asked = f"{seen}/account?service={other.subject.number.kind}:{other.subject.number.value}".replace("+", "%2B")
    for path in (seen, f"{seen}/panel", f"{seen}/account", asked):
        page = await person.get(path)
        assert page.status_code == 200, path
        assert tells(page, other) == [], path
    assert scene.subject.plan in (await person.get(asked)).text
    assert (await person.get(f"{seen}/matter/{other.case_id}")).status_code == 404
    assert (await person.get(f"/desk/cases/{other.case_id}")).status_code == 404


async def test_taken_for_somebody_else_first_a_contact_starts_from_nothing(world: World) -> None:
    person, scene = await fresh(world)
    _, other = await fresh(world)
    contact = await another(world, scene, person, level=2)
    async with world.centre.house.database.transaction() as tx:
        await interactions.identify(tx, interaction_id=contact.id, customer_id=other.customer_id)
    refused = await person.get(f"/desk/contacts/{contact.id}/account")
    assert refused.headers["x-refusal-code"] == "platform.identity_not_proven"


async def test_the_desks_own_hand_over_takes_the_level_along_and_leaves_the_first_agent_nothing(world: World) -> None:
    person, scene = await fresh(world)
    next_one = await world.centre.sign_in("Next")
    contact = await another(world, scene, person, level=2)
    seen = f"/desk/contacts/{contact.id}"
    assert scene.subject.plan in (await person.get(f"{seen}/account")).text
    handed = await person.post(f"{seen}/transfer", desk_id=str(world.centre.desk_id), text="she knows the rest")
    assert handed.status_code in (204, 303), handed.text
    await world.centre.give(contact.id, next_one)
    account = await next_one.get(f"{seen}/account")
    assert scene.subject.plan in account.text
    assert "she knows the rest" in (await next_one.get(seen)).text
    for path in (seen, f"{seen}/account", f"{seen}/panel", f"{seen}/stream", f"/desk/cases/{scene.case_id}"):
        assert (await person.get(path)).status_code == 404, path
    for query in (scene.words, scene.case_number, scene.subject.name):
        found = await person.http.get("/desk/search", params={"q": query})
        assert [word for word in tells(found, scene) if word != query] == []
    topics = (f"interaction:{contact.id}", f"customer:{scene.customer_id}", f"case:{scene.case_id}")
    for who, may in ((person, False), (next_one, True)):
        actor = await actor_of(world, who)
        assert [await may_watch(world.centre.house, actor, topic) for topic in topics] == [may] * 3
    assert await world.centre.audited("view.plan", contact.id) == 2, "each of them is on record"


async def test_an_hour_after_its_end_a_contact_that_nobody_wrote_up_opens_nothing(world: World) -> None:
    person, scene = await fresh(world)
    contact = await another(world, scene, person, level=2)
    await end(world, contact)
    assert (await person.get(f"/desk/contacts/{contact.id}/account")).status_code == 200
    world.centre.house.clock.forward(hours=1)  # type: ignore[attr-defined]
    again = await world.centre.browser(person.agent)
    refused = await again.get(f"/desk/contacts/{contact.id}/account")
    assert refused.headers["x-refusal-code"] == "platform.identity_not_proven"
    page = (await again.get(f"/desk/contacts/{contact.id}")).text.split('id="contact-head"')[1]
    assert scene.subject.name not in page
    assert not await named_on_case(again, scene)
