"""Suggestions beside a conversation: fetched, permission-checked, explained; they insert and open, and never act."""

import re
from collections.abc import Sequence

import pytest
from sqlalchemy import func, select

from qiao import assist, interactions, knowledge
from qiao.assist import Advice, Assistant, AssistantAway
from qiao.interactions import Interaction
from qiao.platform.audit import audit_entries
from qiao.platform.policy import Level
from tests.desk.centre import Centre, Person

ANSWER = "发送 QX 到 10086 就能退订彩铃。"


class Scripted:
    """An assistant that says what a test wrote down, and remembers what it was asked and what was on record then."""

    name = "scripted"

    def __init__(self, centre: Centre, *, away: bool = False) -> None:
        self.centre, self.away = centre, away
        self.heard: list[tuple[Sequence[str], Sequence[str], str]] = []
        self.on_record: list[int] = []

    async def advise(self, said: Sequence[str], sources: Sequence[str], language: str) -> Advice:
        self.heard.append((said, sources, language))
        async with self.centre.house.database.transaction() as tx:
            wanted = select(func.count()).select_from(audit_entries)
            self.on_record.append(await tx.scalar(wanted.where(audit_entries.c.act == "export.to_assistant")))
        if self.away:
            raise AssistantAway
        return Advice((), "机器说：发 QX 退订。")


@pytest.fixture
async def articles(centre: Centre) -> None:
    async with centre.house.database.transaction() as tx:
        for code, title, body, audience in (
            ("ring", "怎么退订彩铃", ANSWER, "customer"),
            ("inner", "退订彩铃的内部话术", "内部：不要告诉客户成本价。", "staff"),
        ):
            await knowledge.ensure_article(
                tx, code=code, title=title, body=body, language="zh-CN", audience=audience, tags=("彩铃",)
            )
    async with centre.house.database.transaction() as tx:
        await assist.shelf_of(centre.house).ready(tx)


async def says(centre: Centre, contact: Interaction, text: str) -> None:
    async with centre.house.database.transaction() as tx:
        await interactions.say(tx, interaction_id=contact.id, author_kind="customer", text=text)


def state_of(shown: str) -> str:
    found = re.search(r"suggestions\?after=([0-9-]+)", shown)
    assert found is not None
    return found[1]


@pytest.mark.usefixtures("articles")
async def test_an_article_for_customers_goes_into_the_reply_and_one_for_staff_is_only_read(
    centre: Centre, wang: Person
) -> None:
    contact = await centre.contact(wang, customer=centre.shi, said="我要退订彩铃")
    shown = await wang.text(f"/desk/contacts/{contact.id}/suggestions")
    assert f'data-text="{ANSWER}"' in shown
    assert "because of: 退订彩铃" in shown
    assert "退订彩铃的内部话术" in shown
    assert "成本价" not in shown
    assert 'data-alt-key="1"' in shown


@pytest.mark.usefixtures("articles")
async def test_it_is_fetched_anew_only_when_the_customer_said_something_new(centre: Centre, wang: Person) -> None:
    contact = await centre.contact(wang, customer=centre.shi, said="我要退订彩铃")
    path = f"/desk/contacts/{contact.id}/suggestions"
    state = state_of(await wang.text(path))
    assert (await wang.get(f"{path}?after={state}")).status_code == 204
    await wang.post(f"/desk/contacts/{contact.id}/say", text="好的，请稍等", key="desk-00000001")
    assert (await wang.get(f"{path}?after={state}")).status_code == 204, "the agent's own words change nothing"
    await says(centre, contact, "算了，帮我查一下账单")
    fresh = await wang.get(f"{path}?after={state}")
    assert fresh.status_code == 200
    assert "Bill" in fresh.text
    assert ANSWER not in fresh.text
    await says(centre, contact, "嗯嗯")
    assert "Bill" in await wang.text(path), "words that mean nothing leave what was meant before"


