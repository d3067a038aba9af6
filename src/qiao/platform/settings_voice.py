"""Settings of calls: where Asterisk listens, which trunks may ring us, and how much may be dialled out."""

import ipaddress
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

NO_COUNTRY: Final = ("+870", "+878", "+881", "+882", "+883", "+979")
"""Country codes that are no country's (ITU-T E.164, list of assigned country codes): Inmarsat, personal numbers,
mobile satellites, two shared by networks, the international premium rate service. Fraud lives there."""
LEGS_PER_PORT: Final = 2
"""RTP and RTCP."""


def _network(told: str) -> str:
    """An address or network, as Asterisk's allow-lists take them."""
    return str(ipaddress.ip_network(told, strict=False))


Network = Annotated[str, AfterValidator(_network)]


def _address(told: str) -> str:
    """An address of IPv4 or IPv6, as it is written shortest."""
    return str(ipaddress.ip_address(told))


Address = Annotated[str, AfterValidator(_address)]


Prefix = Annotated[str, Field(pattern=r"^\+[0-9]{0,14}$")]


class VoiceTrunk(BaseModel):
    """A link to the telephone network. Calls are taken from `allow` only; all else is anonymous and refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z0-9-]{1,30}$")
    host: str = Field(pattern=r"^[A-Za-z0-9.:_\[\]-]{1,253}$")
    """Where our calls out go: the operator's border controller."""
    port: int = Field(5060, ge=1, le=65535)
    allow: tuple[Network, ...] = Field(min_length=1)
    """Addresses or networks from which its calls come."""
    username: str = Field("", pattern=r"^[A-Za-z0-9_.-]{0,64}$")
    password: SecretStr = Field(SecretStr(""), max_length=128)
    """With both, its calls must answer a digest challenge, and ours answer one."""
    calls_max: int = Field(500, ge=1, le=10_000)
    """Calls at once, in and out, never one more: a caller hears congestion, a call of ours takes another trunk."""
    destinations: tuple[Prefix, ...] = ()
    """Prefixes that go out by this trunk, of those that the house lets; none named: whatever it lets."""
    barred: tuple[Prefix, ...] = ()
    """Prefixes that do not, though `destinations` would let them."""
    calls_out_max: int | None = Field(None, ge=0, le=10_000)
    """Calls out at once by this trunk; none named: as many as the house lets."""
    spend_day_max: str = Field("", pattern=r"^([0-9]{1,9}(\.[0-9]{1,2})?)?$")
    """Money for its calls out in a day; empty: as much as the house lets."""
    asserted: bool = True
    """Whether the network vouches for callers' numbers (P-Asserted-Identity). Without it every caller is unknown."""

    @model_validator(mode="after")
    def _is_one_line(self) -> "VoiceTrunk":
        if not self.password.get_secret_value().isprintable():
            raise ValueError("a password has printable characters only")
        return self

    @property
    def digest(self) -> bool:
        """Whether its calls are challenged."""
        return bool(self.username and self.password.get_secret_value())


class VoiceSettings(BaseModel):
    """Everything about calls. Beyond this machine only `sip_host` is heard.

    While browsers talk their sound is on all addresses if `sip_host` is of the loopback, which browsers do not offer.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    sip_host: Address = "127.0.0.1"
    """The address that SIP and RTP bind to; with 0.0.0.0 or :: all of this machine's.

    RTP of browsers binds to all of them with 127.0.0.1 and ::1, too.
    """
    sip_port: int = Field(5060, ge=1, le=65535)
    http_port: int = Field(8188, ge=1, le=65535)
    """ARI, always on 127.0.0.1."""
    rtp_first: int = Field(12_000, ge=1024, le=65534)
    rtp_last: int = Field(13_999, ge=1025, le=65535)
    trunks: tuple[VoiceTrunk, ...] = ()
    caller_number: str = Field("", pattern=r"^\+?[0-9]{0,15}$")
    """What telephones show when we call; empty: the service number that he had dialled, or that the desk serves."""
    fallback: str = Field("", pattern=r"^\+?[0-9]{0,15}$")
    """The number, behind the first trunk, that rings when no worker has taken a call for a minute; empty: none."""
    destinations: tuple[Prefix, ...] = ("+86",)
    """Prefixes that may be dialled out; which trunk dials them, the trunks' own say."""
    barred: tuple[Annotated[str, Field(pattern=r"^\+[0-9]{1,14}$")], ...] = ()
    """Prefixes that may not, though `destinations` would let them: premium numbers."""
    barred_abroad: tuple[Annotated[str, Field(pattern=r"^\+[0-9]{1,14}$")], ...] = NO_COUNTRY
    """The same, and not rung in an emergency either; a longer prefix in `destinations` opens part of one."""
    agents_are_told: bool = True
    """Whether an agent sees that a team leader is in his call."""
    counsellor: str = Field("", max_length=200)
    """How to reach the counsellor in confidence, as an agent reads it after a hard call; empty: nothing is said."""
    calls_out_max: int = Field(50, ge=0, le=10_000)
    spend_day_max: str = Field("1000.00", pattern=r"^[0-9]{1,9}(\.[0-9]{1,2})?$")
    """Money for calls out in a day, all together."""

    embassies: dict[Annotated[str, Field(pattern=r"^[1-9][0-9]{0,2}$")], Annotated[str, Field(max_length=300)]] = {}
    """Country calling code -> our embassy there and its numbers, in the words that are texted and shown."""
    price_minute: str = Field("0.20", pattern=r"^[0-9]{1,6}(\.[0-9]{1,4})?$")
    """What a minute of a call out costs at most; begun minutes count whole towards `spend_day_max`."""
    price_minute_abroad: str = Field("5.00", pattern=r"^[0-9]{1,6}(\.[0-9]{1,4})?$")
    """The same for numbers of other countries, which are rung in emergencies."""
    recording_days: int = Field(180, ge=0, le=3650)
    """How long recordings of conversations are kept; 0: nothing is recorded."""
    recording_room_mb: int = Field(500, ge=0, le=1_000_000_000)
    """With less room on the disk no call is recorded, and people are told so; the call goes on."""
    speak_ahead: bool = True
    """Whether a worker of calls speaks beforehand, behind everything else, what flows say; else when it is wanted."""
    speech_recognition: bool = False
    """Whether Asterisk can hand what callers say to a recognizer of the operator's; the house brings none."""

    @model_validator(mode="after")
    def _fits_together(self) -> "VoiceSettings":
        if self.rtp_last <= self.rtp_first:
            raise ValueError("rtp_last must be above rtp_first")
        names = [trunk.name for trunk in self.trunks]
        if len(set(names)) != len(names):
            raise ValueError("two trunks have the same name")
        return self

    @property
    def legs_max(self) -> int:
        """How many legs the RTP ports carry at once."""
        return (self.rtp_last - self.rtp_first + 1) // LEGS_PER_PORT
