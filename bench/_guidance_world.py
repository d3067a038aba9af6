"""The world of a guidance task: the customer's phone and the operator's records, as the task says they stand.

Names of preparations, assertions and records are those of the task format (tau2 telecom). Nothing here knows a task.
"""

import copy
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Final

from qiao import diagnosis
from qiao.diagnosis import Line, Phone
from qiao.selfservice import Answered, Effect, Wanted

TODAY: Final = date(2025, 2, 25)
"""The day on which all tasks play, by the policy that comes with them."""
REFUEL_MOST_GB: Final = 2.0
MEGABYTES: Final = 1024
DIGITS: Final = "4821"
COSTS: Final = frozenset({"top_up", "buy_data_pack", "change_plan"})
"""Services of which the house asks a yes before it performs them."""
Record = dict[str, Any]


class World:
    """The phone (a `Device`) and the operator's side (a `Counter`) of one customer with one line."""

    def __init__(self, records: Record, device: Record) -> None:
        self.records = copy.deepcopy(records)
        self.number = ""
        self.asked: Effect | None = None
        self.begin(device)

    # The operator's records -------------------------------------------------------------------------------------

    @property
    def line(self) -> Record:
        return next(one for one in self.records["lines"] if one["phone_number"] == self.number)

    @property
    def plan(self) -> Record:
        return next(one for one in self.records["plans"] if one["plan_id"] == self.line["plan_id"])

    @property
    def bills(self) -> list[Record]:
        mine = next(one for one in self.records["customers"] if self.line["line_id"] in one["line_ids"])
        return [one for one in self.records["bills"] if one["bill_id"] in mine["bill_ids"]]

    def owed(self) -> float:
        return float(sum(one["total_due"] for one in self.bills if one["status"] in ("Overdue", "Awaiting Payment")))

    def contract_ended(self) -> bool:
        return date.fromisoformat(str(self.line["contract_end_date"])) < TODAY

    def used_up(self) -> bool:
        return bool(self.line["data_used_gb"] > self.plan["data_limit_gb"] + self.line["data_refueling_gb"])

    def permits(self) -> Line:
        """What the network lets the SIM do."""
        return Line(self.line["status"] == "Active", self.line["roaming_enabled"], not self.used_up())

    # The phone: another model overrides these and nothing else -----------------------------------------------------

    def begin(self, device: Record) -> None:
        """The phone as a device record describes it."""
        self.phone = phone_of(device)

    def happen(self, name: str, given: Mapping[str, Any]) -> None:
        """One preparation of the phone. Raises KeyError for one that is not known."""
        self.phone = prepared(self.phone, self.permits(), name, given)

    def registered(self) -> bool:
        """Whether the network sees it."""
        return diagnosis.has_service(self.phone)

    def abroad(self) -> bool:
        """Whether it is abroad."""
        return self.phone.abroad

    def use(self, action: str, given: dict[str, str]) -> None:
        """Do one thing with it."""
        self.phone = diagnosis.do(self.phone, self.permits(), action, given)

    def look(self, check: str, given: dict[str, str]) -> Mapping[str, Any]:
        """What a check on it shows."""
        return diagnosis.look(self.phone, self.permits(), check, given)

    # What the customer does -------------------------------------------------------------------------------------

    def do(self, action: str, given: dict[str, str]) -> None:
        """Pay what he was asked to pay; anything else is done with the phone."""
        if action != "make_payment":
            self.use(action, given)
            return
        for one in self.bills:
            one["status"] = "Paid" if one["status"] == "Awaiting Payment" else one["status"]

    # What the house does ----------------------------------------------------------------------------------------

    def answer(self, effect: Effect) -> Answered | Wanted:
        """Proofs succeed; what costs money wants its digits first, then is done on the records."""
        if effect.kind == "prove":
            return Answered(effect.number, "done")
        if effect.kind == "yes":
            asked, self.asked = self.asked, None
            if asked is None or effect.given.get("text") != DIGITS:
                return Answered(effect.number, "refused", {"reason": "not_confirmed"})
            return self.perform(asked)
        if effect.code in COSTS:
            self.asked = effect
            return Wanted(effect.number, "yes", {"what": effect.code, "digits": DIGITS})
        return self.perform(effect)

    def perform(self, effect: Effect) -> Answered:
        run = SERVICES.get(effect.code)
        if run is None:
            return Answered(effect.number, "away")
        outcome, facts = run(self, effect.given)
        return Answered(effect.number, outcome, facts, changed=effect.code in COSTS)


