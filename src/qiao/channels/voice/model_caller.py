"""Which number of ours a customer's telephone shows when we call him: one that he knows, and may call back. Pure."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Service:
    """A service number by which calls come: `shown`: what customers see of it, "" for the number itself."""

    number: str
    code: str
    shown: str = ""


def shown_number(told: str, services: Iterable[Service], dialled: str, served: Collection[str]) -> str:
    """The operator's own word goes first, then the number that he had dialled, then one whose desk calls, then any.

    `served`: codes of service numbers that the calling desk serves, "*" for all. Among several the shortest, then the
    lowest: it is the one that people know. "" where there is no service number at all.
    """
    if told:
        return told
    known = sorted(services, key=lambda one: (len(one.number), one.number))
    ranked = (
        [one for one in known if one.number == dialled]
        + [one for one in known if one.code in served]
        + known
    )  # fmt: skip
    return (ranked[0].shown or ranked[0].number) if ranked else dialled
