"""A code, then the service password, typed into the chat: what each proves, and that neither is kept or shown."""

import re
from uuid import UUID

import pytest
from sqlalchemy import text

from qiao import customers, interactions
from qiao.bss import Operator
from qiao.bss.sandbox import CAST, SandboxOperator, fill, misbehave, party_ref, transfer_number
from qiao.interactions import Interaction
from qiao.kernel.ids import InteractionId
from qiao.kernel.origin import Origin
from qiao.kernel.service_ids import ServiceId
from qiao.platform.house import House
from qiao.platform.policy import Level
from tests.chat.conftest import Server, Tab

HIS = CAST[0].service
PASSWORD = HIS.value[-6:]


@pytest.fixture
async def house(house: House) -> House:
    house.ports[Operator] = SandboxOperator(house.database)
    async with house.database.transaction() as tx:
        await fill(tx, customers=20)
        await misbehave(tx, None)
        await tx.execute(text("truncate one_time_codes, proof_tries, post_messages, rate_limits"))
    return house


async def claimed(server: Server, tab: Tab) -> InteractionId:
    """A conversation of somebody who says he holds the number."""
    await tab.frame("snapshot")
    await tab.say("key-00000001", "我的密码要重置")
    contact = InteractionId(UUID((await tab.acked("key-00000001"))["conversation"]))
    finding = await customers.look_up(server.house.get(Operator), HIS)
    assert finding is not None
    async with server.house.database.transaction() as tx:
        customer = await customers.keep(tx, finding)
        await interactions.claim(tx, interaction_id=contact, customer_id=customer.id, service_id=HIS)
    return contact


async def ask(server: Server, contact: InteractionId, method: str) -> None:
    async with server.house.database.transaction() as tx:
        await interactions.ask_proof(tx, interaction_id=contact, method=method)


async def code_sent(server: Server, contact: InteractionId, service: ServiceId = HIS) -> str:
    """The code in the text that went out."""
    async with server.house.database.transaction() as tx:
        stands = await interactions.interaction(tx, contact)
        assert stands.whose_proof is not None
        await customers.send_code(
            tx,
            service=service,
            purpose=f"contact:{contact}",
            customer_id=stands.whose_proof,
            language="zh-CN",
            origin=Origin("desk", contact, "system:tests"),
        )
        words = await tx.scalar(text("select text from post_messages order by accepted_at desc, id desc limit 1"))
    return re.findall(r"\d{6}", words)[0]


async def stands(server: Server, contact: InteractionId) -> Interaction:
    async with server.house.database.transaction() as tx:
        return await interactions.interaction(tx, contact)


async def test_a_code_proves_once_and_the_service_password_beside_it_twice(server: Server) -> None:
    async with server.tab(await server.visit()) as tab:
        contact = await claimed(server, tab)
        await ask(server, contact, "one_time_code")
        await tab.send(t="code", code=await code_sent(server, contact))
        await tab.frame("proven")
        known = await stands(server, contact)
        assert (known.level, known.proof_method, known.service_id) == (Level.ONE_FACTOR, "one_time_code", HIS)
        await ask(server, contact, "service_password")
        await tab.frame("state", proof="service_password")
        await tab.send(t="code", code="not his")
        await tab.frame("refused", code="chat.password_not_right")
        assert (await stands(server, contact)).level == Level.ONE_FACTOR
        await tab.send(t="code", code=PASSWORD)
        await tab.until(lambda tab: sum(frame["t"] == "proven" for frame in tab.frames) == 2)
        known = await stands(server, contact)
        assert (known.level, known.proof_method, known.proof_asked) == (Level.TWO_FACTORS, "service_password", None)
    assert [row[1] for row in await server.rows(str(contact))] == ["我的密码要重置"]


