"""What a service asks before it is performed, and what becomes of an order: pure."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from qiao.catalogue.model_terms import Group, Per, Rule, Undo
from qiao.kernel.ids import CustomerId, OrderId
from qiao.kernel.languages import N_, nearest
from qiao.kernel.money import Money
from qiao.kernel.origin import Origin
from qiao.kernel.refused import InputNotUnderstood, NotAllowed, NotFound, Refused
from qiao.kernel.service_ids import ServiceId

ParameterKind = Literal[
    "text",
    "line",
    "code",
    "digits",
    "month",
    "reference",
    "amount",
    "choice",
    "number",
    "email",
    "voucher",
    "tax_number",
    "secret",
]
State = Literal["placed", "performing", "done", "refused", "pending", "unknown"]
ASKS_AGAIN: Final = tuple(timedelta(seconds=s) for s in (5, 15, 60, 300, 900, 3600, 3600, 3600))
"""When an outcome is not known the operator is asked again, under the same key, after these; then people look at it."""
_KINDS: Final[dict[ParameterKind, re.Pattern[str]]] = {
    "text": re.compile(r"[^\x00-\x1f\x7f]{1,200}"),
    "line": re.compile(r"[^\x00-\x1f\x7f]{1,200}"),
    "code": re.compile(r"[A-Za-z0-9_.-]{1,64}"),
    "digits": re.compile(r"[0-9]{3,12}"),
    "reference": re.compile(r"[A-Za-z0-9_.:/+-]{1,120}"),
    "amount": re.compile(r"(0|[1-9][0-9]{0,5})(\.[0-9]{1,2})?"),
    "month": re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])"),
    "choice": re.compile(r"[a-z0-9_-]{1,40}"),
    "number": re.compile(r"\+?[0-9]{5,15}"),
    "email": re.compile(r"[^\s@<>,;:\"()\x00-\x1f]{1,64}@[^\s@<>,;:\"()\x00-\x1f]{1,180}\.[A-Za-z]{2,24}"),
    "voucher": re.compile(r"[0-9]{12,20}"),
    "tax_number": re.compile(r"[0-9A-Z]{15,20}"),
    "secret": re.compile(r"sealed\.[A-Za-z0-9_=-]{20,400}"),
}
_WITHOUT_CUSTOMER: Final = frozenset({"case", "callback", "emergency"})
_WITH_CUSTOMER: Final = frozenset({"live_contact", "self"})
NUMBER_SEEN: Final = 1
"""platform.policy.Level.NUMBER_SEEN."""
_GAPS: Final = re.compile(r"[\s-]")
_ABROAD: Final = re.compile(r"(?:\+|00)?86(?=1[3-9][0-9]{9}\Z)")
"""A mobile number of this country is written without its code, whatever door it came through."""
_OVERRIDES: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")


class ProofTooLow(Refused):
    """The service asks for more proof than was given in this contact."""

    code = "catalogue.proof_too_low"
    status = 403
    text = N_("Identity is not proven enough for this. Nothing was shown or changed; prove more and try again.")


class NeedsConfirmation(Refused):
    """It changes what the customer pays, and he has not said yes."""

    code = "catalogue.needs_confirmation"
    text = N_("This changes what the customer pays. Nothing was done; it needs his clear yes first.")


class NeedsGrant(Refused):
    """A service that gives money is performed only on a grant."""

    code = "catalogue.needs_grant"
    status = 403
    text = N_("Money is given only on a grant. Nothing was done; ask for a compensation first.")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One thing a service wants to be told."""

    name: str
    kind: ParameterKind
    needed: bool = True
    default: str = ""
    """"last_month" or "this_month" for a month that was not told; of a choice the option taken then."""
    among: str = ""
    """The look whose answer lists what may be chosen."""
    names: Mapping[str, str] = field(default_factory=dict)
    """What a form calls it, by language."""
    options: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Of a choice: each value with its names."""
    example: str = ""
    """How it may be written behind a code."""

    @property
    def spent(self) -> bool:
        """Whether its value opens or pays something: it leaves the order with its outcome, and stands in no talk."""
        return self.kind in ("secret", "voucher")

    def label(self, language: str) -> str:
        """What a form calls it; its plain name where it has none."""
        return self.names.get(nearest(language)) or self.names.get("en") or self.name


@dataclass(frozen=True, slots=True)
class Service:
    """What can be asked ("look") or done ("act") for a customer; `level` is the proof it asks."""

    code: str
    names: Mapping[str, str]
    kind: Literal["look", "act"]
    level: int
    parameters: tuple[Parameter, ...] = ()
    right: str | None = None
    confirm: bool = False
    gives_money: bool = False
    undo: tuple[Undo, ...] = ()
    """How an order of it is taken back; the first way that can be gone counts."""
    final: bool = False
    """It costs money and nothing takes it back: he is told so before he agrees."""
    sms_keywords: tuple[str, ...] = ()
    self_service: bool = True
    about_customer: bool = True
    says: tuple[str, ...] = ()
    """How customers have asked for it in their own words; what the matcher knows it by."""
    group: Group = "account"
    price: Money | None = None
    """What it always costs; None: nothing, or what the choice for `priced_by` costs."""
    per: Per = ""
    """What the price is for: "once", or each "month"; "" where nothing is paid."""
    priced_by: str = ""
    """The parameter whose choice has the price."""
    eligible: tuple[Rule, ...] = ()
    """Who may have it: every rule must hold."""
    by: str = "operator"
    """The room that performs or answers it, where it is not the operator's systems."""
    then: str = ""
    """Of a look: the act by which what it lists is had. Wherever choices are numbered, the list is that choice."""

    @property
    def secret(self) -> bool:
        """Whether he must tell a secret for it: staff never see or choose one, so he alone may have it."""
        return any(one.kind == "secret" for one in self.parameters)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the operator said, and when."""

    code: str
    as_of: datetime
    value: Any


@dataclass(frozen=True, slots=True)
class Order:
    """One act on the operator's systems. `reason` is the operator's word, empty when done."""

    id: OrderId
    code: str
    customer_id: CustomerId
    target: ServiceId
    parameters: Mapping[str, str]
    state: State
    reason: str
    actor: str
    basis: str
    origin: Origin
    placed_at: datetime
    finished_at: datetime | None
    tries: int
    reference: str = ""
    """What the operator or a room calls it; of a payment the page to pay on."""
    price: Money | None = None
    """What was agreed."""
    before: Mapping[str, str] = field(default_factory=dict)
    """What was there before, where it replaced something."""

    @property
    def over(self) -> bool:
        """Whether nothing more will become of it."""
        return self.state in ("done", "refused")

    def told(self, asked: "Service") -> dict[str, str]:
        """What was told, and the defaults of choices that were not made."""
        defaults = {one.name: one.default for one in asked.parameters if one.kind == "choice" and one.default}
        return {**defaults, **self.parameters}

    @property
    def waits_for_consent(self) -> bool:
        """Whether somebody else was asked and has not answered."""
        return self.state == "pending" and self.awaited_consent

    @property
    def awaited_consent(self) -> bool:
        """Whether the last that became of it is that somebody else was asked."""
        return self.reference.startswith("consent:")

    @property
    def pay_at(self) -> str:
        """The provider's page on which it waits to be paid; "" where none does."""
        return self.reference if self.state == "pending" and self.reference.startswith(("http://", "https://")) else ""


