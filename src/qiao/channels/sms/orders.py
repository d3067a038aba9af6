"""From a code or a chosen number to the service: a look is asked and answered, an act becomes an order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from qiao import catalogue
from qiao.channels.sms.model_hall import plain

if TYPE_CHECKING:
    from collections.abc import Mapping


USUAL: Final = ("balance", "usage", "bill", "plan", "services_list")
"""What is offered to whoever wrote something that means nothing to us."""


@dataclass(frozen=True, slots=True)
class Look:
    """A question to be put to the operator once this transaction is over."""

    code: str
    parameters: Mapping[str, str]


def by_code(text: str) -> tuple[str, str] | None:
    """The service whose code the text begins with, and what follows it."""
    word, _, rest = plain(text).partition(" ")
    for service in catalogue.services(audience="customer"):
        if word.upper() in service.sms_keywords:
            return service.code, rest
    return None


async def order(tx: Transaction, caller: Caller, code: str, rest: str) -> Step:
    """Do or ask what was ordered by code, with what was written behind it."""
    from qiao.channels.sms.hearing import Answer

    service = catalogue.service(code)
    if caller.person is None:
        return Answer(say(caller.language, Told("not_ours")))
    return Look(service.code, {})


async def look(house: House, caller: Caller, step: Look) -> Answer:
    """Put the question, and say what the operator answered."""
    raise NotImplementedError


def usual() -> list[dict[str, Any]]:
    """The numbered choice for whoever does not know what to write."""
    return [option_of(code) for code in USUAL]


def option_of(code: str, rest: str = "") -> dict[str, Any]:
    """A service as an option of a numbered choice."""
    return {"code": code, "rest": rest, "names": dict(catalogue.service(code).names)}
