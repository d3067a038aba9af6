"""Whether a message may go to a customer now, later or not at all. Pure: the clock and the past are arguments.

Quiet time 21:00-08:00 by the recipient's own clock is the house's choice (Chinese rules name no hours; US ones say
8-21 h local). Silence is no consent for marketing (通信短信息服务管理规定: prior consent, stop when refused).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from qiao.kernel.languages import N_
from qiao.kernel.service_ids import ServiceId

Purpose = Literal["service", "reminder", "survey", "marketing", "emergency"]
Channel = Literal["sms", "chat", "phone", "email"]
State = Literal["sent", "held", "refused"]
Reason = Literal["no_consent", "stopped", "stale", "over_budget", "no_right", "not_his_number", "no_channel"]

PURPOSES: Final[dict[str, str]] = {
    "service": N_("about your own matters"),
    "reminder": N_("reminders"),
    "survey": N_("questions how it went"),
    "marketing": N_("offers"),
    "emergency": N_("emergencies"),
}
CHANNELS: Final[dict[str, str]] = {
    "sms": N_("text message"),
    "phone": N_("phone call"),
    "chat": N_("chat"),
    "email": N_("e-mail"),
}
REASONS: Final[dict[str, str]] = {
    "no_consent": N_("the customer has not agreed to it"),
    "stopped": N_("the customer wants no messages"),
    "stale": N_("it was too old by the time it could be sent"),
    "over_budget": N_("the customer has had enough messages"),
    "no_right": N_("emergencies need a right of their own"),
    "not_his_number": N_("the number is not the customer’s any more"),
    "no_channel": N_("there is no number that takes messages"),
}
CHOSEN: Final = ("service", "reminder", "survey", "marketing")
"""What a customer may agree to or refuse; nobody can refuse an emergency."""
UNLESS_REFUSED: Final[frozenset[str]] = frozenset({"service", "reminder", "survey"})
"""Silence means yes: they concern a matter of his own. For marketing silence means no."""
BUDGETED: Final[frozenset[str]] = frozenset({"reminder", "survey", "marketing"})
"""Refused above the budget. Service messages count against it and are never refused: each tells a real step of the
customer's own matter, so there are only as many as the matter has steps, and leaving one out breaks a promise."""

GOOD_FOR: Final[Mapping[Purpose, timedelta]] = {
    "service": timedelta(days=3),
    "reminder": timedelta(days=1),
    "survey": timedelta(days=2),
    "marketing": timedelta(days=1),
    "emergency": timedelta(hours=12),
}
"""A message held for longer than this says what is no longer so."""


@dataclass(frozen=True, slots=True)
class Budget:
    """The most messages one person gets in any day and in any seven days, all purposes together."""

    a_day: int = 4
    a_week: int = 12

    def spent(self, sent: Iterable[datetime], now: datetime) -> bool:
        """Whether one more would be too many. Messages of the future count too: clocks of machines differ."""
        times = list(sent)
        in_a_day = sum(at > now - timedelta(days=1) for at in times)
        return in_a_day >= self.a_day or sum(at > now - timedelta(days=7) for at in times) >= self.a_week


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `begins` to `ends` by the recipient's clock; equal times mean there are none."""

    begins: time = time(21)
    ends: time = time(8)

    def until(self, now: datetime, zone: ZoneInfo) -> datetime | None:
        """When the quiet time that `now` lies in is over (UTC); None outside it. An end skipped by the clock's change
        in spring is the instant the clocks jumped to."""
        local = now.astimezone(zone)
        wall = local.time()
        over_midnight = self.ends <= self.begins
        if self.begins == self.ends:
            return None
        evening, morning = wall >= self.begins, wall < self.ends
        if not (evening or morning if over_midnight else evening and morning):
            return None
        day = local.date() + timedelta(days=1) if over_midnight and wall >= self.begins else local.date()
        over = datetime.combine(day, self.ends, zone).astimezone(UTC)
        return over if over > now else over + timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Said:
    """One word of the customer about what may be sent to him, newest last in a list of them."""

    purpose: str
    channel: str
    given: bool
    by_stop_word: bool = False


def consent_to(said: Sequence[Said], purpose: Purpose, channel: Channel) -> Reason | None:
    """Why there is no consent, None where there is: his newest word on it, else what silence means."""
    for one in reversed(said):
        if (one.purpose, one.channel) == (purpose, channel):
            if one.given:
                return None
            return "stopped" if one.by_stop_word else "no_consent"
    return None if purpose in UNLESS_REFUSED else "no_consent"


@dataclass(frozen=True, slots=True)
class Send:
    """It goes now."""


@dataclass(frozen=True, slots=True)
class Hold:
    """It is looked at again at this instant."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Refuse:
    """It never goes."""

    reason: Reason


Decision = Send | Hold | Refuse
QUIET: Final = QuietHours()
BUDGET: Final = Budget()


def decide(
    purpose: Purpose,
    *,
    channel: Channel,
    consent: Sequence[Said],
    now: datetime,
    zone: ZoneInfo,
    sent: Sequence[datetime],
    asked_at: datetime,
    awake: bool = False,
    emergency_right: bool = False,
    quiet: QuietHours = QUIET,
    budget: Budget = BUDGET,
) -> Decision:
    """Whether a message goes. `sent`: when messages of any purpose went to him; `awake`: he is talking with us now.

    The same is asked again when a held message's time comes, with what has happened since.
    """
    if now - asked_at > GOOD_FOR[purpose]:
        return Refuse("stale")
    if purpose == "emergency":
        return Send() if emergency_right else Refuse("no_right")
    against = consent_to(consent, purpose, channel)
    if against is not None:
        return Refuse(against)
    if purpose in BUDGETED and budget.spent(sent, now):
        return Refuse("over_budget")
    disturbs_nobody = awake and (purpose == "service" or channel == "phone")  # on the telephone: in his own call
    until = None if disturbs_nobody else quiet.until(now, zone)
    return Send() if until is None else Hold(until)


_ZONES: Final = {
    "+86": "Asia/Shanghai",
    "+852": "Asia/Hong_Kong",
    "+853": "Asia/Macau",
    "+886": "Asia/Taipei",
    "+81": "Asia/Tokyo",
    "+82": "Asia/Seoul",
    "+33": "Europe/Paris",
    "+49": "Europe/Berlin",
    "+34": "Europe/Madrid",
    "+44": "Europe/London",
    "+65": "Asia/Singapore",
    "+966": "Asia/Riyadh",
    "+971": "Asia/Dubai",
}
HOME: Final = "Asia/Shanghai"


def zone_of(service: ServiceId, chosen: str | None = None) -> ZoneInfo:
    """The recipient's zone: the one he chose, else that of his number's country where it has one, else the house's."""
    if chosen:
        return ZoneInfo(chosen)
    codes = [code for code in _ZONES if service.kind == "mobile" and service.value.startswith(code)]
    return ZoneInfo(_ZONES[max(codes, key=len)] if codes else HOME)
