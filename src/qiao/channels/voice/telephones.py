"""An agent's SIP telephone: set up for him with a login and a secret that is shown once, and chosen by him to be rung.

No secret is stored: it is derived from the house's and a random salt in the row, as seeds of second factors are, so a
copy of the database alone signs nobody on. Asterisk gets a digest's first half (RFC 7616, A1), of no use anywhere else.
"""

import base64
import hashlib
import hmac
import ipaddress
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

import structlog
from sqlalchemy import Boolean, Column, DateTime, LargeBinary, Table, Text, Uuid, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from qiao.channels.voice import endpoints, store_talk
from qiao.channels.voice.configuration import media_bound
from qiao.channels.voice.endpoints import REALM, TelephoneAway
from qiao.kernel.ids import AgentId, UnitId
from qiao.kernel.languages import N_
from qiao.kernel.refused import NotFound, Refused
from qiao.platform import audit
from qiao.platform.database import Transaction, metadata
from qiao.platform.house import House
from qiao.platform.live import touch
from qiao.platform.settings import Settings
from qiao.platform.settings_voice import VoiceSettings
from qiao.platform.signing import Keys
from qiao.staff import Agent

log = structlog.get_logger(__name__)
Place = Literal["browser", "telephone"]
PREFIX: Final = "tel-"
"""How logins of agents' telephones begin."""
PURPOSE: Final = "voice.telephones"
SECRET_CHARACTERS: Final = 24
"""Of five bits each: a digest that somebody has overheard cannot be guessed from."""
SILENT_SECONDS: Final = 20
"""A telephone from which no sound came for so long is gone; one that sends none in pauses has to be told not to."""

voice_telephones = Table(
    "voice_telephones",
    metadata,
    Column("agent_id", Uuid, primary_key=True),
    Column("login", Text, nullable=False, unique=True),
    Column("salt", LargeBinary, nullable=False),
    Column("chosen", Boolean, nullable=False, server_default="false"),
    Column("known", Boolean, nullable=False, server_default="false"),
    Column("set_up_by", Text, nullable=False),
    Column("set_up_at", DateTime(timezone=True), nullable=False),
)
"""`chosen`: he is rung there and not in his browser. `known`: Asterisk has it with this salt's secret."""


class NoTelephone(Refused):
    """None is set up for him."""

    code = "voice.no_telephone"
    status = 404
    text = N_("No SIP telephone is set up. Nothing was changed; calls ring in the browser.")


class TelephoneThere(Refused):
    """One is set up already."""

    code = "voice.telephone_there"
    text = N_("A SIP telephone is set up already. Nothing was changed; renew its secret, or remove it first.")


class TelephoneSilent(Refused):
    """It is not signed on, so it would not ring."""

    code = "voice.telephone_silent"
    text = N_("Your telephone is not signed on. Calls go on ringing in the browser; sign it on and choose it again.")


class OnTheLine(Refused):
    """He is in a call: what rings next is decided after it."""

    code = "voice.on_the_line"
    text = N_("You are in a call. Nothing was changed; choose where calls ring when it is over.")


@dataclass(frozen=True, slots=True)
class Telephone:
    """What may be shown of one; its secret is not in it."""

    agent_id: AgentId
    login: str
    chosen: bool
    set_up_at: datetime

    @property
    def place(self) -> Place:
        """Where its agent is rung."""
        return "telephone" if self.chosen else "browser"


async def of(tx: Transaction, agent_id: AgentId) -> Telephone | None:
    """His telephone; None when none is set up."""
    row = await tx.one(select(voice_telephones).where(voice_telephones.c.agent_id == agent_id))
    return Telephone(agent_id, row["login"], row["chosen"], row["set_up_at"]) if row is not None else None


async def rung_at(tx: Transaction, agents: Collection[UUID]) -> dict[UUID, str]:
    """What Asterisk calls the telephones of those among them who are not rung in their browser."""
    mine = voice_telephones.c.agent_id.in_(list(agents)) & voice_telephones.c.chosen
    rows = await tx.rows(select(voice_telephones.c.agent_id, voice_telephones.c.login).where(mine))
    return {row["agent_id"]: row["login"] for row in rows}