Told = tuple[Any, Record]


def _line_state(world: World, _: Mapping[str, str]) -> Told:
    active = world.line["status"] == "Active"
    why = "" if active else "contract_ended" if world.contract_ended() else "unpaid" if world.owed() else "other"
    return "done", {
        "state": "active" if active else "suspended",
        "suspended_for": why,
        "owed": f"{world.owed():.2f}",
        "roaming": world.line["roaming_enabled"],
        "registered": world.registered(),
        "abroad": world.abroad() if world.registered() else "",
    }


def _network_state(_: World, __: Mapping[str, str]) -> Told:
    return "done", {"outage": False}


def _plan(world: World, _: Mapping[str, str]) -> Told:
    left = world.plan["data_limit_gb"] + world.line["data_refueling_gb"] - world.line["data_used_gb"]
    return "done", {"data_left": max(0, int(left * MEGABYTES))}


def _data_packs(world: World, _: Mapping[str, str]) -> Told:
    """Refuelling as packs: as much as the operator allows first, as these customers are willing to take."""
    price = world.plan["data_refueling_price_per_gb"]
    return "done", {"rows": [(f"{gb:g}", f"{gb:g} GB {gb * price:.2f}") for gb in (REFUEL_MOST_GB, 1.0)]}


def _buy_data_pack(world: World, given: Mapping[str, str]) -> Told:
    gb = float(given["pack_code"])
    if not 0 < gb <= REFUEL_MOST_GB:
        return "refused", {"reason": "pack_not_offered"}
    world.line["data_refueling_gb"] += gb
    return "done", {}


def _roaming_on(world: World, _: Mapping[str, str]) -> Told:
    world.line["roaming_enabled"] = True
    return "done", {}


def _top_up(world: World, _: Mapping[str, str]) -> Told:
    for one in world.bills:
        one["status"] = "Awaiting Payment" if one["status"] == "Overdue" else one["status"]
    return "pending", {}


def _resume_line(world: World, _: Mapping[str, str]) -> Told:
    if world.contract_ended() or world.owed():
        return "refused", {"reason": "owes" if world.owed() else "contract_ended"}
    world.line["status"] = "Active"
    return "done", {}


SERVICES: Final[dict[str, Callable[[World, Mapping[str, str]], Told]]] = {
    "line_state": _line_state,
    "network_state": _network_state,
    "plan": _plan,
    "data_packs": _data_packs,
    "buy_data_pack": _buy_data_pack,
    "roaming_on": _roaming_on,
    "top_up": _top_up,
    "resume_line": _resume_line,
}


# How a task prepares the world ------------------------------------------------------------------------------------


def phone_of(told: Record) -> Phone:
    """The phone that a device record describes."""
    device = told["device"]
    apn = device["active_apn_settings"]
    rights = device["app_statuses"]["messaging"]["permissions"]
    status = device["sim_card_status"]
    return Phone(
        airplane_mode=device["airplane_mode"],
        sim_missing=device["sim_card_missing"],
        sim_lock=status.removeprefix("locked_") if status.startswith("locked_") else "",
        data_enabled=device["data_enabled"],
        roaming_enabled=device["roaming_enabled"],
        network_mode=device["network_mode_preference"],
        data_saver=device["data_saver_mode"],
        vpn_connected=device["vpn_connected"],
        wifi_calling=device["wifi_calling_enabled"],
        mms_over_wifi=device["wifi_calling_mms_over_wifi"],
        mmsc_set=bool(apn["mmsc_url"]),
        permissions=frozenset(name for name, given in rights.items() if given),
    )


_SETTINGS: Final[dict[str, dict[str, Any]]] = {
    "turn_airplane_mode_on": {"airplane_mode": True},
    "turn_airplane_mode_off": {"airplane_mode": False},
    "turn_data_on": {"data_enabled": True},
    "turn_data_off": {"data_enabled": False},
    "turn_roaming_on": {"roaming_enabled": True},
    "turn_roaming_off": {"roaming_enabled": False},
    "turn_data_saver_mode_on": {"data_saver": True},
    "turn_data_saver_mode_off": {"data_saver": False},
    "unseat_sim_card": {"sim_missing": True},
    "break_apn_settings": {"apn_correct": False},
    "break_apn_mms_setting": {"mmsc_set": False},
    "break_vpn": {"vpn_connected": True, "vpn_slow": True},
}
"""What preparations do to the phone that take no arguments."""


