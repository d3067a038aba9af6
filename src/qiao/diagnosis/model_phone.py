"""A mobile phone with its settings, and what follows from them: service, internet speed, picture messages. Pure.

For whoever rehearses a fault: benchmarks, training seats, the demo. Its actions and checks have the names that guides
of flows use (`selfservice/flow-format.md`); what a check shows is told under the names of `LOOKS`. What breaks what is
that of a mobile operator's technical support manual; where phones differ, the stricter way stands: a setting that
"applies after a restart" does nothing before, and a line that works again is noticed after a restart only.
"""

from dataclasses import dataclass, replace
from typing import Any, Final, Literal

Modem = Literal["none", "2G", "3G", "4G", "5G"]
BEST_MODE: Final = "4g_5g_preferred"
MODES: Final[dict[str, Modem]] = {BEST_MODE: "5G", "4g_only": "4G", "3g_only": "3G", "2g_only": "2G"}
"""What the phone is set to, and the network it then finds where there is coverage."""
_MBPS: Final[dict[Modem, float]] = {"none": 0.0, "2G": 0.2, "3G": 3.0, "4G": 60.0, "5G": 220.0}
_STRENGTH: Final[dict[Modem, str]] = {"none": "none", "2G": "poor", "3G": "fair", "4G": "good", "5G": "good"}
_SPEEDS: Final = ((1.0, "very poor"), (5.0, "poor"), (25.0, "fair"), (100.0, "good"))
"""Below so many Mbit/s it is called so; from the last on it is excellent."""
NO_CONNECTION: Final = "no connection"
SAVER_SHARE: Final = 0.2
SLOW_VPN_SHARE: Final = 0.1
MMSC: Final = "http://mms.carrier.example/wapenc"
NEEDED_FOR_MMS: Final = frozenset({"storage", "sms"})


