"""A phone of another make: it keeps what it found on the network until it searches again, and says things otherwise.

Written from the same manual and sharing nothing with `qiao.diagnosis.model_phone`, so that the flows are seen to follow
the manual and not our model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench._guidance_world import World
from qiao.diagnosis import NoSuchControl

if TYPE_CHECKING:
    from collections.abc import Mapping

SWITCHES = {
    "toggle_airplane_mode": "airplane",
    "toggle_data": "data",
    "toggle_roaming": "roaming",
    "toggle_data_saver_mode": "saver",
    "toggle_wifi_calling": "calling",
}
SETTINGS: dict[str, tuple[str, Any]] = {
    "turn_airplane_mode_on": ("airplane", True),
    "turn_data_off": ("data", False),
    "turn_roaming_on": ("roaming", True),
    "turn_roaming_off": ("roaming", False),
    "turn_data_saver_mode_on": ("saver", True),
    "unseat_sim_card": ("card", "Missing"),
    "break_apn_settings": ("apn", "broken"),
    "break_apn_mms_setting": ("mmsc", ""),
}
NETWORKS = {"4g_5g_preferred": "5G", "4g_only": "4G", "3g_only": "3G", "2g_only": "2G"}
MBPS = {"none": 0.0, "2G": 0.3, "3G": 3.0, "4G": 50.0, "5G": 275.0}
NAMES = ((0.001, "No connection"), (1, "Very poor"), (5, "Poor"), (25, "Fair"), (100, "Good"))


class OtherWorld(World):
    """The same operator, another phone."""

    def begin(self, device: dict[str, Any]) -> None:
        self.at: dict[str, Any] = dict.fromkeys(("airplane", "roaming", "saver", "calling", "vpn", "away"), False)
        self.at |= {"data": True, "card": "Active", "lock": "", "apn": "internet", "mmsc": "set", "reset": False}
        self.at |= {"mode": "4g_5g_preferred", "found": "5G", "storage": True, "sms": True, "over_wifi": False}

    def search(self) -> None:
        """Look for a network; what is found is kept until the next search."""
        at = self.at
        able = not at["airplane"] and at["card"] == "Active" and not at["lock"] and at["apn"] != "broken"
        at["found"] = NETWORKS[at["mode"]] if able and self.permits().active else "none"

    def happen(self, name: str, given: Mapping[str, Any]) -> None:
        at = self.at
        if name in SETTINGS:
            field, value = SETTINGS[name]
            at[field] = value
        elif name == "lock_sim_card":
            at["lock"] = f"Locked_{given['mode']}"
        elif name == "break_vpn":
            at["vpn"] = True
        elif name == "set_user_location":
            at["away"] = given["abroad"]
        elif name == "set_network_mode_preference":
            at["mode"] = given["mode"]
        elif name == "set_wifi_calling":
            at["calling"], at["over_wifi"] = given["enabled"], given["mms_over_wifi"]
        elif name == "remove_app_permission":
            at[given["permission"]] = False
        elif name != "simulate_network_search":
            raise KeyError(name)
        self.search()

    def registered(self) -> bool:
        return bool(self.at["found"] != "none")

    def abroad(self) -> bool:
        return bool(self.at["away"])

    def use(self, action: str, given: dict[str, str]) -> None:
        at = self.at
        if action in SWITCHES:
            at[SWITCHES[action]] = not at[SWITCHES[action]]
            if action == "toggle_airplane_mode":
                at["vpn"] = at["vpn"] and not at["airplane"]
                self.search()
        elif action == "disconnect_vpn":
            at["vpn"] = False
        elif action == "reseat_sim_card":
            at["card"] = "Active"
            self.search()
        elif action == "reset_apn_settings":
            at["reset"] = True
        elif action == "reboot_device":
            at |= {"apn": "internet", "mmsc": "set", "reset": False} if at["reset"] else {}
            self.search()
        elif action == "set_network_mode_preference":
            at["mode"] = given["mode"]
            self.search()
        elif action == "grant_app_permission" and given["app_name"] == "messaging":
            at[given["permission"]] = True
        else:
            raise NoSuchControl(action)

    def mbps(self) -> float:
        at, line = self.at, self.permits()
        roams = not at["away"] or (at["roaming"] and line.roaming)
        works = not at["airplane"] and at["data"] and line.active and line.data_left and roams
        return MBPS[at["found"]] * works * (0.2 if at["saver"] else 1) * (0.1 if at["vpn"] else 1)

    def look(self, check: str, given: dict[str, str]) -> Mapping[str, Any]:
        at, found = self.at, self.at["found"]
        bar = {"airplane_mode": at["airplane"], "network_signal_strength": "None" if found == "none" else "Good"}
        speed = next((name for below, name in NAMES if self.mbps() < below), "Excellent")
        sends = self.mbps() > 0 and found != "2G" and not (at["calling"] and at["over_wifi"])
        shown: dict[str, dict[str, Any]] = {
            "check_status_bar": bar,
            "check_network_status": {
                **bar,
                "network_technology_connected": found,
                "data_enabled": at["data"],
                "roaming_enabled": at["roaming"],
            },
            "check_sim_status": {"sim_card_status": at["card"] if at["card"] == "Missing" else at["lock"] or "Active"},
            "check_network_mode_preference": {"network_mode_preference": at["mode"]},
            "check_data_restriction_status": {"data_saver_mode": at["saver"]},
            "check_vpn_status": {"vpn_connected": at["vpn"]},
            "check_wifi_calling_status": {"wifi_calling_enabled": at["calling"]},
            "check_app_permissions": {f"permission_{one}": at[one] for one in ("storage", "sms")},
            "run_speed_test": {"internet_speed": speed},
            "can_send_mms": {"can_send_mms": sends and bool(at["mmsc"]) and at["storage"] and at["sms"]},
        }
        return shown[check]
