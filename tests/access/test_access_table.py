"""The whole table over HTTP: every route, every kind of caller, every way in which something may stand to him."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Final

import httpx
import pytest

from qiao.platform import sessions
from qiao.platform.web.server import handlers_of
from tests.access.knocking import alike, ask_of, knock, opens_socket, path_of, told
from tests.access.rules import STAFF, Rule, at_the_door, expected, named_routes, rule_of
from tests.access.scenes import CHAT, NUMBER, Scene, Stands, World, missing

pytestmark = pytest.mark.slow

on_one_loop: Final = pytest.mark.asyncio(loop_scope="module")
ROLES: Final = sorted(STAFF)
CLOSELY: Final = ("agent", "team_leader")
"""Tried at every level and in both units; what the other roles differ in is their rights."""
CONTACT_BASES: Final = ("none", "colleague", "own", "owner")
CASE_BASES: Final = ("none", "colleague", "own", "owner", "desk")
COUNTED: Final[Counter[str]] = Counter()
"""Cells tried so far, by test."""


def test_every_route_of_the_house_is_named_by_one_rule_and_every_rule_names_a_route(world: World) -> None:
    there = [
        f"{method} {route.path_format}"
        for route in world.centre.app.routes
        for handler in getattr(route, "route_handlers", None) or [route.route_handler]  # type: ignore[union-attr]
        for method in getattr(handler, "http_methods", {"WS"}) - {"OPTIONS"}
    ]
    assert len(list(handlers_of(world.centre.app))) == len(there)
    assert sorted(there) == sorted(named_routes())
    for named in there:
        rule_of(named)


def ways(rule: Rule) -> Iterable[Stands]:
    """Every cell of a rule about somebody."""
    bases = CASE_BASES if rule.about == "case" else CONTACT_BASES
    for role in ROLES:
        units = (True, False) if role in CLOSELY else (True,)
        for basis, same_unit in product(bases, units):
            told_apart = (
                basis == "own" or rule.about != "case"
            )  # a case has no level but that of its customer's contact
            for level in (0, 2) if role in CLOSELY and told_apart else (0,):
                yield role, basis, level, same_unit


def ids_of(scene: Scene, route: str) -> dict[str, object]:
    return {
        "interaction_id": scene.contact_id,
        "other_id": scene.other_id,
        "file_id": scene.other_file_id if "{other_id}" in route else scene.file_id,
        "case_id": scene.case_id,
        "request_id": scene.request_id,
        "act": "note",
    }


def routes_about(*about: str) -> list[str]:
    return [route for route in named_routes() if rule_of(route).about in about]


@dataclass(frozen=True)
class Caller:
    """Somebody at the door with a browser of his own; `counts_as` is how the table calls him."""

    name: str
    counts_as: str
    cookies: Mapping[str, str]
    csrf: str = ""


async def callers(world: World, *, leaving: bool = False) -> list[Caller]:
    """Every kind of caller, and two who bring a good session to the wrong side; who is leaving is nobody else's."""
    people = dict(world.people)
    if leaving:
        people = {role: await world.centre.sign_in("Leaving", role=role) for role in people}
    customer = await world.customer(await world.scene(("agent", "none", 0, True)))
    agent = world.people["agent"]
    return [
        Caller("nobody", "nobody", {}),
        Caller("customer", "customer", {"qiao_customer": customer.token}, customer.session.csrf),
        Caller("customer at the desk", "nobody", {"qiao_staff": customer.token}, customer.session.csrf),
        Caller("agent on the portal", "nobody", {"qiao_customer": agent.token}, agent.session.csrf),
        *(Caller(role, role, {"qiao_staff": one.token}, one.session.csrf) for role, one in people.items()),
    ]


@on_one_loop
@pytest.mark.parametrize("route", [route for route in routes_about("") if not route.startswith("WS")])
async def test_a_door_opens_to_whom_the_table_names(world: World, route: str) -> None:
    rule = rule_of(route)
    ids = {
        "article_id": world.article_id,
        "code_id": world.campaign_code_id,
        "code": "case.opened",
        "number": NUMBER,
        "key": CHAT,
        "service_code": "correct_address",
        "flow_code": "main_menu",
        "order_id": missing(),
        "session_id": missing(),
        "name": "chat.css",
        "language": "en",
        "path": "x",
        "file_id": missing(),
        "token": "no-token-of-ours",
        "ref": "pay_nothing",
        "interaction_id": missing(),
        "agent_id": missing(),
        "verb": "listen" if "/lead/" in route else "hold",
    }
    for caller in await callers(world, leaving=ask_of(route).leaves):
        async with world.http(caller.cookies) as http:
            answer = await knock(http, route, ids, csrf=caller.csrf)
        COUNTED["door"] += 1
        met = told(route, answer)
        if ask_of(route).leaves and caller.counts_as != "nobody" and await is_over(world, caller):
            met = "opens"  # it did what it is for
        assert met == at_the_door(rule, caller.counts_as), f"{caller.name}: {answer.text[-300:]}"


