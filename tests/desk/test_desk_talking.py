"""Talking in a contact: said once however often it is sent, kept when refused, handed on, written up."""

from uuid import uuid4

import pytest

from qiao import interactions, routing
from qiao.interactions import DISPOSITIONS
from qiao.kernel.ids import AgentId
from tests.desk.centre import Centre, Person

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"


async def said_in(centre: Centre, interaction_id: object) -> list[str]:
    async with centre.house.database.transaction() as tx:
        return [one.text for one in await interactions.messages_after(tx, interaction_id)]


async def test_a_draft_survives_a_reload_and_goes_with_the_message(centre: Centre, wang: Person) -> None:
    contact = await centre.contact(wang, customer=centre.shi)
    path = f"/desk/contacts/{contact.id}"
    assert (await wang.post(f"{path}/draft", text="half a sentence 你好")).status_code == 204
    assert "half a sentence 你好" in await wang.text(path)
    answer = await wang.post(f"{path}/say", text="half a sentence 你好 and the rest", key=f"desk-{uuid4()}")
    assert answer.status_code == 200
    assert "half a sentence" not in answer.text
    assert await said_in(centre, contact.id) == ["我误回了一条短信", "half a sentence 你好 and the rest"]
    async with centre.house.database.transaction() as tx:
        assert await interactions.draft(tx, contact.id, AgentId(wang.agent.id)) is None


async def test_the_same_key_says_it_once(centre: Centre, wang: Person) -> None:
    contact = await centre.contact(wang, customer=centre.shi)
    key = f"desk-{uuid4()}"
    for _ in range(3):
        await wang.post(f"/desk/contacts/{contact.id}/say", text="once", key=key)
    assert (await said_in(centre, contact.id)).count("once") == 1


@pytest.mark.parametrize(
    ("text", "status"),
    [("", 400), ("   \n ", 400), ("a\x00b", 400), ("x" * 20_001, 413), ("<script>alert(1)</script>", 200)],
)
async def test_odd_words_are_refused_or_shown_as_they_are(centre: Centre, wang: Person, text: str, status: int) -> None:
    contact = await centre.contact(wang, customer=centre.shi)
    answer = await wang.post(f"/desk/contacts/{contact.id}/say", text=text, key=f"desk-{uuid4()}")
    assert answer.status_code == status
    assert "<script>alert" not in await wang.text(f"/desk/contacts/{contact.id}")


async def test_in_a_call_nothing_is_typed_to_the_customer_and_a_key_is_no_topic(centre: Centre, wang: Person) -> None:
    contact = await centre.contact(wang, customer=centre.shi, said="0", channel="voice")
    path = f"/desk/contacts/{contact.id}"
    shown = await wang.text(path)
    assert "reply-text" not in shown and "In a call nothing is typed to the customer" in shown
    headers = {"x-csrf-token": wang.session.csrf, "hx-request": "true"}
    file = {"file": ("a.png", PNG, "image/png")}
    for answer in (
        await wang.post(f"{path}/say", text="hello", key=f"desk-{uuid4()}"),
        await wang.http.post(f"{path}/files", files=file, headers=headers),
    ):
        assert answer.headers["x-refusal-code"] == "desk.said_not_typed"
    assert await said_in(centre, contact.id) == ["0"]
    assert (await centre.now(contact.id)).topic == ""


async def test_what_cannot_be_read_as_a_form_is_refused(centre: Centre, wang: Person) -> None:
    contact = await centre.contact(wang, customer=centre.shi)
    headers = {"x-csrf-token": wang.session.csrf, "content-type": "multipart/form-data; boundary=x"}
    answer = await wang.http.post(f"/desk/contacts/{contact.id}/say", content=b"\xff\xfe junk", headers=headers)
    assert answer.status_code == 400


async def test_a_file_goes_as_a_message_and_comes_back_inactive(centre: Centre, wang: Person) -> None:
    contact = await centre.contact(wang, customer=centre.shi)
    path = f"/desk/contacts/{contact.id}"
    headers = {"x-csrf-token": wang.session.csrf, "hx-request": "true"}
    sent = await wang.http.post(f"{path}/files", files={"file": ("a.png", PNG, "image/png")}, headers=headers)
    assert sent.status_code == 204, sent.text[-500:]
    async with centre.house.database.transaction() as tx:
        kept = (await interactions.messages_after(tx, contact.id))[-1].attachment
    assert kept is not None
    answer = await wang.get(f"{path}/files/{kept.file_id}")
    assert answer.status_code == 200
    assert "sandbox" in answer.headers["content-security-policy"]
    lying = await wang.http.post(f"{path}/files", files={"file": ("a.png", b"<html>", "image/png")}, headers=headers)
    assert lying.status_code == 415
    other = await centre.contact(wang, customer=centre.li)
    assert (await wang.get(f"/desk/contacts/{other.id}/files/{kept.file_id}")).status_code == 404


