"""The demo's hotline: a trunk on loopback, on free ports, from which any SIP telephone of this machine may call."""

import json
import socket
from collections.abc import Callable
from typing import Any, Final

from qiao.app.demo.handset import HOTLINE
from qiao.platform.settings import Settings
from qiao.platform.settings_voice import VoiceTrunk

TRUNK: Final = VoiceTrunk(name="demo", host="127.0.0.1", allow=("127.0.0.1/32",))


def with_voice(settings: Settings, free_port: Callable[[], int], *, played: bool = False) -> Settings:
    """The same demo with calls; trunks that the settings name stay.

    `played`: whom it calls back has a telephone of the story's, at a port that is free.
    """
    told: dict[str, Any] = {"sip_port": _free_udp(), "http_port": free_port()}
    if not settings.voice.trunks:
        told["trunks"] = (TRUNK.model_copy(update={"port": _free_udp()}) if played else TRUNK,)
    return settings.model_copy(update={"voice": settings.voice.model_copy(update=told)})


def by_voice(settings: Settings) -> dict[str, str]:
    """What the processes of a demo with calls need to know."""
    trunks = [trunk.model_dump(mode="json", exclude={"password"}) for trunk in settings.voice.trunks]
    secrets = [trunk.password.get_secret_value() for trunk in settings.voice.trunks]
    for trunk, secret in zip(trunks, secrets, strict=True):
        trunk["password"] = secret
    return {"QIAO_VOICE": json.dumps({**settings.voice.model_dump(mode="json", exclude={"trunks"}), "trunks": trunks})}


def address(settings: Settings) -> str:
    """What to dial."""
    return f"sip:{HOTLINE}@{settings.voice.sip_host}:{settings.voice.sip_port}"


def _free_udp() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
