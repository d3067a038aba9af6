"""The port to the sandbox: what is asked and done about a number beside its plan and bills."""

from qiao.bss.model import Outcome
from qiao.bss.model_lines import FamilyMember, Feature, ForwardWhen, Line, Pack, Points
from qiao.bss.sandbox import lines_asked, lines_done, paying
from qiao.bss.sandbox.wire import Wired
from qiao.kernel.money import Money
from qiao.kernel.service_ids import ServiceId


class SandboxLines(Wired):
    """The sandbox behind the port."""

    async def line(self, service: ServiceId) -> Line | None:
        return await self._ask(str(service), lambda tx: lines_asked.line(tx, service))

    async def fee(self, service: ServiceId, what: str) -> Money | None:
        return await self._ask(str(service), lambda tx: lines_asked.fee(tx, what))

    async def packs_offered(self, service: ServiceId) -> list[Pack]:
        return await self._ask(str(service), lambda tx: lines_asked.packs_offered(tx, service))

    async def points(self, service: ServiceId) -> Points | None:
        return await self._ask(str(service), lambda tx: lines_asked.points(tx, service))

    async def family(self, service: ServiceId) -> list[FamilyMember]:
        return await self._ask(str(service), lambda tx: lines_asked.family(tx, service))

    async def buy_pack(self, service: ServiceId, pack_code: str, *, key: str) -> Outcome:
        return await self._do("buy_pack", str(service), key, lines_done.buy_pack(service, pack_code))

    async def switch(self, service: ServiceId, feature: Feature, on: bool, *, key: str) -> Outcome:
        return await self._do("switch", str(service), key, lines_done.switch(service, feature, on))

    async def set_forwarding(self, service: ServiceId, when: ForwardWhen, number: str, *, key: str) -> Outcome:
        return await self._do("set_forwarding", str(service), key, lines_done.set_forwarding(service, when, number))

    async def end_forwarding(self, service: ServiceId, when: ForwardWhen | None, *, key: str) -> Outcome:
        return await self._do("end_forwarding", str(service), key, lines_done.end_forwarding(service, when))

    async def refuse_added(self, service: ServiceId, refused: bool, *, key: str) -> Outcome:
        return await self._do("refuse_added", str(service), key, lines_done.refuse_added(service, refused))

    async def suspend(self, service: ServiceId, why: str, *, key: str) -> Outcome:
        return await self._do("suspend", str(service), key, lines_done.suspend(service, why))

    async def resume(self, service: ServiceId, *, key: str) -> Outcome:
        return await self._do("resume", str(service), key, lines_done.resume(service))

    async def change_service_password(self, service: ServiceId, password: str, *, key: str) -> Outcome:
        do = lines_done.change_password(service, password)
        return await self._do("change_service_password", str(service), key, do)

    async def send_puk(self, service: ServiceId, *, key: str) -> Outcome:
        return await self._do("send_puk", str(service), key, lines_done.send_puk(service))

    async def request_sim(self, service: ServiceId, *, key: str) -> Outcome:
        return await self._do("request_sim", str(service), key, lines_done.request_sim(service))

    async def withdraw_sim_request(self, service: ServiceId, *, key: str) -> Outcome:
        return await self._do("withdraw_sim_request", str(service), key, lines_done.withdraw_sim_request(service))

    async def send_itemised_bill(self, service: ServiceId, month: str, email: str, *, key: str) -> Outcome:
        return await self._do("send_itemised_bill", str(service), key, paying.itemised(service, month, email))

    async def make_invoice(
        self, service: ServiceId, month: str, title: str, tax_number: str, email: str, *, key: str
    ) -> Outcome:
        do = paying.invoice(service, month, title, tax_number, email)
        return await self._do("make_invoice", str(service), key, do)

    async def redeem_voucher(self, service: ServiceId, voucher: str, month: str, *, key: str) -> Outcome:
        return await self._do("redeem_voucher", str(service), key, paying.redeem(service, voucher, month))

    async def book_payment(
        self, service: ServiceId, amount: Money, payment_ref: str, month: str, *, key: str
    ) -> Outcome:
        return await self._do("book_payment", str(service), key, paying.book(service, amount, payment_ref, month))

    async def add_to_family(self, service: ServiceId, member: ServiceId, *, key: str) -> Outcome:
        return await self._do("add_to_family", str(service), key, lines_done.add_to_family(service, member))

    async def take_from_family(self, service: ServiceId, member: ServiceId, *, key: str) -> Outcome:
        return await self._do("take_from_family", str(service), key, lines_done.take_from_family(service, member))
