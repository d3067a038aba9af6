"""What things are called on the screens of the workspace: msgids by stored word."""

from typing import Any, Final

from qiao import cases, interactions, routing
from qiao.kernel.languages import N_
from qiao.platform.policy import Level

LEVELS: Final[dict[int, str]] = {
    Level.UNKNOWN: N_("not proven"),
    Level.NUMBER_SEEN: N_("number seen, not proven"),
    Level.ONE_FACTOR: N_("verified"),
    Level.TWO_FACTORS: N_("verified twice"),
}
PROOFS: Final[dict[str, str]] = {
    "one_time_code": N_("one-time code"),
    "service_password": N_("service password"),
}
SEGMENTS: Final[dict[str, str]] = {
    "vip": N_("VIP"),
    "standard": N_("standard"),
    "elderly": N_("elderly"),
    "corporate": N_("corporate"),
}
ORDERED_BY: Final[dict[str, str]] = {
    "web": N_("web page"),
    "sms": N_("text message"),
    "agent": N_("agent"),
    "provider": N_("provider"),
}
ALLOWANCES: Final[dict[str, str]] = {"data": N_("data"), "voice": N_("calls"), "sms": N_("texts")}
ORDERS: Final[dict[str, str]] = {
    "cancel_subscription": N_("cancel a value-added service"),
    "cancel_all_subscriptions": N_("cancel all value-added services"),
    "change_plan": N_("change the plan"),
    "reset_service_password": N_("reset the service password"),
    "correct_address": N_("correct the address"),
    "person_first_on": N_("a person first when he calls"),
    "person_first_off": N_("the menu first when he calls"),
}
ORDER_STATES: Final[dict[str, str]] = {
    "placed": N_("on its way"),
    "performing": N_("on its way"),
    "done": N_("done"),
    "refused": N_("refused"),
    "pending": N_("accepted, not done yet"),
    "unknown": N_("outcome unknown"),
}
ORDER_TONES: Final[dict[str, str]] = {
    "done": "green",
    "refused": "red",
    "unknown": "amber",
    "pending": "blue",
}
LABELS: Final[dict[str, Any]] = {
    "channels": interactions.CHANNELS,
    "not_reached": {one: interactions.END_REASONS[one] for one in sorted(interactions.NOT_REACHED)},
    "levels": LEVELS,
    "proofs": PROOFS,
    "segments": SEGMENTS,
    "allowances": ALLOWANCES,
    "ordered_by": ORDERED_BY,
    "order_names": ORDERS,
    "order_states": ORDER_STATES,
    "order_tones": ORDER_TONES,
    "statuses": cases.STATUSES,
    "reasons": {**routing.REASONS, **routing.SYSTEM_REASONS},
    "chosen_reasons": routing.REASONS,
}
"""Every template of the workspace gets them."""
