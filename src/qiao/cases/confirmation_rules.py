"""What a customer's word may be refused for."""

from qiao.kernel.languages import N_
from qiao.kernel.refused import Refused


class NothingAsked(Refused):
    """Nothing is proved yet, or the case was taken up again: there is no question to answer."""

    code = "cases.nothing_asked"
    text = N_("Case {number} is being worked on, so there is nothing to confirm yet. Nothing was changed; we will ask.")


class AnsweredBefore(Refused):
    """The question was answered; the first answer stands."""

    code = "cases.answered_before"
    text = N_("This question about case {number} was answered before, and that answer stands. Nothing was changed.")


class ContactDoesNotProve(Refused):
    """An agent may note the customer's word only when the customer says it to him and has proved who he is."""

    code = "cases.contact_does_not_prove"
    status = 403
    text = N_(
        "The customer’s word on case {number} counts only in a live contact of your own in which he has proved who he "
        "is. Nothing was noted; have him prove it first."
    )
