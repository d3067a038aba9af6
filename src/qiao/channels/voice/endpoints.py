"""Agents' telephones in Asterisk: made while it runs, each under its agent's name, for as long as he is signed on."""

import hashlib
import ipaddress
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import httpx2
from pydantic import TypeAdapter

from qiao import routing
from qiao.channels.voice.ari_events import Endpoint
from qiao.channels.voice.configuration import ARI_USER, media_bound
from qiao.channels.voice.server import ari_password
from qiao.kernel.ids import AgentId
from qiao.kernel.languages import N_
from qiao.kernel.refused import Refused
from qiao.platform.database import Transaction
from qiao.platform.house import House
from qiao.platform.jobs import defer
from qiao.platform.settings import Settings
from qiao.routing import AgentSignedOff

REALM: Final = "qiao"
DOMAIN: Final = "phone.invalid"
"""What agents' addresses end in: a name that nobody ever resolves."""
CREDENTIAL_SECONDS: Final = 3600
ANSWER_SECONDS: Final = 3.0
SILENT_SECONDS: Final = 6
"""A telephone from which no sound came for so long is gone: a closed tab says no goodbye."""
PARTS: Final = "asterisk/config/dynamic/res_pjsip"
KINDS: Final = ("endpoint", "aor", "auth")
"""In the order in which they are taken away."""


class TelephoneAway(Refused):
    """Asterisk does not answer, so no telephone can be had."""

    code = "voice.telephone_away"
    status = 503
    text = N_("Calls cannot be had at the moment. Everything else works; the telephone comes back by itself.")


@dataclass(frozen=True, slots=True)
class Credential:
    """What a browser signs on with: a digest's first half (RFC 7616, A1), of no use anywhere else."""

    user: str
    domain: str
    realm: str
    ha1: str
    seconds: int


def endpoint_of(agent_id: AgentId) -> str:
    """What Asterisk calls this agent's telephone."""
    return f"agent-{agent_id.hex}"


async def have_telephone(settings: Settings, agent_id: AgentId, extra: Mapping[str, str] | None = None) -> Credential:
    """Make or renew his telephone; an older secret holds no more. Raises TelephoneAway."""
    name = endpoint_of(agent_id)
    ha1 = hashlib.md5(f"{name}:{REALM}:{secrets.token_urlsafe(24)}".encode(), usedforsecurity=False).hexdigest()
    made = {
        "auth": {"auth_type": "md5", "username": name, "realm": REALM, "md5_cred": ha1},
        "aor": {"max_contacts": "1", "remove_existing": "yes", "maximum_expiration": "120", "qualify_frequency": "0"},
        "endpoint": {**ENDPOINT, **heard_at(settings.voice.sip_host), **(extra or {}), "auth": name, "aors": name},
    }
    await make(settings, name, made)
    return Credential(name, DOMAIN, REALM, ha1, CREDENTIAL_SECONDS)


async def make(settings: Settings, name: str, parts: Mapping[str, Mapping[str, str]]) -> None:
    """Have Asterisk know these parts of an endpoint, each by its kind; as they were, or new. Raises TelephoneAway."""
    async with _asterisk(settings) as client:
        for kind, told in parts.items():
            fields = [{"attribute": key, "value": value} for key, value in told.items()]
            await _ask(client, "PUT", f"{PARTS}/{kind}/{name}", {"fields": fields})


async def drop_telephone(settings: Settings, agent_id: AgentId) -> None:
    """Have no such telephone any more; none is as good. Raises TelephoneAway."""
    await take_away(settings, endpoint_of(agent_id))


async def take_away(settings: Settings, name: str) -> None:
    """Have no endpoint of this name; none is as good. Raises TelephoneAway."""
    async with _asterisk(settings) as client:
        for kind in KINDS:
            await _ask(client, "DELETE", f"{PARTS}/{kind}/{name}", None)


async def names(settings: Settings) -> dict[str, str]:
    """Every telephone and trunk that Asterisk knows, and whether it is "online". Raises TelephoneAway."""
    async with _asterisk(settings) as client:
        told = await _ask(client, "GET", "endpoints/PJSIP", None)
    return {one.resource: one.state for one in TypeAdapter(list[Endpoint]).validate_json(told)}


def heard_at(host: str) -> dict[str, str]:
    """What has browsers' sound come and go by this address alone (`sip_host`), where it is one that they reach.

    They offer no address of the loopback, so bound to it they would hear nothing: there, and with all addresses, their
    sound is on all of them.
    """
    return {} if ipaddress.ip_address(host).is_loopback else media_bound(host)


ENDPOINT: Final[dict[str, str]] = {
    "context": "nowhere",  # it is rung; it dials nothing
    "allow_transfer": "no",  # who goes where is ours to say
    "webrtc": "yes",
    "dtls_auto_generate_cert": "yes",
    "disallow": "all",
    "allow": "alaw,ulaw,opus",
    "direct_media": "no",
    "dtmf_mode": "rfc4733",
    "identify_by": "username",
    "from_domain": DOMAIN,
    "rtp_timeout": str(SILENT_SECONDS),
    "rtp_timeout_hold": "600",
    "send_connected_line": "no",
    "timers": "no",
}


def _asterisk(settings: Settings) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(
        base_url=f"http://127.0.0.1:{settings.voice.http_port}/ari/",
        auth=(ARI_USER, ari_password(settings)),
        timeout=ANSWER_SECONDS,
        trust_env=False,
    )


async def _ask(client: httpx2.AsyncClient, method: str, path: str, body: Mapping[str, object] | None) -> str:
    try:
        answer = await client.request(method, path, json=body)
    except httpx2.HTTPError:
        raise TelephoneAway from None
    if answer.status_code >= 400 and not (method == "DELETE" and answer.status_code == 404):
        raise TelephoneAway
    return answer.text


DROP: Final = "voice.drop_telephone"


async def on_signed_off(tx: Transaction, event: AgentSignedOff) -> None:
    """Who has left his seat has no telephone any more, and its secret is worth nothing."""
    await defer(tx, DROP, agent_id=str(event.agent_id))


async def drop(house: House, agent_id: str) -> None:
    """The same, done; not for one who has come back meanwhile. Raises TelephoneAway."""
    if not house.settings.voice.trunks:
        return
    agent = AgentId(UUID(agent_id))
    async with house.database.transaction() as tx:
        stands = await routing.presence_of(tx, agent)
    if stands.seat is None:
        await drop_telephone(house.settings, agent)