# Set up, renewed, removed -----------------------------------------------------------------------------------------


async def set_up(tx: Transaction, keys: Keys, *, agent_id: AgentId, by: str, unit_id: UnitId | None) -> str:
    """One for him; returns its secret, which is never to be had again. `by` sets it up. Raises TelephoneThere."""
    salt, login = _new()
    row = {"agent_id": agent_id, "login": login, "salt": salt, "set_up_by": by, "set_up_at": tx.now}
    made = insert(voice_telephones).values(row).on_conflict_do_nothing(index_elements=["agent_id"])
    if await tx.scalar(made.returning(voice_telephones.c.login)) is None:
        raise TelephoneThere
    await _told(tx, "set_up", agent_id, by, unit_id)
    return _secret(keys, login, salt)


async def renew(tx: Transaction, keys: Keys, *, agent_id: AgentId, by: str, unit_id: UnitId | None) -> str:
    """Another secret, and another login with it. Raises NoTelephone.

    Asterisk lets nobody end what is signed on, which lasts two minutes, but an endpoint that is gone is rung no more.
    So the telephone is out at once, and its agent is rung in his browser until he has chosen it again.
    """
    salt, login = _new()
    fresh = {"login": login, "salt": salt, "known": False, "chosen": False}
    changed = update(voice_telephones).where(voice_telephones.c.agent_id == agent_id).values(fresh)
    if not (await tx.execute(changed)).rowcount:
        raise NoTelephone
    await _told(tx, "renew", agent_id, by, unit_id)
    return _secret(keys, login, salt)


def _new() -> tuple[bytes, str]:
    """Salt and login that nobody had."""
    return secrets.token_bytes(16), f"{PREFIX}{secrets.token_hex(4)}"


async def remove(tx: Transaction, *, agent_id: AgentId, by: str, unit_id: UnitId | None) -> None:
    """None any more; he is rung in his browser. Raises NoTelephone."""
    gone = delete(voice_telephones).where(voice_telephones.c.agent_id == agent_id)
    if await tx.scalar(gone.returning(voice_telephones.c.login)) is None:
        raise NoTelephone
    await _told(tx, "remove", agent_id, by, unit_id)


async def change(tx: Transaction, house: House, *, person: Agent, verb: str, by: str) -> tuple[Telephone | None, str]:
    """`verb`: "set-up", "renew" or "remove"; his telephone then, and its new secret. Raises NotFound, and as those."""
    keys = house.get(Keys)
    whose: dict[str, Any] = {"agent_id": person.id, "by": by, "unit_id": person.unit_id}
    secret = ""
    match verb:
        case "set-up" if "contacts.take" in person.rights:
            secret = await set_up(tx, keys, **whose)
        case "renew":
            secret = await renew(tx, keys, **whose)
        case "remove":
            await remove(tx, **whose)
        case _:
            raise NotFound
    return await of(tx, person.id), secret


async def _told(tx: Transaction, what: str, agent_id: AgentId, by: str, unit_id: UnitId | None) -> None:
    await audit.record(
        tx, actor=by, act=f"do.telephone_{what}", unit_id=unit_id, subject=f"agent:{agent_id}", once=False
    )
    await touch(tx, f"agent:{agent_id}")


async def choose(tx: Transaction, *, agent_id: AgentId, place: Place) -> None:
    """Where he is rung from now on. Raises NoTelephone, OnTheLine."""
    if await store_talk.ongoing_of(tx, agent_id):
        raise OnTheLine
    mine = voice_telephones.c.agent_id == agent_id
    changed = update(voice_telephones).where(mine).values(chosen=place == "telephone")
    if not (await tx.execute(changed)).rowcount:
        raise NoTelephone
    await touch(tx, f"agent:{agent_id}")


def _secret(keys: Keys, login: str, salt: bytes) -> str:
    told = hmac.new(keys.key(PURPOSE), login.encode() + b"\0" + salt, hashlib.sha256).digest()
    return base64.b32encode(told).decode("ascii").lower()[:SECRET_CHARACTERS]


# In Asterisk ------------------------------------------------------------------------------------------------------