async def test_a_service_opens_its_form_only_after_proof_and_orders_nothing_by_itself(
    centre: Centre, wang: Person
) -> None:
    unknown = await centre.contact(wang, customer=centre.shi, said="我的地址错了，要改地址")
    shown = await wang.text(f"/desk/contacts/{unknown.id}/suggestions")
    assert "opens once he has proved who he is" in shown
    assert "service?code=" not in shown
    assert (await wang.get(f"/desk/contacts/{unknown.id}/service?code=correct_address")).status_code == 403
    proven = await centre.contact(wang, customer=centre.li, level=Level.ONE_FACTOR, said="要换个便宜的套餐 change plan")
    shown = await wang.text(f"/desk/contacts/{proven.id}/suggestions")
    assert "service?code=change_plan" in shown
    form = await wang.text(f"/desk/contacts/{proven.id}/service?code=change_plan")
    assert 'name="plan_code"' in form
    assert 'name="agreed"' in form
    assert centre.operator.done == []


@pytest.mark.parametrize("code", ["", "no_such", "balance", "give_credit", "\x00", "x" * 500])
async def test_what_is_no_service_to_order_has_no_form(centre: Centre, wang: Person, code: str) -> None:
    contact = await centre.contact(wang, customer=centre.shi, level=Level.ONE_FACTOR)
    answer = await wang.http.get(f"/desk/contacts/{contact.id}/service", params={"code": code})
    assert answer.status_code == 404


async def test_whoever_has_not_the_contact_gets_no_suggestions(centre: Centre, wang: Person) -> None:
    li = await centre.sign_in("Li")
    contact = await centre.contact(wang, customer=centre.shi)
    for path in ("suggestions", "suggestions?after=1-0-1", "service?code=correct_address"):
        assert (await li.get(f"/desk/contacts/{contact.id}/{path}")).status_code == 404
    assert (await li.post(f"/desk/contacts/{contact.id}/advice")).status_code == 404


async def test_without_the_operators_leave_no_machine_is_asked(centre: Centre, wang: Person) -> None:
    contact = await centre.contact(wang, customer=centre.shi, said="查账单")
    assert "Let the machine draft" not in await wang.text(f"/desk/contacts/{contact.id}/suggestions")
    answer = await wang.post(f"/desk/contacts/{contact.id}/advice")
    assert answer.headers["x-refusal-code"] == "assist.assistant_off"
    assert await centre.audited("export.to_assistant", contact.id) == 0


@pytest.mark.usefixtures("articles")
async def test_a_machines_draft_is_marked_and_its_asking_is_on_record_before_words_leave(
    centre: Centre, wang: Person
) -> None:
    scripted = Scripted(centre)
    centre.house.ports[Assistant] = scripted
    contact = await centre.contact(wang, customer=centre.shi, said="我要退订彩铃，号码 13900007763")
    assert "Let the machine draft" in await wang.text(f"/desk/contacts/{contact.id}/suggestions")
    shown = await wang.post(f"/desk/contacts/{contact.id}/advice")
    assert shown.status_code == 200
    assert "A machine’s draft" in shown.text
    assert "机器说：发 QX 退订。" in shown.text
    ((said, sources, language),) = scripted.heard
    assert said == ["我要退订彩铃，号码 […]"]
    assert language == "zh-CN"
    assert not any("成本价" in one for one in sources), "what is for staff alone does not leave"
    assert scripted.on_record[0] >= 1
    assert await centre.audited("export.to_assistant", contact.id) == 1
    async with centre.house.database.transaction() as tx:
        told = [one.text for one in await interactions.messages_after(tx, contact.id)]
    assert told == ["我要退订彩铃，号码 13900007763"], "nothing was said to the customer"


@pytest.mark.usefixtures("articles")
async def test_a_machine_that_is_away_leaves_the_suggestions_as_they_were(centre: Centre, wang: Person) -> None:
    centre.house.ports[Assistant] = Scripted(centre, away=True)
    contact = await centre.contact(wang, customer=centre.shi, said="我要退订彩铃")
    shown = await wang.post(f"/desk/contacts/{contact.id}/advice")
    assert shown.status_code == 200
    assert "does not answer" in shown.text
    assert ANSWER in shown.text
