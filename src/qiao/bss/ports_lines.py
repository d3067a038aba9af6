"""The port to what runs on a number, and to paying. Never called while a transaction is open."""

from datetime import datetime
from typing import Protocol, runtime_checkable

from qiao.bss.model import Outcome
from qiao.bss.model_lines import FamilyMember, Feature, ForwardWhen, Line, Pack, Payment, Points
from qiao.kernel.money import Money
from qiao.kernel.service_ids import ServiceId


@runtime_checkable
class Lines(Protocol):
    """As Operator: questions raise OperatorAway, acts answer "unknown", the same key is the same act.

    An act that replaces something says in `Outcome.before` what was there.
    """

    async def line(self, service: ServiceId) -> Line | None:
        """How the number stands."""
        ...

    async def fee(self, service: ServiceId, what: str) -> Money | None:
        """What a service costs this number now, by its code in the catalogue; None where nothing is charged."""
        ...

    async def packs_offered(self, service: ServiceId) -> list[Pack]:
        """Data that may be bought on top of the plan."""
        ...

    async def points(self, service: ServiceId) -> Points | None:
        """The loyalty points."""
        ...

    async def family(self, service: ServiceId) -> list[FamilyMember]:
        """Numbers in the group that this number pays for, oldest first."""
        ...

    async def buy_pack(self, service: ServiceId, pack_code: str, *, key: str) -> Outcome:
        """More data until the end of the month; its price stands on the bill that runs."""
        ...

    async def switch(self, service: ServiceId, feature: Feature, on: bool, *, key: str) -> Outcome:
        """Switch a feature on or off; refused as "already_on" or "not_on"."""
        ...

    async def set_forwarding(self, service: ServiceId, when: ForwardWhen, number: str, *, key: str) -> Outcome:
        """Pass calls on to a number."""
        ...

    async def end_forwarding(self, service: ServiceId, when: ForwardWhen | None, *, key: str) -> Outcome:
        """Pass calls on no longer; None: in no case."""
        ...

    async def refuse_added(self, service: ServiceId, refused: bool, *, key: str) -> Outcome:
        """End all value-added services and let nobody subscribe this number to any, or let them again."""
        ...

    async def suspend(self, service: ServiceId, why: str, *, key: str) -> Outcome:
        """Let nobody use the number; number, balance and plan stay."""
        ...

    async def resume(self, service: ServiceId, *, key: str) -> Outcome:
        """End a suspension that the customer asked for."""
        ...

    async def change_service_password(self, service: ServiceId, password: str, *, key: str) -> Outcome:
        """Take this one from now on; refused as "password_too_simple"."""
        ...

    async def send_puk(self, service: ServiceId, *, key: str) -> Outcome:
        """Send the code that unblocks the SIM to another number of his, or to his e-mail; nobody else sees it."""
        ...

    async def request_sim(self, service: ServiceId, *, key: str) -> Outcome:
        """Send a new SIM of this number to the address on record."""
        ...

    async def withdraw_sim_request(self, service: ServiceId, *, key: str) -> Outcome:
        """Send none after all, while it has not left."""
        ...

    async def send_itemised_bill(self, service: ServiceId, month: str, email: str, *, key: str) -> Outcome:
        """E-mail each use and charge of an issued bill; "" means the address on record."""
        ...

    async def make_invoice(
        self, service: ServiceId, month: str, title: str, tax_number: str, email: str, *, key: str
    ) -> Outcome:
        """An invoice of an issued bill, once, by e-mail; the reference is its number."""
        ...

    async def redeem_voucher(self, service: ServiceId, voucher: str, month: str, *, key: str) -> Outcome:
        """Pay the bill of a month with a voucher, what is left goes to the balance; "" for the balance only."""
        ...

    async def book_payment(
        self, service: ServiceId, amount: Money, payment_ref: str, month: str, *, key: str
    ) -> Outcome:
        """What was paid at a provider: for the bill of a month, or "" for the balance; each payment once."""
        ...

    async def add_to_family(self, service: ServiceId, member: ServiceId, *, key: str) -> Outcome:
        """Take a number into the group."""
        ...

    async def take_from_family(self, service: ServiceId, member: ServiceId, *, key: str) -> Outcome:
        """Take a number out of the group."""
        ...


@runtime_checkable
class Payments(Protocol):
    """A payment provider with a page of his own: no card number ever comes to us. Raises OperatorAway."""

    async def begin(self, *, key: str, amount: Money, what: str, return_url: str, notice_url: str) -> Payment:
        """A page to pay this on; the same key is the same payment, as it stands now.

        The payer is sent back to `return_url`; what became of it is told to `notice_url` until it is taken.
        """
        ...

    def key_of_return(self, token: str, now: datetime) -> str:
        """The key of the payment whose payer was sent back to us. Raises LinkNotValid, LinkExpired: not signed by him.

        It says who came back, never that he paid: that is asked with `begin`.
        """
        ...

    def key_of_notice(self, body: bytes, now: datetime) -> str:
        """The key of the payment that the provider tells about. Raises LinkNotValid, LinkExpired: not signed by him.

        It may come late, twice or never, so it says only what to ask about: what became of it is asked with `begin`.
        """
        ...
