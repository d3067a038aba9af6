"""The port to the operator's systems. Never called while a transaction is open."""

from typing import Protocol, runtime_checkable

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
from qiao.kernel.languages import N_
from qiao.kernel.money import Money
from qiao.kernel.refused import Refused
from qiao.kernel.service_ids import ServiceId


class OperatorAway(Refused):
    """The operator's system did not answer, answered nonsense, or answered about somebody else."""

    code = "bss.operator_away"
    status = 503
    text = N_("The operator's system does not answer just now. Nothing was changed; try again in a minute.")


@runtime_checkable
class Operator(Protocol):
    """What Qiao asks and has done. Questions raise OperatorAway; acts answer "unknown" when the outcome is not known.

    Every act carries a key: the same key is the same act, however often it is sent.
    """

    async def holder_of(self, service: ServiceId) -> Holding | None:
        """Who holds the number now, if anybody."""
        ...

    async def party(self, party_ref: str) -> Party | None:
        """A customer by the operator's reference."""
        ...

    async def holdings(self, party_ref: str) -> list[Holding]:
        """All that a customer holds."""
        ...

    async def plan(self, service: ServiceId) -> Plan | None:
        """The plan with what is used of it this month."""
        ...

    async def plans_offered(self, service: ServiceId) -> list[Plan]:
        """Plans this number may change to."""
        ...

    async def balance(self, service: ServiceId) -> Balance | None:
        """What is on the account."""
        ...

    async def bill(self, service: ServiceId, month: str) -> Bill | None:
        """The bill of a month such as "2026-11"."""
        ...

    async def bills(self, service: ServiceId, limit: int = 12) -> list[BillSummary]:
        """The newest bills first."""
        ...

    async def usage(self, service: ServiceId, month: str) -> list[UsageSum]:
        """What was used in a month, by kind."""
        ...

    async def usage_records(
        self, service: ServiceId, month: str, before: str | None = None, limit: int = 50
    ) -> UsagePage:
        """Each use of a month, newest first."""
        ...

    async def subscriptions(self, service: ServiceId) -> list[Subscription]:
        """Value-added services that run on the number."""
        ...

    async def ended_subscriptions(self, service: ServiceId) -> list[Subscription]:
        """Value-added services that ended this month and can be started again, the last ended first."""
        ...

    async def provider(self, code: str) -> Provider | None:
        """The content provider behind a short code."""
        ...

    async def check_service_password(self, service: ServiceId, password: str) -> bool:
        """Whether this is the service password; it is kept nowhere."""
        ...

    async def cancel_subscription(self, service: ServiceId, subscription_ref: str, *, key: str) -> Outcome:
        """End one value-added service."""
        ...

    async def cancel_all_subscriptions(self, service: ServiceId, *, key: str) -> Outcome:
        """End all value-added services of the number."""
        ...

    async def restore_subscription(self, service: ServiceId, subscription_ref: str, *, key: str) -> Outcome:
        """Start again what ended this month; the month is not charged twice. Refused as "not_ended"."""
        ...

    async def change_plan(self, service: ServiceId, plan_code: str, *, key: str, starts: str = "now") -> Outcome:
        """Change to another plan "now" or "next_month"; the present plan ends a change that was to come."""
        ...

    async def reset_service_password(self, service: ServiceId, *, key: str) -> Outcome:
        """Make a new one and text it to the number; nobody else sees it."""
        ...

    async def correct_address(self, party_ref: str, address: str, *, key: str) -> Outcome:
        """Replace the customer's address."""
        ...

    async def holds(self, service: ServiceId) -> list[ChargeHold]:
        """Charges of the number that are on dispute hold, oldest first."""
        ...

    async def hold_charge(self, service: ServiceId, month: str, line_ref: str, *, key: str) -> Outcome:
        """Put a line of an issued bill on dispute hold: out of collection, suspension and the final bill."""
        ...

    async def release_charge(self, service: ServiceId, month: str, line_ref: str, *, key: str) -> Outcome:
        """End the dispute hold of a line: what is left of it is due again."""
        ...

    async def reverse_charge(
        self, service: ServiceId, month: str, line_ref: str, amount: Money, *, key: str
    ) -> Outcome:
        """Give back a line of an issued bill, or part of it: a dated adjustment on that bill that names the line.

        Refused as "more_than_charged" for more than is left of the line; a hold of the line ends when nothing is left.
        """
        ...

    async def give_credit(self, service: ServiceId, amount: Money, reason: str, *, key: str) -> Outcome:
        """Credit the number: a dated adjustment on the bill of the month that runs."""
        ...
