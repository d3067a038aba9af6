"""The customer's word: by the link he was sent, on his own page; altered or used twice it is refused in words."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from qiao import cases, customers
from qiao.bss.sandbox import CAST
from qiao.cases.asking_out import sign_link
from qiao.cases.confirming import ask_customer
from qiao.cases.settling import happened
from qiao.cases.store import verifications
from qiao.cases.store_proof import case_checks
from qiao.kernel.ids import AgentId, CaseId, new_id
from qiao.kernel.origin import Origin
from qiao.platform.signing import Keys

if TYPE_CHECKING:
    from tests.portal.conftest import Visitor

SHI, LIN = CAST[0].service, CAST[1].service
ME = AgentId(new_id())


async def proved(visitor: Visitor) -> tuple[CaseId, str]:
    """A case of his that is proved, and the path of the link that asks him."""
    house = visitor.house
    house.ports.setdefault(Keys, Keys.of(house.settings))
    shi = await customers.recognize(house, SHI)
    assert shi is not None
    async with house.database.transaction() as tx:
        whole = {"customer_id": shi.id, "service_id": SHI, "own_words": "套餐怎么算？"}
        case_id = await cases.open_case(tx, **whole, category_code="inquiry/other", origin=Origin("chat"), agent_id=ME)
    async with house.database.transaction() as tx:
        await cases.resolve_case(tx, case_id=case_id, kind="remedied", what="Said so", agent_id=ME)
    async with house.database.transaction() as tx:
        [resolution] = (await cases.case(tx, case_id)).resolutions
        row = {"case_id": case_id, "at": tx.now, "by": "system:proof", "resolution_id": resolution.id}
        planned = select(case_checks.c.condition).where(case_checks.c.resolution_id == resolution.id)
        for check in await tx.rows(planned):
            seen = {"condition": check["condition"], "outcome": "passed", "evidence": {}}
            await tx.execute(verifications.insert().values(id=new_id(), **row, **seen))
        await happened(tx, await cases.case_alone(tx, case_id), "check_passed", by="system:proof")
        case = await cases.case_alone(tx, case_id)
        assert case.status == "verified"
        question = await ask_customer(tx, case=case, resolution_id=resolution.id)
        assert question is not None
    return case_id, sign_link(house, question).removeprefix(house.settings.address.rstrip("/"))


async def status(visitor: Visitor, case_id: CaseId) -> str:
    async with visitor.house.database.transaction() as tx:
        return (await cases.case_alone(tx, case_id)).status


async def test_the_link_shows_the_question_and_nothing_of_the_matter_and_is_good_for_one_answer(
    visitor: Visitor,
) -> None:
    case_id, link = await proved(visitor)
    shown = await visitor.get(link)
    assert shown.status_code == 200, shown.text[-300:]
    assert "套餐怎么算" not in shown.text
    assert "师" not in shown.text
    assert (await visitor.post(link, {"solved": "perhaps"})).status_code == 400
    assert await status(visitor, case_id) == "verified"
    assert "已办结" in (await visitor.post(link, {"solved": "yes"})).text
    assert await status(visitor, case_id) == "closed"
    again = await visitor.post(link, {"solved": "no"})
    assert (again.status_code, again.headers["x-refusal-code"]) == (409, "cases.answered_before")
    assert await status(visitor, case_id) == "closed"


async def test_a_no_reopens_it_at_the_head_and_the_link_is_spent(visitor: Visitor) -> None:
    case_id, link = await proved(visitor)
    assert (await visitor.post(link, {"solved": "no", "words": "还在扣费"})).status_code == 200
    async with visitor.house.database.transaction() as tx:
        whole = await cases.case(tx, case_id)
    assert whole.case.returned_at is not None
    assert whole.words[-1].text == "还在扣费"
    assert (await visitor.get(link)).headers["x-refusal-code"] == "cases.answered_before"


@pytest.mark.parametrize("broken", ["cut", "altered", "nonsense"])
async def test_an_altered_link_is_refused_in_words(visitor: Visitor, broken: str) -> None:
    case_id, link = await proved(visitor)
    bad = {"cut": link[:-9], "altered": link[:-12] + "AAAAAAAAAAAA", "nonsense": "/confirm/x"}[broken]
    for answer in (await visitor.get(bad), await visitor.post(bad, {"solved": "yes"})):
        assert (answer.status_code, answer.headers["x-refusal-code"]) == (403, "platform.link_not_valid")
    assert await status(visitor, case_id) == "verified"


async def test_he_adds_what_else_there_is_and_his_resting_matter_is_live_again(visitor: Visitor) -> None:
    case_id, _ = await proved(visitor)
    path = f"/matters/{case_id}/add"
    await visitor.sign_in(LIN)
    assert (await visitor.send(path, {"text": "not mine"})).status_code == 404
    await visitor.send("/sign-out", {})
    await visitor.sign_in(SHI)
    for odd in ("", " ", "x" * 50_000):
        refused = await visitor.send(path, {"text": odd})
        assert refused.status_code == 400
        assert "add-wrong" in refused.text
    assert (await visitor.send(path, {"text": "昨天又扣了一次"})).status_code == 303
    assert "昨天又扣了一次" in (await visitor.get(f"/matters/{case_id}")).text


async def test_a_link_that_is_too_old_is_refused_in_words(visitor: Visitor) -> None:
    case_id, link = await proved(visitor)
    token = link.rpartition("/")[2]
    question = visitor.house.get(Keys).signer("cases.confirmation").read(token, now=visitor.house.clock.now())
    long_ago = visitor.house.clock.now() - timedelta(days=31)
    old = visitor.house.get(Keys).signer("cases.confirmation").sign(question, now=long_ago, seconds=86_400 * 30)
    for answer in (await visitor.get(f"/confirm/{old}"), await visitor.post(f"/confirm/{old}", {"solved": "yes"})):
        assert (answer.status_code, answer.headers["x-refusal-code"]) == (410, "platform.link_expired")
    assert await status(visitor, case_id) == "verified"


async def test_on_his_own_page_he_confirms_and_rates_and_nobody_else_does(visitor: Visitor) -> None:
    case_id, _ = await proved(visitor)
    await visitor.sign_in(LIN)
    assert (await visitor.send(f"/matters/{case_id}/confirm", {"solved": "yes"})).status_code == 404
    assert (await visitor.send(f"/matters/{case_id}/rate", {"stars": "1"})).status_code == 404
    await visitor.send("/sign-out", {})
    await visitor.sign_in(SHI)
    assert "问题解决了吗" in (await visitor.get(f"/matters/{case_id}")).text
    assert (await visitor.send(f"/matters/{case_id}/confirm", {"solved": "yes"})).status_code == 303
    assert await status(visitor, case_id) == "closed"
    page = (await visitor.get(f"/matters/{case_id}?confirmed=yes")).text
    assert "您对处理是否满意" in page
    assert (await visitor.send(f"/matters/{case_id}/rate", {"stars": "9"})).status_code == 400
    assert (await visitor.send(f"/matters/{case_id}/rate", {"stars": "5"})).status_code == 303
    assert "您对处理是否满意" not in (await visitor.get(f"/matters/{case_id}")).text
