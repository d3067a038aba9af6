"""What was proved in one contact opens nothing in another, and goes with the contact when it is handed over."""

import pytest
from sqlalchemy import func, select

from qiao import interactions, routing
from qiao.kernel.ids import AgentId
from qiao.platform.audit import audit_entries
from tests.access.scenes import Scene, World, begin, routing_row
from tests.desk.centre import Person

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def another(world: World, scene: Scene, person: Person, level: int = 0) -> interactions.Interaction:
    """A further contact of the same customer in this agent's hands."""
    async with world.centre.house.database.transaction() as tx:
        contact = await begin(
            tx, unit_id=world.centre.unit_id, customer_id=scene.customer_id, subject=scene.subject, level=level
        )
        await routing_row(tx, contact, person)
        return contact


async def fresh(world: World) -> tuple[Person, Scene]:
    """An agent with a contact of level 2."""
    person = await world.centre.sign_in("Fresh")
    scene = await world.scene(("agent", "none", 0, True))
    world.scenes.pop(("agent", "none", 0, True))
    return person, scene


async def test_a_second_contact_of_the_same_customer_begins_with_nothing(world: World) -> None:
    person, scene = await fresh(world)
    proved = await another(world, scene, person, level=2)
    assert (await person.get(f"/desk/contacts/{proved.id}/account")).status_code == 200
    second = await another(world, scene, person)
    refused = await person.get(f"/desk/contacts/{second.id}/account")
    assert (refused.status_code, refused.headers["x-refusal-code"]) == (403, "platform.identity_not_proven")
    page = (await person.get(f"/desk/contacts/{second.id}")).text
    main = page.split('id="contact-head"')[1]
    assert scene.subject.name not in main
    assert scene.subject.plan not in page


async def test_a_contact_that_just_ended_lends_its_level_to_no_other_through_the_case(world: World) -> None:
    person, scene = await fresh(world)
    proved = await another(world, scene, person, level=2)
    case = f"/desk/cases/{scene.case_id}"
    assert scene.subject.name in (await person.get(case)).text.split("<main")[1]
    async with world.centre.house.database.transaction() as tx:
        await interactions.end_interaction(tx, interaction_id=proved.id, reason="customer_left")
    await another(world, scene, person)
    shown = (await person.get(case)).text.split("<main")[1]
    assert scene.words in shown
    assert scene.subject.name not in shown


async def test_what_is_wrapped_up_is_shut(world: World) -> None:
    person, scene = await fresh(world)
    proved = await another(world, scene, person, level=2)
    async with world.centre.house.database.transaction() as tx:
        await interactions.wrap_up(
            tx, interaction_id=proved.id, agent_id=AgentId(person.agent.id), disposition="solved"
        )
    for path in ("", "/account", "/panel"):
        assert (await person.get(f"/desk/contacts/{proved.id}{path}")).status_code == 404
    assert (await person.get(f"/desk/cases/{scene.case_id}")).status_code == 404


async def test_a_contact_that_is_handed_over_keeps_its_level_and_leaves_its_first_agent_with_nothing(
    world: World,
) -> None:
    person, scene = await fresh(world)
    next_one = await world.centre.sign_in("Next")
    contact = await another(world, scene, person, level=2)
    async with world.centre.house.database.transaction() as tx:
        await routing.transfer_contact(
            tx,
            interaction_id=contact.id,
            agent_id=AgentId(person.agent.id),
            desk_id=world.centre.desk_id,
        )
    assert (await person.get(f"/desk/contacts/{contact.id}/account")).status_code == 404
    async with world.centre.house.database.transaction() as tx:
        await interactions.assign(tx, interaction_id=contact.id, agent_id=AgentId(next_one.agent.id))
    account = await next_one.get(f"/desk/contacts/{contact.id}/account")
    assert scene.subject.plan in account.text


async def test_whoever_signs_in_anew_finds_the_contact_with_the_level_of_the_contact_and_no_other(
    world: World,
) -> None:
    person, scene = await fresh(world)
    low, high = await another(world, scene, person), await another(world, scene, person, level=2)
    again = await world.centre.browser(person.agent)
    assert (await again.get(f"/desk/contacts/{low.id}/account")).status_code == 403
    assert (await again.get(f"/desk/contacts/{high.id}/account")).status_code == 200


async def test_each_look_is_on_record_before_the_page_left(world: World) -> None:
    person, scene = await fresh(world)
    contact = await another(world, scene, person, level=2)
    for path, act in (("", "view.contact"), ("/panel", "view.customer"), ("/account", "view.plan")):
        answer = await person.get(f"/desk/contacts/{contact.id}{path}")
        assert answer.status_code == 200
        async with world.centre.house.database.transaction() as tx:
            rows = await tx.scalar(
                select(func.count()).where(
                    audit_entries.c.interaction_id == contact.id,
                    audit_entries.c.act == act,
                    audit_entries.c.actor == f"agent:{person.agent.id}",
                    audit_entries.c.customer_id == scene.customer_id,
                )
            )
        assert rows == 1, act
