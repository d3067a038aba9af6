"""A contact over HTTP: whoever has it sees and acts, nobody else finds it, and nothing opens before proof."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest

from qiao import cases, interactions, routing
from qiao.kernel.ids import AgentId, CaseId, CustomerId
from qiao.kernel.origin import Origin
from qiao.kernel.service_ids import ServiceId
from qiao.platform.policy import Level
from tests.desk.centre import Centre, Person
from tests.desk.operator import SECRET_LINE, unwanted

NOBODY = "01a20000-0000-7000-8000-000000000001"

LOOKS = [
    "",
    "/head",
    "/stream",
    "/panel",
    "/panel/now",
    "/older",
    "/earlier",
    f"/earlier/{NOBODY}",
    f"/files/{NOBODY}",
    f"/earlier/{NOBODY}/files/{NOBODY}",
    "/account",
    "/bill?month=2026-11",
    "/usage?month=2026-11",
    "/plans",
    "/provider?short_code=3737",
    "/identify",
    "/transfer",
    "/wrap-up",
    "/case",
    "/note",
    f"/matter/{NOBODY}",
]
ACTS = [
    "/say",
    "/draft",
    "/read",
    "/files",
    "/code",
    "/identify",
    "/orders",
    "/transfer",
    "/end",
    "/wrap-up",
    "/accept",
    "/decline",
    "/case",
    "/case/category",
    "/note",
    f"/matter/{NOBODY}/note",
]


@pytest.mark.parametrize("path", LOOKS)
async def test_a_foreign_contact_is_answered_as_a_missing_one(centre: Centre, wang: Person, path: str) -> None:
    chen = await centre.sign_in("Chen")
    foreign = await centre.contact(chen, customer=centre.shi, level=Level.ONE_FACTOR)
    answers = [await wang.get(f"/desk/contacts/{one}{path}") for one in (foreign.id, uuid4())]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].text.replace(str(foreign.id), "") == answers[1].text.replace(str(answers[1].url.path), "") or (
        "kernel.not_found" in answers[0].text and "kernel.not_found" in answers[1].text
    )
    assert "7763" not in answers[0].text


@pytest.mark.parametrize("path", ACTS)
async def test_nothing_can_be_done_in_a_foreign_contact(centre: Centre, wang: Person, path: str) -> None:
    chen = await centre.sign_in("Chen")
    foreign = await centre.contact(chen, customer=centre.shi, level=Level.ONE_FACTOR)
    fields = {"text": "x", "code": "cancel_all_subscriptions", "number": "13900001234", "key": str(uuid4())}
    for one in (foreign.id, uuid4()):
        answer = await wang.post(f"/desk/contacts/{one}{path}", **fields)
        assert answer.status_code == 404, (path, answer.text[-400:])
    async with centre.house.database.transaction() as tx:
        assert await interactions.interaction(tx, foreign.id) == foreign


async def test_the_page_shows_what_was_said_and_masks_who_said_it(centre: Centre, wang: Person) -> None:
    contact = await centre.contact(wang, customer=centre.shi)
    shown = await wang.text(f"/desk/contacts/{contact.id}")
    assert "我误回了一条短信" in shown
    assert "师**" in shown
    assert "师先生" not in shown
    assert "139 **** 7763" in shown
    assert "+8613900007763" not in shown


async def test_a_strangers_number_stands_there_masked_with_its_country_and_once(centre: Centre, wang: Person) -> None:
    contact = await centre.contact(wang, service=ServiceId("mobile", "+2290197123456"))
    head = await wang.text(f"/desk/contacts/{contact.id}/head")
    assert head.count("+229 019 **** 3456") == 1
    assert "97123456" not in await wang.text(f"/desk/contacts/{contact.id}")


@pytest.mark.parametrize("path", ["/account", "/bill?month=2026-11", "/usage?month=2026-11", "/plans"])
@pytest.mark.parametrize("level", [Level.UNKNOWN, Level.NUMBER_SEEN])
async def test_the_account_stays_shut_before_proof(centre: Centre, wang: Person, path: str, level: Level) -> None:
    contact = await centre.contact(wang, customer=centre.shi, level=level)
    answer = await wang.get(f"/desk/contacts/{contact.id}{path}")
    assert answer.status_code == 403
    assert answer.headers["x-refusal-code"] == "platform.identity_not_proven"
    assert SECRET_LINE not in answer.text
    assert "Gold plan" not in answer.text


async def test_the_bill_opens_after_proof_and_the_view_is_on_record(centre: Centre, wang: Person) -> None:
    contact = await centre.contact(wang, customer=centre.shi, level=Level.ONE_FACTOR)
    assert await centre.audited("view.bill", contact.id) == 0
    shown = await wang.text(f"/desk/contacts/{contact.id}/bill?month=2026-11")
    assert SECRET_LINE in shown
    assert await centre.audited("view.bill", contact.id) == 1
    await wang.text(f"/desk/contacts/{contact.id}/bill?month=2026-11")
    assert await centre.audited("view.bill", contact.id) == 1


async def test_the_account_tells_plan_balance_and_services(centre: Centre, wang: Person) -> None:
    centre.operator.planted.append(unwanted())
    contact = await centre.contact(wang, customer=centre.shi, level=Level.ONE_FACTOR)
    shown = await wang.text(f"/desk/contacts/{contact.id}/account")
    for told in ("Gold plan", "12.80", "Photo album", "3737", "750 MB / 1,000 MB"):
        assert told in shown, told


async def test_an_operator_that_is_away_does_not_break_the_page(centre: Centre, wang: Person) -> None:
    contact = await centre.contact(wang, customer=centre.shi, level=Level.ONE_FACTOR)
    centre.operator.away = True
    shown = await wang.text(f"/desk/contacts/{contact.id}/account")
    assert "does not answer" in shown
    assert (await wang.get(f"/desk/contacts/{contact.id}/bill?month=2026-11")).status_code == 503


async def test_what_the_operator_last_said_is_shown_with_its_date_while_he_is_away(
    centre: Centre, wang: Person
) -> None:
    contact = await centre.contact(wang, customer=centre.li, level=Level.ONE_FACTOR)
    assert "last told it" not in await wang.text(f"/desk/contacts/{contact.id}/account")
    centre.operator.away = True
    shown = await wang.text(f"/desk/contacts/{contact.id}/account")
    assert "As the operator last told it" in shown
    assert "does not answer" in shown


async def test_a_provider_is_nobodys_secret(centre: Centre, wang: Person) -> None:
    contact = await centre.contact(wang)
    assert "易图通" in await wang.text(f"/desk/contacts/{contact.id}/provider?short_code=3737")
    assert "No provider" in await wang.text(f"/desk/contacts/{contact.id}/provider?short_code=9999")
    assert "Type the digits" in await wang.text(f"/desk/contacts/{contact.id}/provider?short_code=' or 1=1")


async def test_a_number_that_an_agent_typed_opens_nothing(centre: Centre, wang: Person) -> None:
    before = await centre.contact(wang, customer=centre.shi, said="an old secret of his")
    contact = await centre.contact(wang, said="hello")
    answer = await wang.post(f"/desk/contacts/{contact.id}/identify", number="139 0000 7763")
    assert answer.status_code == 200, answer.text[-500:]
    shown = await wang.text(f"/desk/contacts/{contact.id}")
    assert "139 **** 7763" in shown
    main = shown.split('id="contact-head"')[1]
    assert "师" not in main
    assert "an old secret" not in main
    assert (await wang.get(f"/desk/contacts/{contact.id}/earlier/{before.id}")).status_code == 404
    async with centre.house.database.transaction() as tx:
        await interactions.prove_level(
            tx, interaction_id=contact.id, level=Level.ONE_FACTOR, method="one_time_code", customer_id=centre.shi
        )
    proven = await wang.text(f"/desk/contacts/{contact.id}")
    assert "师先生" in proven
    assert "an old secret of his" in await wang.text(f"/desk/contacts/{contact.id}/earlier/{before.id}")


async def test_the_service_password_is_asked_for_and_never_shown(centre: Centre) -> None:
    wang = await centre.sign_in("Wang", role="senior_agent")
    contact = await centre.contact(wang, customer=centre.shi, level=2)
    account = await wang.text(f"/desk/contacts/{contact.id}/account")
    assert "asks for a second proof" in account
    answer = await wang.post(f"/desk/contacts/{contact.id}/password")
    assert answer.status_code == 200
    assert "you never see it" in answer.text
    async with centre.house.database.transaction() as tx:
        assert (await interactions.interaction(tx, contact.id)).proof_asked == "service_password"
        await interactions.prove_level(
            tx, interaction_id=contact.id, level=Level.TWO_FACTORS, method="service_password"
        )
    assert await centre.audited("do.ask_password", contact.id) == 1
    assert "asks for a second proof" not in await wang.text(f"/desk/contacts/{contact.id}/account")
    nobody = await centre.contact(wang)
    refused = await wang.post(f"/desk/contacts/{nobody.id}/password")
    assert refused.headers["x-refusal-code"] == "interactions.proof_without_customer"


@pytest.mark.parametrize("number", ["", "abc", "1" * 5000, "139\x0000007763", "+8613999999999"])
async def test_a_number_that_is_none_is_refused_in_words(centre: Centre, wang: Person, number: str) -> None:
    contact = await centre.contact(wang)
    answer = await wang.post(f"/desk/contacts/{contact.id}/identify", number=number)
    assert answer.status_code in (400, 409), answer.text[-500:]


async def test_the_agent_asks_for_a_code_and_never_sees_it(centre: Centre, wang: Person) -> None:
    from sqlalchemy import text

    contact = await centre.contact(wang, customer=centre.shi)
    answer = await wang.post(f"/desk/contacts/{contact.id}/code")
    assert answer.status_code == 200, answer.text[-500:]
    assert "A code goes to 139 **** 7763" in answer.text
    async with centre.house.database.transaction() as tx:
        assert (await interactions.interaction(tx, contact.id)).proof_asked == "one_time_code"
        sent = (await tx.rows(text("select * from post_messages")))[-1]
    digits = "".join(c for c in str(sent["text"]) if c.isdigit())[:6]
    assert len(digits) == 6
    assert digits not in answer.text
    assert digits not in await wang.text(f"/desk/contacts/{contact.id}")


async def test_no_code_goes_to_a_number_that_nobody_holds_any_more(
    centre: Centre, wang: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nobody(_: ServiceId) -> None:
        return None

    contact = await centre.contact(wang, customer=centre.shi)
    monkeypatch.setattr(centre.operator, "holder_of", nobody)
    refused = await wang.post(f"/desk/contacts/{contact.id}/code")
    assert refused.headers["x-refusal-code"] == "desk.nobody_has_this_number"
    async with centre.house.database.transaction() as tx:
        assert (await interactions.interaction(tx, contact.id)).proof_asked is None


async def test_a_supervisor_looks_on_and_does_not_act(centre: Centre, wang: Person) -> None:
    liu = await centre.sign_in("Liu", role="team_leader")
    contact = await centre.contact(wang, customer=centre.shi)
    assert "looking on" in await liu.text(f"/desk/contacts/{contact.id}")
    assert (await liu.post(f"/desk/contacts/{contact.id}/say", text="hi")).status_code == 404
    assert (await liu.get(f"/desk/contacts/{contact.id}/account")).status_code == 403


async def test_whoever_plans_or_administers_sees_no_conversation(centre: Centre, wang: Person) -> None:
    contact = await centre.contact(wang, customer=centre.shi)
    for role in ("planner", "administrator"):
        person = await centre.sign_in(role, role=role)
        assert (await person.get(f"/desk/contacts/{contact.id}")).status_code == 404


async def test_a_leader_of_another_unit_does_not_find_it(centre: Centre, wang: Person) -> None:
    contact = await centre.contact(wang, customer=centre.shi)
    other = await centre.sign_in("Other", role="team_leader", unit_id=centre.other_unit_id)
    assert (await other.get(f"/desk/contacts/{contact.id}")).status_code == 404


async def test_earlier_contacts_fold_to_a_line_and_unfold_to_what_was_said(centre: Centre, wang: Person) -> None:
    earlier = await centre.contact(wang, customer=centre.shi, said="the number was 1729")
    await wang.post(f"/desk/contacts/{earlier.id}/wrap-up", disposition="told_to_wait", note="n", topic="odd text")
    contact = await centre.contact(wang, customer=centre.shi, said="it is me again")
    shown = await wang.text(f"/desk/contacts/{contact.id}")
    assert "odd text" in shown
    assert "the number was 1729" not in shown
    assert "the number was 1729" in await wang.text(f"/desk/contacts/{contact.id}/earlier/{earlier.id}")
    assert await centre.audited("view.earlier_contact", contact.id) == 1


async def test_a_strangers_earlier_contact_is_not_among_them(centre: Centre, wang: Person) -> None:
    foreign = await centre.contact(wang, customer=centre.li, said="hers")
    contact = await centre.contact(wang, customer=centre.shi)
    assert (await wang.get(f"/desk/contacts/{contact.id}/earlier/{foreign.id}")).status_code == 404


async def test_my_work_shows_offers_conversations_and_where_i_stand(centre: Centre, wang: Person) -> None:
    mine = await centre.contact(wang, customer=centre.shi)
    waiting = await centre.contact(None, customer=centre.li, said="I need help")
    await centre.offer(waiting.id, wang)
    shown = await wang.text("/desk")
    assert f"/desk/contacts/{mine.id}" in shown
    assert f"/desk/contacts/{waiting.id}/accept" in shown
    assert "M** L**" in shown
    assert "Not ready" in shown


async def test_an_offer_of_a_desk_that_waits_for_nobody_says_that_it_is_urgent(centre: Centre, wang: Person) -> None:
    waiting = await centre.contact(None, customer=centre.li)
    await centre.offer(waiting.id, wang)
    assert "urgent" not in await wang.text("/desk/work")
    async with centre.house.database.transaction() as tx:
        names, at = {"zh-CN": "VIP 专席", "en": "VIP desk"}, {"unit_id": centre.unit_id, "entry_points": ("portal",)}
        await routing.ensure_desk(tx, code="vip", names=names, urgent=True, **at)
    assert "urgent" in await wang.text("/desk/work")


async def test_an_offer_can_be_declined_and_then_is_gone(centre: Centre, wang: Person) -> None:
    waiting = await centre.contact(None, customer=centre.li)
    await centre.offer(waiting.id, wang)
    assert (await wang.post(f"/desk/contacts/{waiting.id}/decline")).status_code == 204
    assert (await wang.post(f"/desk/contacts/{waiting.id}/accept")).status_code == 409
    assert f"{waiting.id}/accept" not in await wang.text("/desk/work")


async def test_presence_is_set_with_a_reason_and_a_wrong_one_refused(centre: Centre, wang: Person) -> None:
    assert (await wang.post("/desk/presence", status="ready")).status_code == 200
    async with centre.house.database.transaction() as tx:
        assert (await routing.presence_of(tx, AgentId(wang.agent.id))).status == "ready"
    assert "meal" in (await wang.post("/desk/presence", status="lunch")).text
    assert (await wang.post("/desk/presence", status="drunk")).status_code == 400


async def test_a_second_browser_takes_the_seat_and_the_first_is_told(centre: Centre, wang: Person) -> None:
    second = await centre.browser(wang.agent)
    assert "another browser" in await wang.text("/desk/presence")
    assert "another browser" not in await second.text("/desk/presence")
    assert (await wang.post("/desk/presence/seat")).status_code == 200
    assert "another browser" not in await wang.text("/desk/presence")
    assert "another browser" in await second.text("/desk/presence")


async def test_a_form_without_the_token_changes_nothing(centre: Centre, wang: Person) -> None:
    contact = await centre.contact(wang, customer=centre.shi)
    answer = await wang.http.post(f"/desk/contacts/{contact.id}/say", data={"text": "x"})
    assert answer.status_code == 403


async def test_the_matter_of_somebody_unknown_stands_beside_the_contact_that_is_about_it_and_no_other_does(
    centre: Centre, wang: Person
) -> None:
    contact = await centre.contact(wang)

    async def matter(title: str, customer: CustomerId | None) -> CaseId:
        async with centre.house.database.transaction() as tx:
            return await cases.open_case(
                tx, customer_id=customer, category_code="inquiry/other", own_words="…help", title=title,
                origin=Origin("voice", None, "system:voice"), desk_id=centre.desk_id, unit_id=centre.unit_id,
            )  # fmt: skip

    mine, _ = await matter("Cut off abroad", None), await matter("Somebody else’s", None)
    assert "Cut off abroad" not in (await wang.get(f"/desk/contacts/{contact.id}")).text
    async with centre.house.database.transaction() as tx:
        await cases.link_interaction(tx, case_id=mine, interaction_id=contact.id, by="system:voice")
        await cases.promise(
            tx, case_id=mine, what="Ask how he is", due_at=tx.now + timedelta(days=1), agent_id=wang.agent.id
        )
    shown = (await wang.get(f"/desk/contacts/{contact.id}")).text
    assert "Cut off abroad" in shown and "Somebody else’s" not in shown
    assert "contact 1 on" in shown and "promised" in shown and "Find out who it is" not in shown
    beside = await wang.get(f"/desk/contacts/{contact.id}/matter/{mine}")
    assert "…help" in beside.text and "Ask how he is" in beside.text


async def test_the_word_for_whoever_takes_over_a_contact_of_somebody_unknown_is_before_him_and_not_the_customer(
    centre: Centre, wang: Person
) -> None:
    zhao, word = await centre.sign_in("赵颖"), "He wants his old bills"
    contact = await centre.contact(wang)
    handed = await wang.post(
        f"/desk/contacts/{contact.id}/transfer", desk_id=str(centre.desk_id), agent_id="", text=word
    )
    assert handed.status_code in (200, 204, 303), handed.text[-500:]
    await centre.give(contact.id, zhao)
    assert word in (await zhao.get(f"/desk/contacts/{contact.id}/stream")).text
    assert word in (await zhao.get(f"/desk/contacts/{contact.id}/wrap-up")).text
    async with centre.house.database.transaction() as tx:
        said = await interactions.messages_after(tx, contact.id, 0, 10)
    assert all(word not in one.text for one in said), "what the customer reads is the conversation"


async def test_a_customer_who_did_not_pick_up_is_said_so_and_that_is_what_is_chosen_first(
    centre: Centre, wang: Person
) -> None:
    contact = await centre.contact(wang, customer=centre.shi)
    async with centre.house.database.transaction() as tx:
        await interactions.end_interaction(tx, interaction_id=contact.id, reason="busy")
    assert "the customer’s line was busy" in await wang.text(f"/desk/contacts/{contact.id}/head")
    asked = await wang.text(f"/desk/contacts/{contact.id}/wrap-up")
    assert re.search(r'value="no_answer"[^>]* checked', asked) and asked.count(" checked>") == 1
