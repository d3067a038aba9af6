"""The chat of the former holder is his, also while it goes on: the new holder begins one of his own."""

from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest
import pytest_asyncio

from qiao import customers, interactions
from qiao.kernel.ids import CustomerId, InteractionId
from qiao.kernel.service_ids import ServiceId
from tests.access.scenes import Scene, World
from tests.access.test_a_number_that_changes_hands import Heir
from tests.access.test_nothing_leaks_before_proof import secrets_of
from tests.desk.centre import Person

pytestmark = pytest.mark.asyncio(loop_scope="module")
SAID = "my neighbour must not read this"


@dataclass
class Chats:
    """The former holder with an open chat, still signed in; the heir, signed in with the number; a second number."""

    former: Scene
    of_former: Person
    conversation: InteractionId
    heir_id: CustomerId
    of_heir: Person
    second: ServiceId
    of_former_again: Person

    def told(self, text: str) -> list[str]:
        """What of the former holder stands there; the number itself is the heir's own now."""
        number = self.former.subject.number.value[3:]
        return [word for word in (*secrets_of(self.former), SAID) if word != number and word in text]


async def chat(person: Person, path: str, **sent: Any) -> httpx.Response:
    """As the chat's own script calls on the strength of a session."""
    headers = {"x-csrf-token": person.session.csrf}
    return await person.http.post(f"/chat/{path}", json={"site": "portal", "session": True, **sent}, headers=headers)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chats(world: World) -> Chats:
    former = await world.scene(("agent", "none", 0, True))
    of_former = await world.customer(former)
    begun = await chat(of_former, "messages", key="key-00000001", text=SAID)
    assert begun.status_code == 200, begun.text
    heir = Heir(world.made + 1, "centre", former.subject.number)
    second = ServiceId("mobile", "+8613899990001")
    world.made += 1
    world.operator.know(heir)
    kept = world.operator.know(Heir(former.subject.n, "centre", second))
    async with world.centre.house.database.transaction() as tx:
        heir_id = (await customers.keep(tx, heir.finding())).id
        assert (await customers.keep(tx, kept.finding())).id == former.customer_id
    return Chats(
        former,
        of_former,
        InteractionId(begun.json()["conversation"]),
        heir_id,
        await world.customer(replace(former, subject=heir, customer_id=heir_id)),
        second,
        await world.customer(replace(former, subject=kept)),
    )


async def test_the_new_holder_finds_no_chat_and_begins_his_own(world: World, chats: Chats) -> None:
    for conversation, last in ((None, None), (str(chats.conversation), 0)):
        answer = await chat(chats.of_heir, "poll", conversation=conversation, last=last)
        assert answer.status_code == 200, answer.text
        assert chats.told(answer.text) == []
        assert str(chats.conversation) not in answer.text
    plain = await chats.of_heir.get("/chat/plain")
    assert plain.status_code == 200
    assert chats.told(plain.text) == []
    said = await chat(chats.of_heir, "messages", key="key-00000001", text="good morning")
    assert said.status_code == 200, "the same key as the former's, and still a message of his own"
    assert said.json()["conversation"] != str(chats.conversation)
    async with world.centre.house.database.transaction() as tx:
        begun = await interactions.interaction(tx, InteractionId(said.json()["conversation"]))
        entries = (await interactions.timeline(tx, chats.heir_id)).entries
    assert (begun.customer_id, begun.level) == (chats.heir_id, 0)
    assert {entry.interaction_id for entry in entries} == {begun.id}


async def test_the_former_holder_comes_no_more_through_the_number_that_went(world: World, chats: Chats) -> None:
    for path, sent in (("visits", {}), ("poll", {}), ("messages", {"key": "key-00000002", "text": "still here?"})):
        answer = await chat(chats.of_former, path, **sent)
        assert answer.headers["x-refusal-code"] == "chat.visit_not_known", path
        assert SAID not in answer.text
    plain = await chats.of_former.get("/chat/plain")
    assert (plain.status_code, plain.headers["location"][:8]) == (303, "/sign-in")


async def test_through_a_number_that_is_still_his_he_finds_his_chat_and_his_matters(chats: Chats) -> None:
    answer = await chat(chats.of_former_again, "poll")
    assert SAID in answer.text
    assert str(chats.conversation) in answer.text
    mine = await chats.of_former_again.get(f"/matters/{chats.former.case_id}")
    assert mine.status_code == 200
    assert chats.former.words in mine.text