def admit(
    service: Service,
    *,
    level: int,
    basis: str,
    rights: frozenset[str] | None = None,
    listed_by_case: bool = False,
    confirmed: bool = False,
    grant_id: str | None = None,
    to_own_number: bool = False,
) -> None:
    """Whether it may be performed now. Raises NotFound, NotAllowed, ProofTooLow, NeedsConfirmation, NeedsGrant.

    With the customer there (a live contact, himself) his proof decides. Without him, only acts that the case's category
    lists, by somebody with the right; supervision and break-glass look and never act. `rights` None means a customer.
    A look whose answer goes `to_own_number` and nowhere else asks only that the number was seen: whoever forged it gets
    no answer. What takes a secret of the customer's does not exist for staff.
    """
    if not service.self_service if rights is None else service.secret:
        raise NotFound
    if rights is not None and service.right is not None and service.right not in rights:
        raise NotAllowed
    if basis in _WITH_CUSTOMER or not service.about_customer:
        lowered = to_own_number and service.kind == "look"
        if level < (min(service.level, NUMBER_SEEN) if lowered else service.level):
            raise ProofTooLow
    elif basis in _WITHOUT_CUSTOMER:
        if not listed_by_case or rights is None:
            raise NotFound
    elif service.kind == "act" or level < service.level:
        raise NotFound if service.kind == "act" else ProofTooLow
    if service.confirm and not confirmed:
        raise NeedsConfirmation
    if service.gives_money and not grant_id:
        raise NeedsGrant


def read_parameters(service: Service, given: Mapping[str, str]) -> dict[str, str]:
    """The parameters in one way of writing. Raises InputNotUnderstood naming each that needs another look."""
    wrong: dict[str, str] = {}
    read: dict[str, str] = {}
    known = {parameter.name for parameter in service.parameters}
    for name in given:
        if name not in known:
            wrong[name] = N_("This service does not ask for that.")
    for parameter in service.parameters:
        plain = _OVERRIDES.sub("", unicodedata.normalize("NFC", given.get(parameter.name, ""))).strip()
        if parameter.kind == "line":
            plain = " ".join(plain.split())
        elif parameter.kind == "number":
            plain = _ABROAD.sub("", _GAPS.sub("", plain))
        if not plain and parameter.needed:
            wrong[parameter.name] = N_("This is needed.")
        elif plain and not readable(parameter, plain):
            wrong[parameter.name] = N_("This cannot be read; check it and try again.")
        elif plain:
            read[parameter.name] = plain
    if wrong:
        raise InputNotUnderstood(wrong)
    return read


def readable(parameter: Parameter, plain: str) -> bool:
    """Whether this can be the value of the parameter."""
    known = not parameter.options or plain in parameter.options
    return known and _KINDS[parameter.kind].fullmatch(plain) is not None


def ask_again_after(tries: int) -> timedelta | None:
    """How long to wait before the operator is asked again; None when it is for people to look at."""
    return ASKS_AGAIN[tries - 1] if 1 <= tries <= len(ASKS_AGAIN) else None
