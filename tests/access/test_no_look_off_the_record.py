"""Who looked is on record before he sees: what cannot be put on record is not shown, and no question is asked."""

from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from qiao.kernel.ids import InteractionId
from qiao.platform import audit
from qiao.platform.audit import audit_entries
from tests.access.knocking import CASE
from tests.access.rules import named_routes
from tests.access.scenes import Scene, World
from tests.access.telltale import MONTH
from tests.access.test_nothing_leaks_before_proof import contact_pages, tells

pytestmark = pytest.mark.asyncio(loop_scope="module")


class OffTheRecord(Exception):
    """The log of looks is full, broken or away."""


async def none(*_: Any, **__: Any) -> None:
    raise OffTheRecord


def nothing_is_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a look alone nor many at once."""
    monkeypatch.setattr(audit, "record", none)
    monkeypatch.setattr(audit, "record_views", none)


def pages_of(scene: Scene) -> list[str]:
    """Every page and part that tells of the customer of this contact."""
    contact, query = f"/desk/contacts/{scene.contact_id}", f"?month={MONTH}&short_code=3737"
    of_case = [route.removeprefix("GET ") for route in named_routes() if route.startswith(f"GET {CASE}")]
    return [
        *contact_pages(InteractionId(scene.contact_id)),
        *(route.format(case_id=scene.case_id, act="note", file_id=scene.file_id) for route in of_case),
        f"{contact}/earlier/{scene.other_id}{query}",
        f"{contact}/matter/{scene.case_id}",
    ]


def told(answer: httpx.Response, scene: Scene) -> set[str]:
    """What of him stands there; an id alone says nothing to people."""
    return set(tells(answer, scene)) - {str(scene.customer_id), str(scene.case_id), str(scene.other_id)}


@pytest.mark.slow
@pytest.mark.parametrize(("level", "at_least"), [(0, 6), (2, 12)])
async def test_what_cannot_be_put_on_record_is_not_shown(
    world: World, monkeypatch: pytest.MonkeyPatch, level: int, at_least: int
) -> None:
    person, scene = world.people["agent"], await world.scene(("agent", "own", level, True))
    telling = [path for path in pages_of(scene) if told(await person.get(path), scene)]
    assert len(telling) >= at_least, telling
    nothing_is_recorded(monkeypatch)
    assert {path: said for path in telling if (said := told(await person.get(path), scene))} == {}


@pytest.mark.slow
async def test_whoever_looks_over_a_shoulder_is_on_record_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    scene, leader = await world.scene(("agent", "colleague", 2, True)), world.people["team_leader"]
    assert world.colleague is not None
    over_it = f"/desk/team/agents/{world.colleague.agent.id}/contacts/{scene.contact_id}"
    paths = [over_it, *pages_of(scene)]
    telling = [path for path in paths if told(await leader.get(path), scene)]
    assert over_it in telling
    nothing_is_recorded(monkeypatch)
    assert {path: said for path in telling if (said := told(await leader.get(path), scene))} == {}


async def test_the_operator_is_asked_after_the_asking_is_on_record(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, scene = world.people["agent"], await world.scene(("agent", "own", 2, True))
    asked: dict[str, int] = {}
    acts = {"plan": "plan", "balance": "balance", "bills": "bills", "subscriptions": "services_list", "bill": "bill"}

    def watched(name: str, act: str) -> Any:
        truly = getattr(world.operator, name)

        async def ask(*given: Any, **more: Any) -> Any:
            mine = select(func.count()).where(
                audit_entries.c.interaction_id == scene.contact_id,
                audit_entries.c.actor == f"agent:{person.agent.id}",
                audit_entries.c.customer_id == scene.customer_id,
                audit_entries.c.act == f"view.{act}",
            )
            async with world.centre.house.database.transaction() as tx:  # another one: it sees what is committed
                asked[act] = int(await tx.scalar(mine))
            return await truly(*given, **more)

        return ask

    for name, act in acts.items():
        monkeypatch.setattr(world.operator, name, watched(name, act))
    assert (await person.get(f"/desk/contacts/{scene.contact_id}/account")).status_code == 200
    assert (await person.get(f"/desk/contacts/{scene.contact_id}/bill?month={MONTH}")).status_code == 200
    assert asked == dict.fromkeys(acts.values(), 1)


async def test_what_is_refused_asks_the_operator_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    person, scene = world.people["agent"], await world.scene(("agent", "own", 0, True))
    for name in ("plan", "balance", "bills", "bill", "subscriptions", "usage", "plans_offered"):
        monkeypatch.setattr(world.operator, name, none)
    for part in ("account", "bill", "usage", "plans"):
        answer = await person.get(f"/desk/contacts/{scene.contact_id}/{part}?month={MONTH}")
        assert answer.headers["x-refusal-code"] == "platform.identity_not_proven", part