async def is_over(world: World, caller: Caller) -> bool:
    """Whether his session opens nothing any more."""
    async with world.centre.house.database.transaction() as tx:
        for side, cookie in (("staff", "qiao_staff"), ("customer", "qiao_customer")):
            found = await sessions.find(tx, token=caller.cookies.get(cookie, ""), audience=side)
            if found is not None and found.locked_at is None:
                return False
    return True


@on_one_loop
@pytest.mark.parametrize("route", [route for route in routes_about("") if route.startswith("WS")])
async def test_a_socket_opens_to_whom_the_table_names(world: World, route: str) -> None:
    rule = rule_of(route)
    for caller in await callers(world):
        opened = await opens_socket(world.centre.app, path_of(route, {}), cookies=caller.cookies)
        COUNTED["door"] += 1
        assert opened == (at_the_door(rule, caller.counts_as) == "opens"), caller.name


@on_one_loop
@pytest.mark.parametrize("route", routes_about("contact", "matter", "case"))
async def test_a_contact_or_case_opens_on_its_basis_at_its_level_and_in_its_unit(world: World, route: str) -> None:
    some = list(ways(rule_of(route)))
    scenes = {stands: await world.scene(stands) for stands in some}
    nowhere: dict[str, str] = {}
    for role in ROLES:
        ids = {name: missing() if name.endswith("_id") else of for name, of in ids_of(scenes[some[0]], route).items()}
        person = world.people[role]
        nowhere[role] = alike(await knock(person.http, route, ids, csrf=person.session.csrf), ids)
    await asyncio.gather(*(one_cell(world, route, stands, scene, nowhere) for stands, scene in scenes.items()))


async def one_cell(world: World, route: str, stands: Stands, scene: Scene, nowhere: Mapping[str, str]) -> None:
    """Knock once; whatever is not opened is told apart from nothing, and tells nothing."""
    role, basis, level, same_unit = stands
    ids, person = ids_of(scene, route), world.people[role]
    async with world.at_once:
        answer = await knock(person.http, route, ids, csrf=person.session.csrf)
    wanted = expected(rule_of(route), role, basis=basis, level=level, same_unit=same_unit)
    COUNTED["matter"] += 1
    assert told(route, answer) == wanted, f"{stands}: {answer.text[-300:]}"
    if wanted == "opens":
        must_be_reticent(answer, scene, level if basis in ("own", "colleague") else 0)
        if ask_of(route).spends:
            del world.scenes[stands]
        return
    for word in (*scene.subject.words, scene.subject.name, scene.words):
        assert word not in answer.text
    if wanted != "not_proven":
        assert alike(answer, ids) == nowhere[role], f"{stands}: told apart from what is not there"


def must_be_reticent(answer: httpx.Response, scene: Scene, level: int) -> None:
    """Before proof nobody reads his name, number or account."""
    if level >= 2:
        return
    for word in (*scene.subject.words, scene.subject.name, scene.subject.number.value[3:]):
        assert word not in answer.text, word


@on_one_loop
@pytest.mark.parametrize("route", [one for one in routes_about("contact", "matter") if one.count("{") > 1])
async def test_what_lies_within_a_contact_opens_only_in_that_contact(world: World, route: str) -> None:
    person = world.people["agent"]
    mine = ids_of(await world.scene(("agent", "own", 2, True)), route)
    strange = (("agent", "own", 0, True), ("agent", "none", 0, True), ("agent", "none", 0, False))
    others = [ids_of(await world.scene(stands), route) for stands in strange]
    within = [name for name in ("other_id", "file_id", "case_id") if f"{{{name}}}" in route]
    for name in within:
        nowhere = {**mine, name: missing()}
        wanted = alike(await knock(person.http, route, nowhere, csrf=person.session.csrf), nowhere)
        assert wanted.startswith("404 ")
        for other in others:
            ids = {**mine, name: other[name]}
            answer = await knock(person.http, route, ids, csrf=person.session.csrf)
            COUNTED["within"] += 1
            assert alike(answer, ids) == wanted, f"{name} of somebody else"


