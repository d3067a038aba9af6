"""Faults of our own invention, played through the flows with a customer who does exactly what he is told."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bench._guidance_world import DIGITS, World, prepare
from bench.guidance import DEFAULT, Played, play
from qiao.diagnosis import NoSuchControl, follow
from qiao.selfservice import Answered, Effect, Flow, built_in, built_in_texts
from qiao.selfservice.reading import read_flow
from tests.diagnosis.other_phone import OtherWorld
from tests.selfservice.writing import choice, flow_of, said

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
NUMBER = "139-0000-0001"
RECORDS: dict[str, Any] = {
    "plans": [{"plan_id": "S", "data_limit_gb": 10.0, "price_per_month": 59.0, "data_refueling_price_per_gb": 4.0}],
    "lines": [
        {
            "line_id": "N1",
            "phone_number": NUMBER,
            "status": "Active",
            "plan_id": "S",
            "data_used_gb": 3.0,
            "data_refueling_gb": 0.0,
            "roaming_enabled": False,
            "contract_end_date": "2027-01-01",
        }
    ],
    "customers": [{"customer_id": "K1", "line_ids": ["N1"], "bill_ids": []}],
    "bills": [],
}
DEVICE: dict[str, Any] = {
    "device": {
        "sim_card_status": "active",
        "sim_card_missing": False,
        "airplane_mode": False,
        "data_enabled": True,
        "roaming_enabled": False,
        "network_mode_preference": "4g_5g_preferred",
        "wifi_calling_enabled": False,
        "wifi_calling_mms_over_wifi": False,
        "data_saver_mode": False,
        "vpn_connected": False,
        "active_apn_settings": {"mmsc_url": "http://mms.example"},
        "app_statuses": {"messaging": {"permissions": {"sms": True, "storage": True, "network": False}}},
    }
}
LINE = {"customer_id": "K1", "line_id": "N1"}
UNPAID = ("suspend_line_for_overdue_bill", {**LINE, "new_bill_id": "R1", "contract_ended": False})
NO_CONTRACT = ("suspend_line_for_overdue_bill", {**LINE, "new_bill_id": "R1", "contract_ended": True})
SEARCH: Any = ("simulate_network_search", {})
OVER_WIFI = ("set_wifi_calling", {"enabled": True, "mms_over_wifi": True})
PIN, PUK = (("lock_sim_card", {"mode": mode}) for mode in ("pin", "puk"))
ABROAD = ("set_user_location", {"abroad": True})
SERVICE = ("assert_service_status", {"expected_status": "connected"})
NONE = ("assert_service_status", {"expected_status": "no_service"})
PAID = ("assert_no_overdue_bill", {"overdue_bill_id": "R1"})
FAST = ("assert_internet_speed", {"expected_speed": 200, "expected_desc": "excellent"})
DATA = ("assert_mobile_data_status", {"expected_status": True})
SENT = ("assert_can_send_mms", {"expected_status": True})
REFUELLED = ("assert_data_refueling_amount", {**LINE, "expected_amount": 2.0})


def task(kind: str, prepared: list[Any], wanted: list[Any], *, human: bool = False) -> dict[str, Any]:
    named = [
        ("set_user_info", {"phone_number": NUMBER}),
        *((one, {}) if isinstance(one, str) else one for one in prepared),
    ]
    return {
        "id": f"[{kind}]ours",
        "initial_state": {"initialization_actions": [{"func_name": n, "arguments": given} for n, given in named]},
        "evaluation_criteria": {
            "env_assertions": [{"func_name": n, "arguments": given, "assert_value": True} for n, given in wanted],
            "actions": [{"name": "transfer_to_human_agents"}] if human else [],
        },
    }


def played(given: dict[str, Any], flows: dict[str, Flow] | None = None, model: type[World] = World) -> Played:
    return play(given, RECORDS, DEVICE, flows or built_in(), model)


@pytest.mark.parametrize("model", [World, OtherWorld])
@pytest.mark.parametrize(
    ("kind", "prepared", "wanted"),
    [
        ("service_issue", ["turn_airplane_mode_on", "break_apn_settings"], [SERVICE]),
        ("service_issue", [UNPAID, SEARCH, "unseat_sim_card"], [SERVICE, PAID]),
        ("service_issue", [UNPAID, SEARCH, "turn_airplane_mode_on"], [SERVICE, PAID]),
        ("mobile_data_issue", [("set_network_mode_preference", {"mode": "3g_only"})], [FAST]),
        ("mobile_data_issue", ["turn_data_saver_mode_on", "break_vpn", "turn_data_off"], [FAST, DATA]),
        ("mobile_data_issue", [("set_data_usage", {**LINE, "data_used_gb": 10.2})], [FAST, REFUELLED]),
        ("mobile_data_issue", [ABROAD, "turn_roaming_off", ("disable_roaming", LINE)], [FAST]),
        ("mobile_data_issue", [ABROAD, "turn_roaming_on", ("enable_roaming", LINE), "unseat_sim_card"], [FAST]),
        ("mobile_data_issue", [UNPAID, SEARCH, "break_vpn"], [FAST, PAID]),
        (
            "mms_issue",
            [OVER_WIFI, "break_apn_mms_setting"],
            [SENT],
        ),
        ("mms_issue", [("remove_app_permission", {"app_name": "messaging", "permission": "sms"}), ABROAD], [SENT]),
        ("mms_issue", [("set_network_mode_preference", {"mode": "2g_only"}), "turn_data_off"], [SENT]),
    ],
)
def test_a_fault_is_put_right_and_nobody_is_needed(
    kind: str, prepared: list[Any], wanted: list[Any], model: type[World]
) -> None:
    found = played(task(kind, prepared, wanted), model=model)
    assert found.failed == ()
    assert (found.followed.over, found.followed.session.result) == ("ended", "solved")


@pytest.mark.parametrize("model", [World, OtherWorld])
@pytest.mark.parametrize(
    "prepared",
    [
        [("lock_sim_card", {"mode": "puk"})],
        [NO_CONTRACT, SEARCH],
        ["unseat_sim_card", ("lock_sim_card", {"mode": "pin"})],
    ],
)
def test_what_only_people_can_do_is_handed_to_them_with_what_was_tried(prepared: list[Any], model: type[World]) -> None:
    found = played(task("service_issue", prepared, [NONE], human=True), model=model)
    assert found.failed == ()
    assert found.followed.handed == "faults"
    steps = {one.step for one in found.followed.session.tried}
    assert steps >= {step.partition(".")[2] for step, _ in found.followed.answers}


def test_a_flow_that_leaves_a_step_out_is_found_wanting() -> None:
    text = built_in_texts()["slow_data"].replace("do: [disconnect_vpn], ", "")
    lame, faults = read_flow(text)
    assert lame is not None, faults
    found = played(task("mobile_data_issue", ["break_vpn"], [FAST]), {**built_in(), "slow_data": lame})
    assert [one.partition(" ")[0] for one in found.failed] == ["assert_internet_speed", "was"]


def test_who_should_have_been_handed_over_and_was_not_does_not_count() -> None:
    found = played(task("service_issue", ["turn_airplane_mode_on"], [SERVICE], human=True))
    assert found.failed == ("was not handed to a human",)


def test_nothing_is_paid_without_its_digits() -> None:
    world = World(RECORDS, DEVICE)
    prepare(world, "set_user_info", {"phone_number": NUMBER})
    buy = Effect(1, "service", "buy_data_pack", {"pack_code": "2"})
    world.answer(buy)
    refused = world.answer(Effect(1, "yes", "", {"text": "1"}))
    assert isinstance(refused, Answered)
    assert (refused.outcome, world.line["data_refueling_gb"]) == ("refused", 0.0)
    world.answer(buy)
    world.answer(Effect(1, "yes", "", {"text": DIGITS}))
    assert world.line["data_refueling_gb"] == 2.0
    too_much = world.perform(Effect(2, "service", "buy_data_pack", {"pack_code": "5"}))
    assert too_much.outcome == "refused"
    assert world.answer(Effect(3, "service", "dance")) == Answered(3, "away")


def test_a_preparation_nobody_knows_is_an_error_and_never_passed_over() -> None:
    with pytest.raises(KeyError):
        played(task("service_issue", ["drop_in_water"], [SERVICE]))
    with pytest.raises(KeyError):
        played(task("service_issue", [], [("assert_happy", {})]))


def test_who_finds_no_answer_asks_for_a_person_and_who_is_told_what_is_not_there_stops() -> None:
    world = World(RECORDS, DEVICE)
    prepare(world, "set_user_info", {"phone_number": NUMBER})
    only = [choice("1", "done", seen={"field": "bars", "is": 9})]
    ask = {"menu": said("?"), "choices": only, "guide": {"look": ["check_sim_status"]}}
    flow = flow_of({"ask": ask, "done": {"end": True}}, observations={"bars": "number"})
    found = follow({flow.code: flow}, flow.code, {}, device=world, counter=world, knows={}, now=NOW)
    assert (found.over, found.answers[-1][1]) == ("handed", "0")
    ask["guide"] = {"do": ["fly"]}
    odd = flow_of({"ask": ask, "done": {"end": True}}, observations={"bars": "number"})
    with pytest.raises(NoSuchControl):
        follow({odd.code: odd}, odd.code, {}, device=world, counter=world, knows={}, now=NOW)


@pytest.mark.skipif(not DEFAULT.is_file(), reason=f"the published tasks are not on this machine ({DEFAULT})")
@pytest.mark.parametrize("model", [World, OtherWorld])
def test_at_least_sixty_of_the_published_tasks_are_reached(model: type[World]) -> None:
    folder = DEFAULT.parent
    records, device = (tomllib.loads((folder / one).read_text("utf-8")) for one in ("db.toml", "user_db.toml"))
    tasks = json.loads(DEFAULT.read_text("utf-8"))
    reached = [not play(one, records, device, built_in(), model).failed for one in tasks]
    assert sum(reached) >= 60


def test_the_benchmark_prints_its_figures_as_json_on_the_last_line(tmp_path: Path) -> None:
    tasks = [task("service_issue", ["turn_airplane_mode_on"], [SERVICE]), task("service_issue", [], [NONE])]
    (tmp_path / "tasks.json").write_text(json.dumps(tasks))
    (tmp_path / "db.toml").write_text(_toml(RECORDS))
    (tmp_path / "user_db.toml").write_text(_toml(DEVICE))
    command = [sys.executable, "-m", "bench.guidance", str(tmp_path / "tasks.json"), "--verbose"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]).stdout
    figures = json.loads(printed.splitlines()[-1])
    assert (figures["tasks"], figures["reached"]) == (2, 1)
    assert figures["by_kind"] == {"service_issue": {"tasks": 2, "reached": 1}}
    assert "no_service" in figures["not_reached"][0]["failed"][0]


def _toml(told: dict[str, Any]) -> str:
    """Plain records as TOML: inline, one key a line; keys and values are JSON but for tables."""

    def value(one: Any) -> str:
        if isinstance(one, dict):
            return "{" + ", ".join(f"{json.dumps(key)} = {value(each)}" for key, each in one.items()) + "}"
        if isinstance(one, list):
            return "[" + ", ".join(value(each) for each in one) + "]"
        return json.dumps(one)

    return "".join(f"{key} = {value(one)}\n" for key, one in told.items())