async def test_what_was_seen_is_no_longer_unread(centre: Centre, wang: Person) -> None:
    contact = await centre.contact(wang, customer=centre.shi)
    assert contact.unread == 1
    for seq in ("1", "999999999999", "-1", "abc", ""):
        assert (await wang.post(f"/desk/contacts/{contact.id}/read", seq=seq)).status_code == 204
    async with centre.house.database.transaction() as tx:
        assert (await interactions.interaction(tx, contact.id)).unread == 0


async def test_a_transfer_takes_everything_along(centre: Centre, wang: Person) -> None:
    li = await centre.sign_in("Li")
    contact = await centre.contact(wang, customer=centre.shi)
    path = f"/desk/contacts/{contact.id}"
    assert "VIP desk" in await wang.text(f"{path}/transfer")
    answer = await wang.post(
        f"{path}/transfer", desk_id=str(centre.desk_id), agent_id=str(li.agent.id), text="he waits for 3737"
    )
    assert answer.headers["hx-redirect"] == "/desk"
    assert (await wang.get(path)).status_code == 404
    await centre.give(contact.id, li)
    shown = await li.text(path)
    assert "he waits for 3737" in shown
    assert "我误回了一条短信" in shown


@pytest.mark.parametrize("desk_id", ["", "nonsense", "01a20000-0000-7000-8000-000000000001"])
async def test_a_transfer_to_nowhere_changes_nothing(centre: Centre, wang: Person, desk_id: str) -> None:
    contact = await centre.contact(wang, customer=centre.shi)
    answer = await wang.post(f"/desk/contacts/{contact.id}/transfer", desk_id=desk_id, text="x")
    assert answer.status_code == 400
    async with centre.house.database.transaction() as tx:
        assert (await interactions.interaction(tx, contact.id)).agent_id == wang.agent.id


async def test_ending_leaves_the_write_up_and_writing_up_frees_the_agent(centre: Centre, wang: Person) -> None:
    contact = await centre.contact(wang, customer=centre.shi)
    path = f"/desk/contacts/{contact.id}"
    assert (await wang.post(f"{path}/end")).headers["hx-redirect"] == path
    assert "has ended" in await wang.text(path)
    assert (await wang.post(f"{path}/say", text="too late")).status_code == 409
    asked = await wang.text(f"{path}/wrap-up")
    assert all(key in asked for key in DISPOSITIONS)
    assert (await wang.post(f"{path}/wrap-up", disposition="nonsense")).status_code == 400
    answer = await wang.post(f"{path}/wrap-up", disposition="solved", note="all well", topic="odd text")
    assert answer.headers["hx-redirect"] == "/desk"
    async with centre.house.database.transaction() as tx:
        over = await interactions.interaction(tx, contact.id)
        held = await routing.my_contacts(tx, AgentId(wang.agent.id))
    assert (over.disposition, over.wrap_note, over.topic) == ("solved", "all well", "odd text")
    assert contact.id not in {one.interaction_id for one in held}
    assert (await wang.get(path)).status_code == 404


async def test_a_note_stands_on_the_timeline_for_the_next_agent(centre: Centre, wang: Person) -> None:
    li = await centre.sign_in("Li")
    contact = await centre.contact(wang, customer=centre.shi)
    answer = await wang.post(f"/desk/contacts/{contact.id}/note", text="call him after six")
    assert answer.status_code == 200
    assert (await wang.post(f"/desk/contacts/{contact.id}/note", text=" ")).status_code == 400
    later = await centre.contact(li, customer=centre.shi)
    assert "call him after six" in await li.text(f"/desk/contacts/{later.id}")


async def test_a_note_about_nobody_is_refused(centre: Centre, wang: Person) -> None:
    contact = await centre.contact(wang)
    answer = await wang.post(f"/desk/contacts/{contact.id}/note", text="who is this")
    assert answer.status_code == 409
    assert "who is this" in answer.text