async def test_the_same_proof_twice_stays_one(server: Server) -> None:
    async with server.tab(await server.visit()) as tab:
        contact = await claimed(server, tab)
        for times in (1, 2):
            await ask(server, contact, "service_password")
            await tab.send(t="code", code=PASSWORD)
            await tab.until(lambda tab, times=times: sum(f["t"] == "proven" for f in tab.frames) == times)
        assert (await stands(server, contact)).level == Level.ONE_FACTOR


async def test_after_too_many_wrong_passwords_the_right_one_is_not_heard_and_the_answer_is_the_same(
    server: Server,
) -> None:
    async with server.tab(await server.visit()) as tab:
        contact = await claimed(server, tab)
        await ask(server, contact, "service_password")
        for tried in range(1, 13):
            await tab.send(t="code", code=PASSWORD if tried == 12 else f"wrong {tried}")
            await tab.until(lambda tab, tried=tried: sum(f["t"] == "refused" for f in tab.frames) == tried)
        told = {(frame["code"], frame["text"]) for frame in tab.frames if frame["t"] == "refused"}
        assert [code for code, _ in told] == ["chat.password_not_right"]
        known = await stands(server, contact)
        assert (known.level, known.customer_id) == (0, None)


async def test_a_claim_that_changed_while_the_operator_was_asked_proves_nothing(server: Server) -> None:
    async with server.tab(await server.visit()) as tab:
        contact = await claimed(server, tab)
        await ask(server, contact, "service_password")
        other = CAST[1].service
        finding = await customers.look_up(server.house.get(Operator), other)
        assert finding is not None
        real = server.house.get(Operator)

        class Slow(SandboxOperator):
            async def check_service_password(self, service: ServiceId, password: str) -> bool:
                async with server.house.database.transaction() as tx:
                    someone = await customers.keep(tx, finding)
                    await interactions.claim(tx, interaction_id=contact, customer_id=someone.id, service_id=other)
                    await interactions.ask_proof(tx, interaction_id=contact, method="service_password")
                return await real.check_service_password(service, password)

        server.house.ports[Operator] = Slow(server.house.database)
        await tab.send(t="code", code=PASSWORD)
        await tab.frame("refused", code="chat.password_not_right")
        known = await stands(server, contact)
        assert (known.level, known.customer_id) == (0, None)


async def goes_to_another(server: Server, heir: int, *, known: bool) -> None:
    """The number is this one's from now on; whether the house has heard of it or not."""
    async with server.house.database.transaction() as tx:
        await transfer_number(tx, HIS, to_party_ref=party_ref(heir))
    if known:
        finding = await customers.look_up(server.house.get(Operator), HIS)
        assert finding is not None
        async with server.house.database.transaction() as tx:
            await customers.keep(tx, finding)


@pytest.mark.parametrize(("heir", "known"), [(9, True), (10, False)])
async def test_the_password_of_a_number_that_went_to_another_proves_nothing_for_its_former_holder(
    server: Server, heir: int, *, known: bool
) -> None:
    async with server.tab(await server.visit()) as tab:
        contact = await claimed(server, tab)
        former = (await stands(server, contact)).whose_proof
        await ask(server, contact, "service_password")
        await goes_to_another(server, heir, known=known)
        assert await server.house.get(Operator).check_service_password(HIS, "000000"), "it is the new holder's"
        await tab.send(t="code", code="000000")
        await tab.frame("refused", code="chat.password_not_right")
        stood = await stands(server, contact)
        assert (stood.level, stood.customer_id) == (0, None)
    async with server.house.database.transaction() as tx:
        assert former is not None
        assert not await customers.holds(tx, former, HIS), "the house has learned it"


async def test_a_code_that_was_under_way_when_the_number_went_to_another_proves_nothing(server: Server) -> None:
    async with server.tab(await server.visit()) as tab:
        contact = await claimed(server, tab)
        await ask(server, contact, "one_time_code")
        code = await code_sent(server, contact)
        await goes_to_another(server, 11, known=True)
        await tab.send(t="code", code=code)
        await tab.frame("refused", code="chat.code_not_right")
        stood = await stands(server, contact)
        assert (stood.level, stood.customer_id) == (0, None)
