"""Opening a case beside the conversation: own words as said, facts apart, nothing asked twice."""

import re
from uuid import UUID, uuid4

import pytest

from qiao import cases
from qiao.cases import WholeCase
from qiao.kernel.ids import CaseId
from tests.desk.centre import SAID, Centre, Person

UNWANTED = "complaint/billing/unwanted_value_added_service"


async def opened(centre: Centre, person: Person, interaction_id: UUID, **more: object) -> WholeCase:
    """Open a case as the form does, and read it."""
    fields = {
        "category": UNWANTED,
        "own_words": SAID,
        "key": str(uuid4()),
        "facts.text_copy": "验证码17",
        "declarations": "owner_asked_for_nothing",
        "tried.step": ["looked for subscriptions", ""],
        "tried.outcome": ["nothing on record", ""],
        "ask": ["short_code", "sender_number"],
        **more,
    }
    answer = await person.post(f"/desk/contacts/{interaction_id}/case", **fields)
    assert answer.status_code == 200, answer.text[-1500:]
    found = re.search(r'href="/desk/cases/([0-9a-f-]{36})"', answer.text)
    assert found is not None
    async with centre.house.database.transaction() as tx:
        return await cases.case(tx, CaseId(UUID(found[1])))


async def test_the_form_holds_what_he_said_and_asks_by_category(centre: Centre, wang: Person) -> None:
    contact = await centre.contact(wang, customer=centre.shi)
    path = f"/desk/contacts/{contact.id}/case"
    assert SAID in await wang.text(path)
    chosen = await wang.post(f"{path}/category", category=UNWANTED, own_words="as said", key=str(uuid4()))
    assert "as said" in chosen.text
    assert "code the text came from" in chosen.text
    assert "本人作为机主声明" in chosen.text


async def test_a_case_keeps_words_facts_declarations_and_what_was_tried_apart(centre: Centre, wang: Person) -> None:
    contact = await centre.contact(wang, customer=centre.shi)
    whole = await opened(centre, wang, contact.id)
    assert [one.text for one in whole.words] == [SAID]
    assert {(one.key, one.value) for one in whole.facts} == {("text_copy", "验证码17")}
    assert [one.key for one in whole.declarations] == ["owner_asked_for_nothing"]
    assert [(one.step, one.outcome) for one in whole.tried] == [("looked for subscriptions", "nothing on record")]
    assert {item.key for request in whole.requests for item in request.open_items} == {"short_code", "sender_number"}
    assert whole.case.owner_id == wang.agent.id
    assert whole.interactions == (contact.id,)


async def test_the_same_form_sent_twice_opens_one_case(centre: Centre, wang: Person) -> None:
    contact = await centre.contact(wang, customer=centre.shi)
    key = str(uuid4())
    first = await opened(centre, wang, contact.id, key=key)
    again = await opened(centre, wang, contact.id, key=key)
    assert first.case.id == again.case.id


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"category": "no/such/thing", "own_words": "x"},
        {"category": UNWANTED, "own_words": ""},
        {"category": UNWANTED, "own_words": "x" * 9_000},
        {"category": UNWANTED, "own_words": "a\x00b"},
        {"category": UNWANTED, "own_words": "x", "facts.short_code": "not digits"},
        {"category": UNWANTED, "own_words": "x", "facts.<b>": "1"},
    ],
)
async def test_a_form_that_cannot_be_taken_comes_back_with_what_was_typed(
    centre: Centre, wang: Person, fields: dict[str, str]
) -> None:
    contact = await centre.contact(wang, customer=centre.shi)
    answer = await wang.post(f"/desk/contacts/{contact.id}/case", title="typed before", **fields)
    assert answer.status_code == 400, answer.text[-500:]
    assert "case-form" in answer.text


async def test_the_next_agent_sees_all_of_it_and_is_told_not_to_ask_again(centre: Centre, wang: Person) -> None:
    li = await centre.sign_in("Li")
    first = await centre.contact(wang, customer=centre.shi)
    whole = await opened(centre, wang, first.id)
    await wang.post(f"/desk/contacts/{first.id}/wrap-up", disposition="case_opened")
    second = await centre.contact(li, customer=centre.shi, said="the code is 3737")
    page = await li.text(f"/desk/contacts/{second.id}")
    assert whole.case.title in page
    assert "contact" in page
    card = await li.text(f"/desk/contacts/{second.id}/matter/{whole.case.id}")
    for told in (SAID, "验证码17", "looked for subscriptions", "nothing on record", "本人作为机主声明"):
        assert told in card
    form = await li.post(f"/desk/contacts/{second.id}/case/category", category=UNWANTED, key=str(uuid4()))
    assert whole.case.number in form.text
    assert "验证码17" in form.text


