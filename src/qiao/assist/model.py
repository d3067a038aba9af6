"""Which suggestions a conversation calls for, and why: pure."""

import json
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

Kind = Literal["article", "service", "flow"]
KINDS: Final[tuple[Kind, ...]] = ("article", "service", "flow")
SHOWN_MAX: Final = 5
OF_A_KIND_MAX: Final = 3
KEPT_SHARE: Final = 0.4
"""What scores less than this part of the best is not suggested beside it (as in the SMS hall)."""
FLOOR: Final = 0.15
"""Of the weight of all words asked, what the best must have. Half of what a machine needs to offer something to a
customer (knowledge.model_ranking): a person reads it, and whole sentences hold many words that no title has."""
ASKED_MAX: Final = 200
DRAFT_MAX: Final = 2_000
_NUMBER: Final = re.compile(r"\d(?:[ -]?\d){4,}")
_ADDRESS: Final = re.compile(r"[^\s@]+@[^\s@]+")


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry as the matcher ranked it; `words` of the customer's that stand in it."""

    kind: str
    ref: str
    score: float
    share: float
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Something that may help: `ref` is a service's or flow's code or an article's id; `words` of his counted.

    `share`: how much of the weight of what was asked it has, 0 to 1. `near`: no word of his stands in it; words that
    go with his do.
    """

    kind: Kind
    ref: str
    words: tuple[str, ...]
    share: float
    near: bool


@dataclass(frozen=True, slots=True)
class Advice:
    """What an assistant answered: candidates by their place, the likeliest first, and words to say. Never an act."""

    order: tuple[int, ...]
    draft: str


def asked_from(said: Sequence[str]) -> tuple[str, ...]:
    """What to ask the matcher in turn: the newest words; where they mean nothing, all of his last words, newest first.

    `said` is what the customer wrote, oldest first.
    """
    newest = [text.strip() for text in reversed(said) if text.strip()]
    if not newest:
        return ()
    together = " ".join(newest)[:ASKED_MAX]
    alone = newest[0][:ASKED_MAX]
    return (alone,) if together == alone else (alone, together)


def suggestions(matches: Sequence[Candidate], allowed: Collection[tuple[str, str]]) -> list[Suggestion]:
    """The likeliest first, at most three of a kind and five in all; none when nothing is near enough.

    `allowed` are the (kind, ref) that whoever reads may use.
    """
    if not matches or max(match.share for match in matches[:OF_A_KIND_MAX]) < FLOOR:
        return []
    floor = KEPT_SHARE * matches[0].score
    found: list[Suggestion] = []
    for match in matches:
        kind = _kind(match.kind)
        if kind is None or (kind, match.ref) not in allowed or match.score < floor:
            continue
        if sum(one.kind == kind for one in found) < OF_A_KIND_MAX:
            found.append(Suggestion(kind, match.ref, match.words, match.share, near=not match.words))
    return found[:SHOWN_MAX]


def struck_out(text: str) -> str:
    """The words without numbers of five digits or more and without addresses of mail: what may leave the house."""
    return _ADDRESS.sub("[…]", _NUMBER.sub("[…]", text))


def advice_from(content: str, candidates: int) -> Advice:
    """What an assistant's answer says, read without trust: places that are none are left out, other text is a draft."""
    told = _object_in(content)
    if told is None:
        return Advice((), content.strip()[:DRAFT_MAX])
    order = told.get("order")
    places = [one for one in order if type(one) is int and 0 <= one < candidates] if isinstance(order, list) else []
    draft = told.get("draft")
    words = draft.strip()[:DRAFT_MAX] if isinstance(draft, str) else ""
    return Advice(tuple(dict.fromkeys(places)), words.replace("\x00", ""))


def reordered(found: Sequence[Suggestion], advice: Advice) -> list[Suggestion]:
    """The same suggestions, those the assistant named first; it adds none and takes none away."""
    first = [found[place] for place in advice.order if place < len(found)]
    return [*first, *(one for one in found if one not in first)]


def _kind(told: str) -> Kind | None:
    return next((kind for kind in KINDS if kind == told), None)


def _object_in(content: str) -> dict[str, Any] | None:
    start, end = content.find("{"), content.rfind("}")
    if start < 0 or end < start:
        return None
    try:
        told = json.loads(content[start : end + 1])
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None
