"""The port to the sandbox: what is asked and done about an account."""

import hmac

from qiao.bss.model import (
    Balance,
    Bill,
    BillSummary,
    ChargeHold,
    Holding,
    Outcome,
    Party,
    Plan,
    Provider,
    Subscription,
    UsagePage,
    UsageSum,
)
from qiao.bss.sandbox import doing, filling, lines_done, questions
from qiao.bss.sandbox.products import PROVIDERS
from qiao.bss.sandbox.wire import Wired
from qiao.kernel.money import Money
from qiao.kernel.service_ids import ServiceId
from qiao.platform.database import Transaction


class SandboxOperator(Wired):
    """The sandbox behind the port."""

    async def holder_of(self, service: ServiceId) -> Holding | None:
        async def look(tx: Transaction) -> Holding | None:
            row = await questions.held(tx, service)
            return questions.as_holding(row) if row is not None else None

        return await self._ask(str(service), look)

    async def party(self, party_ref: str) -> Party | None:
        return await self._ask(party_ref, lambda tx: questions.party(tx, party_ref))

    async def holdings(self, party_ref: str) -> list[Holding]:
        return await self._ask(party_ref, lambda tx: questions.holdings_of(tx, party_ref))

    async def plan(self, service: ServiceId) -> Plan | None:
        return await self._ask(str(service), lambda tx: questions.plan(tx, service))

    async def plans_offered(self, service: ServiceId) -> list[Plan]:
        return await self._ask(str(service), lambda tx: questions.plans_offered(tx, service))

    async def balance(self, service: ServiceId) -> Balance | None:
        return await self._ask(str(service), lambda tx: questions.balance(tx, service))

    async def bill(self, service: ServiceId, month: str) -> Bill | None:
        return await self._ask(str(service), lambda tx: questions.bill(tx, service, month))

    async def bills(self, service: ServiceId, limit: int = 12) -> list[BillSummary]:
        return await self._ask(str(service), lambda tx: questions.bills(tx, service, limit))

    async def usage(self, service: ServiceId, month: str) -> list[UsageSum]:
        return await self._ask(str(service), lambda tx: questions.usage(tx, service, month))

    async def usage_records(
        self, service: ServiceId, month: str, before: str | None = None, limit: int = 50
    ) -> UsagePage:
        return await self._ask(str(service), lambda tx: questions.usage_records(tx, service, month, before, limit))

    async def subscriptions(self, service: ServiceId) -> list[Subscription]:
        return await self._ask(str(service), lambda tx: questions.running(tx, service))

    async def ended_subscriptions(self, service: ServiceId) -> list[Subscription]:
        return await self._ask(str(service), lambda tx: questions.ended(tx, service))

    async def provider(self, code: str) -> Provider | None:
        async def look(_: Transaction) -> Provider | None:
            return PROVIDERS.get(code)

        return await self._ask(code, look)

    async def check_service_password(self, service: ServiceId, password: str) -> bool:
        async def look(tx: Transaction) -> bool:
            row = await questions.held(tx, service)
            kept = row["password_mark"] if row is not None else ""
            return hmac.compare_digest(kept, filling.mark(service, password))

        return await self._ask(str(service), look)

    async def cancel_subscription(self, service: ServiceId, subscription_ref: str, *, key: str) -> Outcome:
        return await self._do("cancel_subscription", str(service), key, doing.cancel(service, subscription_ref))

    async def cancel_all_subscriptions(self, service: ServiceId, *, key: str) -> Outcome:
        return await self._do("cancel_all_subscriptions", str(service), key, doing.cancel(service, None))

    async def restore_subscription(self, service: ServiceId, subscription_ref: str, *, key: str) -> Outcome:
        return await self._do("restore_subscription", str(service), key, lines_done.restore(service, subscription_ref))

    async def change_plan(self, service: ServiceId, plan_code: str, *, key: str, starts: str = "now") -> Outcome:
        return await self._do("change_plan", str(service), key, doing.change_plan(service, plan_code, starts))

    async def reset_service_password(self, service: ServiceId, *, key: str) -> Outcome:
        return await self._do("reset_service_password", str(service), key, doing.reset_password(service))

    async def correct_address(self, party_ref: str, address: str, *, key: str) -> Outcome:
        return await self._do("correct_address", party_ref, key, doing.correct_address(party_ref, address))

    async def holds(self, service: ServiceId) -> list[ChargeHold]:
        return await self._ask(str(service), lambda tx: questions.holds(tx, service))

    async def hold_charge(self, service: ServiceId, month: str, line_ref: str, *, key: str) -> Outcome:
        return await self._do("hold_charge", str(service), key, doing.hold(service, month, line_ref))

    async def release_charge(self, service: ServiceId, month: str, line_ref: str, *, key: str) -> Outcome:
        return await self._do("release_charge", str(service), key, doing.release(service, month, line_ref))

    async def reverse_charge(
        self, service: ServiceId, month: str, line_ref: str, amount: Money, *, key: str
    ) -> Outcome:
        do = doing.reverse(service, month, line_ref, amount, key)
        return await self._do("reverse_charge", str(service), key, do)

    async def give_credit(self, service: ServiceId, amount: Money, reason: str, *, key: str) -> Outcome:
        return await self._do("give_credit", str(service), key, doing.credit(service, amount, key))
