"""Why a customer may not have a service, said to himself."""

from collections.abc import Mapping
from typing import Final

from qiao.kernel.languages import N_

SENTENCES: Final[Mapping[str, str]] = {
    "suspended": N_("Your number is suspended. Have it resumed first, then you can have this."),
    "not_suspended": N_("Your number is not suspended, so there is nothing to resume."),
    "owes": N_("Something is owed on your account. Once it is paid you can have this."),
    "persons_only": N_("Only persons can have this, not companies."),
    "too_young": N_("You are not of age yet. A parent can ask for it in a shop."),
    "mobile_only": N_("Only mobile numbers can have this."),
    "plan_kind": N_("This does not go with your plan."),
    "not_offered": N_("What you chose is no longer offered. Choose something else."),
    "refuses_added": N_("You have all extra services refused. Allow them again first, then you can have this."),
}
"""Reason -> the sentence."""
