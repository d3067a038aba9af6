"""Is it solved? Asked in the chat of whoever proved who he is, and answered there."""

from uuid import uuid4

import pytest
from sqlalchemy import select

from qiao import cases, interactions
from qiao.cases.confirming import ask_customer
from qiao.cases.settling import happened, locked
from qiao.cases.store import verifications
from qiao.cases.store_proof import case_checks
from qiao.customers import customer_of
from qiao.kernel.ids import AgentId, CaseId, CustomerId, InteractionId, new_id
from qiao.kernel.origin import Origin
from qiao.platform.database import Transaction
from qiao.platform.policy import Level
from tests.chat.conftest import Server
from tests.chat.test_proving import HIS, claimed, house

__all__ = ["house"]


async def asked(server: Server, customer_id: CustomerId) -> CaseId:
    """A case of his that every check has passed."""
    agent_id = AgentId(new_id())
    async with server.house.database.transaction() as tx:
        case_id = await cases.open_case(
            tx, customer_id=customer_id, category_code="inquiry/other", own_words="?", origin=Origin("chat"),
            service_id=HIS, agent_id=agent_id,
        )  # fmt: skip
        await cases.resolve_case(tx, case_id=case_id, kind="explained", what="All shown", agent_id=agent_id)
        resolution_id = (await cases.case(tx, case_id)).resolutions[-1].id
        row = {"case_id": case_id, "by": "system:check", "interaction_id": None, "resolution_id": resolution_id}
        planned = select(case_checks.c.condition).where(case_checks.c.resolution_id == resolution_id)
        for one in await tx.rows(planned):
            told = {"condition": one["condition"], "outcome": "passed", "evidence": {}}
            await tx.execute(verifications.insert().values(**row, **told, id=new_id(), at=tx.now))
        await happened(tx, await locked(tx, case_id), "checked", by="system:check")
        await ask_customer(tx, case=await locked(tx, case_id), resolution_id=resolution_id)
    return case_id


async def proved(tx: Transaction, contact: InteractionId) -> CustomerId:
    told = {"level": Level.ONE_FACTOR, "method": "one_time_code"}
    person = await customer_of(tx, HIS)
    assert person is not None
    await interactions.prove_level(tx, interaction_id=contact, customer_id=person.id, **told)  # type: ignore[arg-type]
    return person.id


@pytest.mark.parametrize(("says", "status"), [("yes", "closed"), ("no", "open")])
async def test_whoever_proved_who_he_is_is_asked_and_answers(server: Server, says: str, status: str) -> None:
    async with server.tab(await server.visit()) as tab:
        contact = await claimed(server, tab)
        async with server.house.database.transaction() as tx:
            person = await customer_of(tx, HIS)
        assert person is not None
        case_id = await asked(server, person.id)
        await tab.send(t="solved", question=str(uuid4()), solved="yes")
        await tab.frame("refused", code="cases.nothing_asked")
        assert not any(frame.get("question") for frame in tab.frames), "a number that he only named shows nothing"
        async with server.house.database.transaction() as tx:
            await proved(tx, contact)
        await tab.until(lambda tab: any(frame.get("question") for frame in tab.frames))
        question = next(frame["question"] for frame in tab.frames if frame.get("question"))
        async with server.house.database.transaction() as tx:
            assert question["number"] == (await cases.case_alone(tx, case_id)).number
        await tab.send(t="solved", question="x", solved="yes")
        await tab.frame("refused", code="chat.frame_not_understood")
        await tab.send(t="solved", question=question["id"], solved=says)
        await tab.frame("answered", solved=says)
        async with server.house.database.transaction() as tx:
            whole = await cases.case(tx, case_id)
        assert whole.case.status in (status, "waiting_for_us")
        assert contact in whole.interactions
        await tab.send(t="solved", question=question["id"], solved="yes")
        await tab.until(lambda tab: [f.get("code") for f in tab.frames].count("cases.nothing_asked") == 2)
