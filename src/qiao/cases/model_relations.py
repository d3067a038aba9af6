"""What a case has to do with others: which relations may stand beside which. Pure."""

from collections.abc import Iterable, Mapping
from typing import Final, Literal

from qiao.kernel.ids import CaseId
from qiao.kernel.languages import N_

Relation = Literal["related", "child_of", "merged_into", "split_from"]
RELATIONS: Final[dict[Relation, tuple[str, str]]] = {
    "related": (N_("has to do with"), N_("has to do with")),
    "child_of": (N_("is part of"), N_("has as a part")),
    "merged_into": (N_("was merged into"), N_("took in")),
    "split_from": (N_("was split from"), N_("was split into")),
}
"""How it is said from the one case, and from the other."""

DEPTH_MAX: Final = 10
"""Parents above a case; more is a mistake or a circle."""


def makes_circle(case_id: CaseId, other_id: CaseId, parents: Mapping[CaseId, CaseId]) -> bool:
    """Whether `case_id` under `other_id` would be under itself, or too deep; `parents`: all that is above that one."""
    here: CaseId | None = other_id
    for _ in range(DEPTH_MAX):
        if here is None:
            return False
        if here == case_id:
            return True
        here = parents.get(here)
    return True


def in_order(case_id: CaseId, other_id: CaseId) -> tuple[CaseId, CaseId]:
    """Two cases that have to do with each other, the older first, so that it is kept once."""
    first, second = sorted((case_id, other_id))
    return first, second


def share_a_customer(owners: Iterable[object | None]) -> bool:
    """Whether these are one person's cases, as far as it is known whose they are."""
    return len({owner for owner in owners if owner is not None}) <= 1