@on_one_loop
@pytest.mark.parametrize("route", routes_about("offer"))
async def test_an_offer_is_there_only_for_whom_it_was_made(world: World, route: str) -> None:
    rule = rule_of(route)
    free = {role: await world.centre.sign_in("Free", role=role) for role in ROLES}
    for role, offered_to, same_unit in product(ROLES, ("nobody", "me", "colleague"), (True, False)):
        person = free[role]
        scene = await world.scene((role, f"offer {offered_to}", 0, same_unit))
        offered = {"me": person, "colleague": world.colleague}.get(offered_to)
        if offered is not None:
            await world.centre.offer(scene.contact_id, offered)
        ids = ids_of(scene, route)
        answer = await knock(person.http, route, ids, csrf=person.session.csrf)
        del world.scenes[role, f"offer {offered_to}", 0, same_unit]
        wanted = at_the_door(rule, role)
        if wanted == "opens" and (offered_to != "me" or not same_unit):
            wanted = "not_found"
        COUNTED["offer"] += 1
        assert told(route, answer) == wanted, f"{role} {offered_to} {same_unit}: {answer.text[-300:]}"
        if wanted != "opens":
            nowhere = {"interaction_id": missing()}
            missed = await knock(person.http, route, nowhere, csrf=person.session.csrf)
            assert alike(answer, ids) == alike(missed, nowhere)


@on_one_loop
@pytest.mark.parametrize("route", routes_about("colleague"))
async def test_a_leader_looks_at_his_own_people_only(world: World, route: str) -> None:
    rule = rule_of(route)
    assert world.colleague is not None and world.stranger is not None
    for role in ROLES:
        person = world.people[role]
        here = await world.scene((role, "colleague", 0, True))
        there = await world.scene((role, "colleague", 0, False))
        free = await world.scene((role, "none", 0, True))
        of_somebody = {
            "his agent, her contact": (world.colleague, here, "opens"),
            "his agent, a stranger's contact": (world.colleague, there, "not_found"),
            "his agent, a contact that waits": (world.colleague, free, "not_found"),
            "a stranger": (world.stranger, there, "not_found"),
            "a stranger, his agent's contact": (world.stranger, here, "not_found"),
        }
        for name, (agent, scene, there_is) in of_somebody.items():
            if "{interaction_id}" not in route and "," in name and there_is != "opens":
                continue
            ids = {"agent_id": agent.agent.id, "interaction_id": scene.contact_id}
            answer = await knock(person.http, route, ids, csrf=person.session.csrf)
            wanted = there_is if role in rule.who else at_the_door(rule, role)
            COUNTED["colleague"] += 1
            assert told(route, answer) == wanted, f"{role}, {name}: {answer.text[-300:]}"
            if wanted == "opens":
                must_be_reticent(answer, scene, 0)
                continue
            nowhere = {**ids, "agent_id": missing()}
            missed = await knock(person.http, route, nowhere, csrf=person.session.csrf)
            assert alike(answer, ids) == alike(missed, nowhere)


@on_one_loop
@pytest.mark.parametrize("route", routes_about("own_matter"))
async def test_a_customer_has_his_own_matters_only(world: World, route: str) -> None:
    rule = rule_of(route)
    mine, other = await world.scene(("agent", "none", 0, True)), await world.scene(("agent", "own", 2, True))
    nowhere = {"case_id": missing(), "request_id": missing()}
    asked = {
        "his": {"case_id": mine.case_id, "request_id": mine.request_id},
        "another's": {"case_id": other.case_id, "request_id": other.request_id},
        "none": nowhere,
        "his with another's request": {"case_id": mine.case_id, "request_id": other.request_id},
        "another's with his request": {"case_id": other.case_id, "request_id": mine.request_id},
    }
    for caller in await callers(world):
        answers = {}
        async with world.http(caller.cookies) as http:
            for name, ids in asked.items():
                answers[name] = await knock(http, route, ids, csrf=caller.csrf)
                COUNTED["own matter"] += 1
        met = at_the_door(rule, caller.counts_as)
        assert told(route, answers["his"]) == met, f"{caller.name}: {answers['his'].text[-300:]}"
        strange = ["another's", "another's with his request"]
        if "{request_id}" in str(ask_of(route).form):
            strange.append("his with another's request")
        for name in strange:
            assert alike(answers[name], asked[name]) == alike(answers["none"], nowhere), f"{caller.name}, {name}"
            assert met != "opens" or told(route, answers[name]) == "not_found"
            assert other.words not in answers[name].text


@on_one_loop
async def test_the_figures_are_for_this_machine_only(world: World) -> None:
    async with world.http(address="203.0.113.9") as far:
        assert (await far.get("/metrics")).status_code == 404


def test_the_table_is_as_large_as_it_is_said_to_be() -> None:
    """Only where the whole module ran; a cell that is no longer tried would not be missed otherwise."""
    if all(COUNTED.get(name) for name in ("door", "matter", "within", "offer", "colleague", "own matter")):
        assert sum(COUNTED.values()) >= 3000, COUNTED