@dataclass(frozen=True, slots=True)
class Line:
    """What the operator lets the SIM do at this moment."""

    active: bool = True
    roaming: bool = True
    data_left: bool = True


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone as its owner finds it; as it stands here, all works at home."""

    airplane_mode: bool = False
    sim_missing: bool = False
    sim_lock: Literal["", "pin", "puk"] = ""
    data_enabled: bool = True
    roaming_enabled: bool = False
    network_mode: str = BEST_MODE
    data_saver: bool = False
    vpn_connected: bool = False
    vpn_slow: bool = False
    wifi_calling: bool = False
    mms_over_wifi: bool = False
    apn_correct: bool = True
    mmsc_set: bool = True
    apn_reset_waits: bool = False
    """APN settings were reset, and apply after a restart."""
    permissions: frozenset[str] = NEEDED_FOR_MMS
    """Of the messaging app."""
    abroad: bool = False
    line_heard: bool = True
    """What the network told it when it last registered: whether the line is active."""


# What follows from it ---------------------------------------------------------------------------------------------


def network(phone: Phone) -> Modem:
    """The network it is registered on; "none" without service."""
    able = not (phone.airplane_mode or phone.sim_missing or phone.sim_lock)
    return MODES[phone.network_mode] if able and phone.apn_correct and phone.line_heard else "none"


def has_service(phone: Phone) -> bool:
    """Whether it has signal."""
    return network(phone) != "none"


def data_works(phone: Phone, line: Line) -> bool:
    """Whether anything comes over mobile data, at whatever speed."""
    roams = not phone.abroad or (phone.roaming_enabled and line.roaming)
    return has_service(phone) and phone.data_enabled and roams and line.data_left and line.active


def mbps(phone: Phone, line: Line) -> float:
    """Mbit/s of a speed test over mobile data; 0 without connection."""
    if not data_works(phone, line):
        return 0.0
    slowed = SLOW_VPN_SHARE if phone.vpn_connected and phone.vpn_slow else 1.0
    return _MBPS[network(phone)] * slowed * (SAVER_SHARE if phone.data_saver else 1.0)


def speed(phone: Phone, line: Line) -> str:
    """What the speed test calls it: "no connection", "very poor", "poor", "fair", "good", "excellent"."""
    found = mbps(phone, line)
    if not found:
        return NO_CONNECTION
    return next((name for below, name in _SPEEDS if found < below), "excellent")


def mms_works(phone: Phone, line: Line) -> bool:
    """Whether the messaging app can send a picture."""
    over_wifi = phone.wifi_calling and phone.mms_over_wifi
    allowed = phone.permissions >= NEEDED_FOR_MMS
    return data_works(phone, line) and network(phone) != "2G" and not over_wifi and phone.mmsc_set and allowed


# What is done with it ---------------------------------------------------------------------------------------------


class NoSuchControl(LookupError):
    """A phone has no such action or check, or not with these arguments."""


def do(phone: Phone, line: Line, action: str, given: dict[str, str]) -> Phone:
    """The phone after one action of its owner. Raises NoSuchControl."""
    match action, given:
        case "toggle_airplane_mode", {}:
            return replace(phone, airplane_mode=not phone.airplane_mode)
        case "toggle_data", {}:
            return replace(phone, data_enabled=not phone.data_enabled)
        case "toggle_roaming", {}:
            return replace(phone, roaming_enabled=not phone.roaming_enabled)
        case "toggle_data_saver_mode", {}:
            return replace(phone, data_saver=not phone.data_saver)
        case "toggle_wifi_calling", {}:
            return replace(phone, wifi_calling=not phone.wifi_calling)
        case "connect_vpn" | "disconnect_vpn", {}:
            return replace(phone, vpn_connected=action == "connect_vpn")
        case "reseat_sim_card", {}:
            return replace(phone, sim_missing=False)
        case "reset_apn_settings", {}:
            return replace(phone, apn_reset_waits=True)
        case "reboot_device", {}:
            return restarted(phone, line)
        case "set_network_mode_preference", {"mode": mode} if mode in MODES:
            return replace(phone, network_mode=mode)
        case "grant_app_permission", {"app_name": "messaging", "permission": permission}:
            return replace(phone, permissions=phone.permissions | {permission})
    raise NoSuchControl(action)


def restarted(phone: Phone, line: Line) -> Phone:
    """It registers anew and hears how the line stands; an APN reset applies."""
    if phone.apn_reset_waits:
        phone = replace(phone, apn_reset_waits=False, apn_correct=True, mmsc_set=True)
    return replace(phone, line_heard=line.active)


# What is seen on it -----------------------------------------------------------------------------------------------

Seen = dict[str, Any]


def look(phone: Phone, line: Line, check: str, given: dict[str, str]) -> Seen:
    """What one check shows, by observation. Raises NoSuchControl."""
    if check in ("check_app_permissions", "check_app_status") and given == {"app_name": "messaging"}:
        return {f"permission_{one}": one in phone.permissions for one in sorted(NEEDED_FOR_MMS)}
    if check not in LOOKS or given:
        raise NoSuchControl(check)
    everything = _seen(phone, line)
    return {name: everything[name] for name in LOOKS[check]}


_RADIO: Final = ("airplane_mode", "network_signal_strength", "network_technology_connected", "data_enabled")
LOOKS: Final[dict[str, tuple[str, ...]]] = {
    "check_status_bar": (*_RADIO, "data_saver_mode", "vpn_connected"),
    "check_network_status": (*_RADIO, "roaming_enabled"),
    "check_network_mode_preference": ("network_mode_preference",),
    "check_sim_status": ("sim_card_status",),
    "check_data_restriction_status": ("data_saver_mode",),
    "check_apn_settings": ("apn", "mmsc_url"),
    "check_wifi_calling_status": ("wifi_calling_enabled", "wifi_calling_mms_over_wifi"),
    "check_vpn_status": ("vpn_connected", "vpn_performance"),
    "run_speed_test": ("internet_speed", "internet_mbps"),
    "can_send_mms": ("can_send_mms",),
}
"""Check -> the observations it fills."""


def _seen(phone: Phone, line: Line) -> Seen:
    found = network(phone)
    lock = f"locked_{phone.sim_lock}" if phone.sim_lock else "active"
    slow = "poor" if phone.vpn_slow else "good"
    return {
        "airplane_mode": phone.airplane_mode,
        "network_signal_strength": _STRENGTH[found],
        "network_technology_connected": found,
        "data_enabled": phone.data_enabled,
        "roaming_enabled": phone.roaming_enabled,
        "data_saver_mode": phone.data_saver,
        "network_mode_preference": phone.network_mode,
        "sim_card_status": "missing" if phone.sim_missing else lock,
        "apn": "correct" if phone.apn_correct else "incorrect",
        "mmsc_url": MMSC if phone.mmsc_set else "",
        "wifi_calling_enabled": phone.wifi_calling,
        "wifi_calling_mms_over_wifi": phone.mms_over_wifi,
        "vpn_connected": phone.vpn_connected,
        "vpn_performance": slow if phone.vpn_connected else "",
        "internet_speed": speed(phone, line),
        "internet_mbps": mbps(phone, line),
        "can_send_mms": mms_works(phone, line),
    }