async def test_what_he_tells_now_answers_what_he_was_asked(centre: Centre, wang: Person) -> None:
    contact = await centre.contact(wang, customer=centre.shi)
    whole = await opened(centre, wang, contact.id)
    here = f"/desk/contacts/{contact.id}/matter/{whole.case.id}"
    answer = await wang.post(f"{here}/facts", **{"facts.short_code": "３７３７"})
    assert answer.status_code == 200, answer.text[-800:]
    assert "3737" in answer.text
    async with centre.house.database.transaction() as tx:
        now = await cases.case(tx, whole.case.id)
    assert {item.key for request in now.requests for item in request.open_items} == {"sender_number"}
    assert "3737" in now.case.watch_terms
    refused = await wang.post(f"{here}/facts", **{"facts.sender_number": "abc"})
    assert refused.status_code == 400
    assert "expected here" in refused.text


@pytest.mark.parametrize(
    ("act", "fields"),
    [
        ("link", {}),
        ("note", {"text": "watch the next bill"}),
        ("words", {"text": "and another thing"}),
        ("tried", {"step": "called the provider", "outcome": "no answer"}),
        ("promise", {"what": "look at the next bill", "due": "tomorrow"}),
        ("told", {"text": "nothing on record yet"}),
        ("ask", {"items": "received_at"}),
        ("ask", {"question": "Which phone do you use?"}),
        ("declare", {"declaration": "charge_not_accepted"}),
        ("read", {}),
    ],
)
async def test_everything_that_belongs_to_a_matter_can_be_put_on_record(
    centre: Centre, wang: Person, act: str, fields: dict[str, str]
) -> None:
    contact = await centre.contact(wang, customer=centre.shi)
    whole = await opened(centre, wang, contact.id)
    answer = await wang.post(f"/desk/contacts/{contact.id}/matter/{whole.case.id}/{act}", **fields)
    assert answer.status_code == 200, answer.text[-800:]
    for told in (value for name, value in fields.items() if name in ("text", "step", "what")):
        assert told in answer.text


@pytest.mark.parametrize("act", ["note", "words", "tried", "promise", "told", "ask", "facts", "declare"])
async def test_an_empty_form_is_refused_beside_its_field(centre: Centre, wang: Person, act: str) -> None:
    contact = await centre.contact(wang, customer=centre.shi)
    whole = await opened(centre, wang, contact.id)
    answer = await wang.post(f"/desk/contacts/{contact.id}/matter/{whole.case.id}/{act}")
    assert answer.status_code == 400, (act, answer.text[-300:])


@pytest.mark.parametrize("act", ["resolve", "severity", "hand", "nonsense"])
async def test_what_belongs_to_the_cases_own_page_is_not_done_from_here(centre: Centre, wang: Person, act: str) -> None:
    contact = await centre.contact(wang, customer=centre.shi)
    whole = await opened(centre, wang, contact.id)
    answer = await wang.post(f"/desk/contacts/{contact.id}/matter/{whole.case.id}/{act}", kind="remedied", what="x")
    assert answer.status_code == 404


async def test_another_customers_case_is_not_reached_through_my_contact(centre: Centre, wang: Person) -> None:
    first = await centre.contact(wang, customer=centre.shi)
    whole = await opened(centre, wang, first.id)
    other = await centre.contact(wang, customer=centre.li)
    assert (await wang.get(f"/desk/contacts/{other.id}/matter/{whole.case.id}")).status_code == 404
    answer = await wang.post(f"/desk/contacts/{other.id}/matter/{whole.case.id}/note", text="x")
    assert answer.status_code == 404


async def test_a_note_may_be_left_on_the_matter(centre: Centre, wang: Person) -> None:
    contact = await centre.contact(wang, customer=centre.shi)
    whole = await opened(centre, wang, contact.id)
    answer = await wang.post(f"/desk/contacts/{contact.id}/note", text="for the next", case_id=str(whole.case.id))
    assert answer.status_code == 200
    async with centre.house.database.transaction() as tx:
        assert [one.text for one in (await cases.case(tx, whole.case.id)).notes] == ["for the next"]
