"""The sandbox's handset: a browser that calls us as one of the operator's customers, as over the sandbox's own trunk.

Where a real operator's trunk is set there is none: it would let a page call with any customer's number.
"""

import hashlib
import hmac
import ipaddress
from typing import Final

from qiao.channels.voice.configuration import trunk_endpoint
from qiao.channels.voice.endpoints import CREDENTIAL_SECONDS, DOMAIN, ENDPOINT, REALM, Credential, make
from qiao.channels.voice.server import ari_password
from qiao.kernel.refused import NotFound
from qiao.kernel.service_ids import ServiceId
from qiao.platform.settings import Settings
from qiao.platform.settings_voice import VoiceTrunk

HANDSET: Final = "handset-"


def handset_of(service: ServiceId) -> str:
    """What Asterisk calls the handset of a number; no agent's telephone ever has such a name."""
    return HANDSET + "".join(one for one in service.value if one.isdigit())


def trunk_of(settings: Settings) -> VoiceTrunk | None:
    """The trunk as whose calls a handset's come in: the demo's own on this machine, or none."""
    if settings.mode == "production":
        return None
    return next((one for one in settings.voice.trunks if one.asserted and _is_here(one)), None)


def _is_here(trunk: VoiceTrunk) -> bool:
    try:
        there = ipaddress.ip_address(trunk.host).is_loopback
    except ValueError:
        return False
    return there and all(ipaddress.ip_network(one).is_loopback for one in trunk.allow)


async def have_handset(settings: Settings, service: ServiceId) -> Credential:
    """Make or renew it. It calls with this number and no other, may not hand calls on, and nothing can ring it.

    Its secret is the same each time, so that a second page does not cut the first one's call off; how many call at once
    is for the trunk to say (`calls_max`). Raises NotFound where there is no such trunk, TelephoneAway.
    """
    trunk = trunk_of(settings)
    if trunk is None:
        raise NotFound
    name = handset_of(service)
    secret = hmac.new(ari_password(settings).encode(), name.encode(), hashlib.sha256).hexdigest()
    ha1 = hashlib.md5(f"{name}:{REALM}:{secret}".encode(), usedforsecurity=False).hexdigest()
    made = {
        "auth": {"auth_type": "md5", "username": name, "realm": REALM, "md5_cred": ha1},
        "endpoint": {
            **ENDPOINT,
            "context": f"from-{trunk_endpoint(trunk.name)}",
            "callerid": f"<{service.value}>",
            "trust_id_inbound": "no",
            "allow_transfer": "no",
            "auth": name,
        },
    }
    await make(settings, name, made)
    return Credential(name, DOMAIN, REALM, ha1, CREDENTIAL_SECONDS)