def sip_endpoint(voice: VoiceSettings) -> dict[str, str]:
    """A SIP telephone as Asterisk knows it: as a browser's it is rung and dials nothing; what differs is the sound."""
    plain = dict.fromkeys(("webrtc", "use_avpf", "ice_support", "rtcp_mux", "bundle", "media_encryption"), "no")
    there = {"transport": "udp", "rtp_symmetric": "yes", "force_rport": "yes", "rewrite_contact": "yes"}
    sound = {"allow": "alaw,ulaw,g722", "rtp_timeout": str(SILENT_SECONDS), **media_bound(voice.sip_host)}
    browser = {key: value for key, value in endpoints.ENDPOINT.items() if not key.startswith("dtls")}
    return {**browser, **plain, **there, **sound}


def server_address(voice: VoiceSettings, reached_at: str) -> str:
    """What is typed into a telephone as its server. `reached_at`: the name under which this house was reached."""
    host = reached_at if ipaddress.ip_address(voice.sip_host).is_unspecified else voice.sip_host
    return f"[{host}]:{voice.sip_port}" if ":" in host else f"{host}:{voice.sip_port}"


def only_here(voice: VoiceSettings) -> bool:
    """Whether no telephone of another machine reaches us."""
    return ipaddress.ip_address(voice.sip_host).is_loopback


def parts_of(voice: VoiceSettings, login: str, secret: str) -> Mapping[str, Mapping[str, str]]:
    """What Asterisk is told of it, by kind."""
    ha1 = hashlib.md5(f"{login}:{REALM}:{secret}".encode(), usedforsecurity=False).hexdigest()
    return {
        "auth": {"auth_type": "md5", "username": login, "realm": REALM, "md5_cred": ha1},
        "aor": {"max_contacts": "1", "remove_existing": "yes", "maximum_expiration": "120", "qualify_frequency": "0"},
        "endpoint": {**sip_endpoint(voice), "auth": login, "aors": login},
    }


async def bring_in_line(house: House) -> None:
    """Have Asterisk know the telephones that are set up, and no others. Raises TelephoneAway."""
    if not house.settings.voice.trunks:
        return
    keys = house.get(Keys)
    there = {one for one in await endpoints.names(house.settings) if one.startswith(PREFIX)}
    async with house.database.transaction() as tx:
        rows = list(await tx.rows(select(voice_telephones)))
    for row in rows:
        if not row["known"] or row["login"] not in there:
            parts = parts_of(house.settings.voice, row["login"], _secret(keys, row["login"], row["salt"]))
            await endpoints.make(house.settings, row["login"], parts)
    async with house.database.transaction() as tx:
        for row in rows:
            mine = voice_telephones.c.agent_id == row["agent_id"]
            same = voice_telephones.c.salt == row["salt"]  # else it was renewed meanwhile, and is told again
            await tx.execute(update(voice_telephones).where(mine).values(known=same))
        kept = {row["login"] for row in await tx.rows(select(voice_telephones.c.login))}
    for login in there - kept:
        await endpoints.take_away(house.settings, login)


async def told_to_asterisk(house: House) -> bool:
    """The same at once, after a change; False while Asterisk is away: it is done within a minute of its return."""
    try:
        await bring_in_line(house)
    except TelephoneAway:
        log.warning("voice.telephones_later")
        return False
    return True


async def keep_in_line(house: House) -> None:
    """The same each minute: Asterisk may have been away, or have been set up anew."""
    await told_to_asterisk(house)


async def signed_on(settings: Settings, login: str) -> bool:
    """Whether it is signed on now. Raises TelephoneAway."""
    return (await endpoints.names(settings)).get(login) == "online"


async def choose_place(house: House, agent_id: AgentId, place: Place) -> None:
    """As `choose`, and only a telephone that would ring. Raises TelephoneAway, TelephoneSilent."""
    async with house.database.transaction() as tx:
        mine = await of(tx, agent_id)
    if mine is None:
        raise NoTelephone
    if place == "telephone" and not await signed_on(house.settings, mine.login):
        raise TelephoneSilent
    async with house.database.transaction() as tx:
        await choose(tx, agent_id=agent_id, place=place)
