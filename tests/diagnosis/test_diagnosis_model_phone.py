"""What breaks service, mobile data and picture messages on a phone, and what puts it right."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from qiao.diagnosis.model_phone import (
    LOOKS,
    MODES,
    Line,
    NoSuchControl,
    Phone,
    data_works,
    do,
    has_service,
    look,
    mms_works,
    network,
    restarted,
    speed,
)

FINE = Line()
ABROAD = Phone(abroad=True, roaming_enabled=True)


def done(phone: Phone, *actions: str, line: Line = FINE, **given: str) -> Phone:
    for action in actions:
        phone = do(phone, line, action, given)
    return phone


def test_a_phone_as_it_is_sold_has_everything() -> None:
    assert (network(Phone()), speed(Phone(), FINE), mms_works(Phone(), FINE)) == ("5G", "excellent", True)


@pytest.mark.parametrize(
    "broken",
    [
        {"airplane_mode": True},
        {"sim_missing": True},
        {"sim_lock": "pin"},
        {"apn_correct": False},
        {"line_heard": False},
    ],
)
def test_without_service_nothing_goes(broken: dict[str, Any]) -> None:
    phone = Phone(**broken)
    assert not has_service(phone)
    assert look(phone, FINE, "check_status_bar", {})["network_signal_strength"] == "none"
    assert speed(phone, FINE) == "no connection"
    assert not mms_works(phone, FINE)


@pytest.mark.parametrize(
    ("phone", "line"),
    [
        (Phone(data_enabled=False), FINE),
        (Phone(), Line(data_left=False)),
        (Phone(), Line(active=False)),
        (replace(ABROAD, roaming_enabled=False), FINE),
        (ABROAD, Line(roaming=False)),
    ],
)
def test_service_without_data(phone: Phone, line: Line) -> None:
    assert has_service(phone)
    assert not data_works(phone, line)
    assert not mms_works(phone, line)


@pytest.mark.parametrize(
    ("broken", "called"),
    [
        ({}, "excellent"),
        ({"data_saver": True}, "good"),
        ({"vpn_connected": True}, "excellent"),
        ({"vpn_connected": True, "vpn_slow": True}, "fair"),
        ({"vpn_slow": True}, "excellent"),
        ({"network_mode": "4g_only"}, "good"),
        ({"network_mode": "3g_only"}, "poor"),
        ({"network_mode": "2g_only"}, "very poor"),
        ({"network_mode": "2g_only", "vpn_connected": True, "vpn_slow": True, "data_saver": True}, "very poor"),
    ],
)
def test_what_slows_it_down(broken: dict[str, Any], called: str) -> None:
    assert speed(Phone(**broken), FINE) == called
    assert speed(replace(ABROAD, **broken), FINE) == called


@pytest.mark.parametrize(
    ("broken", "goes"),
    [
        ({"network_mode": "2g_only"}, False),
        ({"network_mode": "3g_only"}, True),
        ({"wifi_calling": True, "mms_over_wifi": True}, False),
        ({"wifi_calling": True}, True),
        ({"mmsc_set": False}, False),
        ({"permissions": frozenset({"sms"})}, False),
        ({"permissions": frozenset({"storage", "sms", "phone"})}, True),
        ({"data_saver": True, "vpn_connected": True, "vpn_slow": True}, True),
    ],
)
def test_what_keeps_pictures_back(broken: dict[str, Any], goes: bool) -> None:
    assert look(Phone(**broken), FINE, "can_send_mms", {}) == {"can_send_mms": goes}


@pytest.mark.parametrize(
    ("switch", "field"),
    [
        ("toggle_airplane_mode", "airplane_mode"),
        ("toggle_data", "data_enabled"),
        ("toggle_roaming", "roaming_enabled"),
        ("toggle_data_saver_mode", "data_saver"),
        ("toggle_wifi_calling", "wifi_calling"),
    ],
)
def test_a_switch_goes_over_and_back(switch: str, field: str) -> None:
    once = done(Phone(), switch)
    assert getattr(once, field) is not getattr(Phone(), field)
    assert done(once, switch) == Phone()


def test_what_is_put_right_by_one_act() -> None:
    assert done(Phone(vpn_connected=True), "disconnect_vpn") == done(Phone(), "disconnect_vpn") == Phone()
    assert done(Phone(), "connect_vpn").vpn_connected
    assert done(Phone(sim_missing=True), "reseat_sim_card") == Phone()
    assert done(Phone(network_mode="2g_only"), "set_network_mode_preference", mode="4g_5g_preferred") == Phone()
    bare = Phone(permissions=frozenset())
    assert done(bare, "grant_app_permission", app_name="messaging", permission="sms").permissions == {"sms"}


def test_access_points_that_were_reset_apply_after_a_restart() -> None:
    broken = Phone(apn_correct=False, mmsc_set=False)
    waiting = done(broken, "reset_apn_settings")
    assert not has_service(waiting)
    assert done(waiting, "reboot_device") == Phone()
    assert done(broken, "reboot_device") == broken


def test_a_line_that_works_again_is_noticed_after_a_restart() -> None:
    cut = restarted(Phone(), Line(active=False))
    assert not has_service(cut)
    assert not has_service(done(cut, "toggle_airplane_mode", "toggle_airplane_mode"))
    assert done(cut, "reboot_device") == Phone()


def test_a_restart_unlocks_no_card() -> None:
    locked = Phone(sim_lock="puk", sim_missing=True)
    assert look(locked, FINE, "check_sim_status", {}) == {"sim_card_status": "missing"}
    seated = done(locked, "reseat_sim_card", "reboot_device")
    assert look(seated, FINE, "check_sim_status", {}) == {"sim_card_status": "locked_puk"}


def test_each_check_shows_its_observations_and_nothing_else() -> None:
    for check, shown in LOOKS.items():
        assert tuple(look(Phone(), FINE, check, {})) == shown
    rights = look(Phone(permissions=frozenset({"sms"})), FINE, "check_app_permissions", {"app_name": "messaging"})
    assert rights == {"permission_sms": True, "permission_storage": False}
    assert look(Phone(vpn_connected=True, vpn_slow=True), FINE, "check_vpn_status", {})["vpn_performance"] == "poor"
    assert look(Phone(vpn_connected=True), FINE, "check_vpn_status", {})["vpn_performance"] == "good"
    assert look(Phone(mmsc_set=False, apn_correct=False), FINE, "check_apn_settings", {}) == {
        "apn": "incorrect",
        "mmsc_url": "",
    }


def test_a_control_that_is_not_there_is_said() -> None:
    for action, given in (
        ("shake", {}),
        ("set_network_mode_preference", {"mode": "6g"}),
        ("grant_app_permission", {"app_name": "browser", "permission": "sms"}),
    ):
        with pytest.raises(NoSuchControl):
            do(Phone(), FINE, action, given)
    for check, given in (("x", {}), ("check_sim_status", {"slot": "2"}), ("check_app_permissions", {})):
        with pytest.raises(NoSuchControl):
            look(Phone(), FINE, check, given)
    assert set(MODES) == {"4g_5g_preferred", "4g_only", "3g_only", "2g_only"}
