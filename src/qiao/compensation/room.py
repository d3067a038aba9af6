"""Wiring of compensation."""

from qiao.catalogue import OrderRefused, register_money_guard
from qiao.compensation.listeners import on_order_refused
from qiao.compensation.model import limit_problems
from qiao.compensation.operations import GRANTED, SPENT, Grants
from qiao.compensation.queries import built_in_limits
from qiao.kernel.languages import N_
from qiao.platform.room import Listener, Room


def register() -> None:
    """The catalogue asks this room before money is given; limits that do not hold together stop the start."""
    if problems := limit_problems(built_in_limits()):
        raise ValueError("; ".join(problems))
    register_money_guard(Grants())


ROOM = Room(
    name="compensation",
    listeners=(Listener("compensation", on={OrderRefused: on_order_refused}),),
    rights={
        "compensation.grant": N_("Give compensation within one’s authority"),
        "compensation.approve": N_("Approve compensation that colleagues ask for"),
    },
    failpoints=(GRANTED, SPENT),
    register=register,
)
