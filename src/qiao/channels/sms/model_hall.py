"""What the SMS hall makes of a text: pure. A number chosen, a wish for a person, a loop that must be cut."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Literal

Kind = Literal["open", "choices", "flow", "human"]
GOOD: Final = timedelta(minutes=10)
"""How long a session stands after the last word on either side."""
RESUMABLE: Final = timedelta(hours=24)
"""For so long a dialogue broken off can be taken up again by a word."""
CHOICES_MAX: Final = 5
ANSWERS_MAX: Final = 20
ANSWERS_WITHIN: Final = timedelta(minutes=10)
SAME_MAX: Final = 3
"""So many times the same text within ANSWERS_WITHIN is a machine's (two autoresponders greeting each other)."""
_DIGITS: Final = re.compile(r"[0-9]{1,2}")
_EDGES: Final = " \t\n.。,，!！?？#*()（）[]【】'\"“”「」:：;；、"

RESUME_WORDS: Final = frozenset({
    "继续", "繼續", "jx", "continue", "go on", "continuer", "weiter", "continuar", "متابعة", "続ける", "続き", "계속",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Session:
    """What goes on with a number at one of our service numbers.

    `options` are what the numbers 1, 2 … stand for, as plain values. `answered` holds when a machine of ours answered
    and the fingerprint of what it answered to, the newest last, as far as ANSWERS_WITHIN goes back.
    """

    kind: Kind = "open"
    options: tuple[Mapping[str, Any], ...] = ()
    answered: tuple[tuple[datetime, str], ...] = ()
    said: str = ""
    """The last thing we said, to know it when it comes back as an echo."""
    until_at: datetime | None = None
    misses: int = 0

    def stands(self, now: datetime) -> bool:
        """Whether it goes on."""
        return self.until_at is not None and now < self.until_at

    def resumable(self, now: datetime) -> bool:
        """Whether it has lapsed and can be taken up again by a word."""
        return (
            bool(self.options)
            and self.until_at is not None
            and not self.stands(now)
            and (now < self.until_at + RESUMABLE)
        )


@dataclass(frozen=True, slots=True)
class Told:
    """One of the hall's texts: its name and what is filled in."""

    name: str
    params: Mapping[str, Any] = field(default_factory=dict)


def plain(text: str) -> str:
    """A text as it is compared: compatible forms, no case, no punctuation around it, single spaces."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(folded.split()).strip(_EDGES)


def chosen(text: str, options: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The option whose number the whole text is; ①, １ and "1." are 1."""
    told = plain(text)
    if not _DIGITS.fullmatch(told):
        return None
    number = int(told)
    return options[number - 1] if 1 <= number <= len(options) else None


def asked_at(session: Session, now: datetime) -> datetime | None:
    """When we last asked him something that a number answers, if that still stands."""
    open_still = session.kind in {"choices", "flow"} and session.stands(now) and session.answered
    return session.answered[-1][0] if open_still else None


def wants_to_go_on(text: str) -> bool:
    """Whether the whole text asks to take up what was broken off."""
    return plain(text) in RESUME_WORDS


def why_cut(session: Session, *, sender: str, text: str, ours: frozenset[str], now: datetime) -> str | None:
    """Why no machine answers this text, if none may: "own_number", "echo", "same", "too_many"; None: it is answered.

    At most ANSWERS_MAX automatic answers to a number within ANSWERS_WITHIN, and none to our own words coming back or
    to the same text for the fourth time (RFC 3834 asks that automatic responders never answer one another).
    """
    if sender.lstrip("+") in ours:
        return "own_number"
    told = plain(text)
    if session.said and told and told == plain(session.said):
        return "echo"
    lately = [mark for at, mark in session.answered if at > now - ANSWERS_WITHIN]
    if told and lately[-SAME_MAX:] == [mark_of(told)] * SAME_MAX and not _DIGITS.fullmatch(told):
        return "same"
    return "too_many" if len(lately) >= ANSWERS_MAX else None


def mark_of(text: str) -> str:
    """Enough of a text to know it again; short, as it is kept with each answer."""
    return plain(text)[:40]


def after_answer(
    session: Session,
    *,
    text: str,
    said: str,
    now: datetime,
    kind: Kind = "open",
    options: Sequence[Mapping[str, Any]] = (),
    missed: bool = False,
) -> Session:
    """The session after a machine of ours answered this text with that; `missed`: it did not know what was meant."""
    kept = tuple(one for one in session.answered if one[0] > now - ANSWERS_WITHIN)[-ANSWERS_MAX:]
    return Session(
        kind=kind,
        options=tuple(options),
        answered=(*kept, (now, mark_of(text))),
        said=said[:200],
        until_at=now + GOOD,
        misses=session.misses + 1 if missed else 0,
    )


def as_json(session: Session) -> dict[str, Any]:
    """Plain values for a JSON column; `until_at` has a column of its own."""
    return {
        "kind": session.kind,
        "options": [dict(one) for one in session.options],
        "answered": [[at.isoformat(), mark] for at, mark in session.answered],
        "said": session.said,
        "misses": session.misses,
    }


def from_json(body: Mapping[str, Any], until_at: datetime | None) -> Session:
    """The reverse of `as_json`."""
    return Session(
        kind=body.get("kind", "open"),
        options=tuple(body.get("options", ())),
        answered=tuple((datetime.fromisoformat(at), mark) for at, mark in body.get("answered", ())),
        said=body.get("said", ""),
        until_at=until_at,
        misses=body.get("misses", 0),
    )