def prepared(phone: Phone, line: Line, name: str, given: Mapping[str, Any]) -> Phone:
    """The phone after one preparation."""
    if name in _SETTINGS:
        return replace(phone, **_SETTINGS[name])
    match name:
        case "simulate_network_search":
            return replace(phone, line_heard=line.active)
        case "set_user_location":
            return replace(phone, abroad=given["abroad"])
        case "lock_sim_card":
            return replace(phone, sim_lock=given["mode"])
        case "set_network_mode_preference":
            return replace(phone, network_mode=given["mode"])
        case "set_wifi_calling":
            over = given.get("mms_over_wifi")
            over = phone.mms_over_wifi if over is None else over
            return replace(phone, wifi_calling=given["enabled"], mms_over_wifi=over)
        case "remove_app_permission":
            return replace(phone, permissions=phone.permissions - {given["permission"]})
    raise KeyError(name)


def prepare(world: World, name: str, given: Mapping[str, Any]) -> None:
    """One preparation, by its name. Raises KeyError for one that is not known."""
    if name == "set_user_info":
        world.number = given["phone_number"]
    elif name in _PREPARE_LINE:
        _PREPARE_LINE[name](world, given)
    else:
        world.happen(name, given)


def _data_usage(world: World, given: Mapping[str, Any]) -> None:
    _line(world, given)["data_used_gb"] = given["data_used_gb"]


def _roaming(world: World, given: Mapping[str, Any], allowed: bool) -> None:
    _line(world, given)["roaming_enabled"] = allowed


def _suspend(world: World, given: Mapping[str, Any]) -> None:
    line = _line(world, given)
    line |= {"status": "Suspended", "suspension_start_date": TODAY.isoformat()}
    if given.get("contract_ended"):
        line["contract_end_date"] = TODAY.replace(day=TODAY.day - 1).isoformat()
    plan = next(one for one in world.records["plans"] if one["plan_id"] == line["plan_id"])
    bill = {"bill_id": given["new_bill_id"], "total_due": plan["price_per_month"], "status": "Overdue"}
    world.records["bills"].append(bill)
    owner = next(one for one in world.records["customers"] if one["customer_id"] == given["customer_id"])
    owner["bill_ids"].append(given["new_bill_id"])


def _line(world: World, given: Mapping[str, Any]) -> Record:
    return next(one for one in world.records["lines"] if one["line_id"] == given["line_id"])


_PREPARE_LINE: Final[dict[str, Callable[[World, Mapping[str, Any]], None]]] = {
    "set_data_usage": _data_usage,
    "enable_roaming": lambda world, given: _roaming(world, given, True),
    "disable_roaming": lambda world, given: _roaming(world, given, False),
    "suspend_line_for_overdue_bill": _suspend,
}


# What a task wants to be true at the end --------------------------------------------------------------------------


def holds(world: World, name: str, given: Mapping[str, Any]) -> bool:
    """Whether one assertion holds. Raises KeyError for one that is not known."""
    return ASSERTIONS[name](world, given)


def _speed(world: World) -> str:
    return str(world.look("run_speed_test", {})["internet_speed"]).lower()


ASSERTIONS: Final[dict[str, Callable[[World, Mapping[str, Any]], bool]]] = {
    "assert_service_status": lambda world, given: (
        ("connected" if world.registered() else "no_service") == given["expected_status"]
    ),
    "assert_mobile_data_status": lambda world, given: (not _speed(world).startswith("no")) == given["expected_status"],
    "assert_internet_speed": lambda world, given: _speed(world) == given["expected_desc"],
    "assert_can_send_mms": lambda world, given: (
        world.look("can_send_mms", {})["can_send_mms"] == given["expected_status"]
    ),
    "assert_data_refueling_amount": lambda world, given: (
        _line(world, given)["data_refueling_gb"] == given["expected_amount"]
    ),
    "assert_no_overdue_bill": lambda world, given: all(
        one["status"] == "Paid" for one in world.records["bills"] if one["bill_id"] == given["overdue_bill_id"]
    ),
}
