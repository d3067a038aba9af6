"""The one next step: the first of the category's steps whose condition holds for what is on record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from qiao.cases.model import Status
from qiao.cases.model_category import Category, CategorySet, Item, Names, Step, filled, in_language
from qiao.kernel.conditions import evaluate

LIST_SIGNS: Final = {"zh": "、", "ja": "、", "ar": "، "}


@dataclass(frozen=True, slots=True)
class OnRecord:
    """What the next step is judged by. `facts` are (key, value) as they were learned, `asked` keys still unanswered."""

    status: Status
    severity: int
    facts: tuple[tuple[str, str], ...] = ()
    asked: frozenset[str] = frozenset()
    declared: frozenset[str] = frozenset()
    tried: frozenset[str] = frozenset()
    answers: int = 0
    promises_open: int = 0
    promise_broken: str = ""
    """What was promised and not done, if anything."""
    unread: bool = False
    """The customer moved last."""
    failed: frozenset[str] = frozenset()
    """Conditions of the newest resolution that were seen not to hold."""
    added: str = ""
    """The first step that was added to this very case and is still to be done, if any."""

    @property
    def known(self) -> frozenset[str]:
        """Keys of what is known."""
        return frozenset(key for key, _ in self.facts)

    def values(self, category: Category) -> dict[str, Any]:
        """What conditions ask for (STEP_FIELDS)."""
        missing = missing_items(category, self.known)
        unasked = {item.key for item in missing if item.key not in self.asked}
        values: dict[str, Any] = {
            "status": self.status,
            "kind": category.kind,
            "severity": self.severity,
            "known": self.known,
            "missing": {item.key for item in missing},
            "unasked": unasked,
            "declared": self.declared,
            "tried": self.tried,
            "answers": self.answers,
            "promises_open": self.promises_open,
            "promise_broken": bool(self.promise_broken),
            "unread": self.unread,
            "failed": self.failed,
            "added": bool(self.added),
        }
        return values


@dataclass(frozen=True, slots=True)
class NextStep:
    """What to do now: `act` is one of ACTS; `items` are what to ask for, `service` what to perform."""

    code: str
    act: str
    text: Names
    params: Mapping[str, str] = field(default_factory=dict)
    items: tuple[Item, ...] = ()
    service: str | None = None

    def say(self, language: str) -> str:
        """The sentence on the button, plain text."""
        return filled(in_language(self.text, language), {**self.params, "items": listed(self.items, language)})


def next_step(category: Category, record: OnRecord, rules: CategorySet, now: datetime) -> NextStep:
    """The suggestion; the last of the house's steps always holds."""
    values = record.values(category)
    unasked = tuple(item for item in missing_items(category, record.known) if item.key not in record.asked)
    steps: Sequence[Step] = (*rules.first, *category.steps, *rules.last)
    step = next(step for step in steps if evaluate(step.when, values, now))
    waited_for = tuple(item for key, item in rules.items.items() if key in record.asked)
    params = {**dict(record.facts), "promise": record.promise_broken, "added": record.added}
    items = waited_for if step.act == "wait" else unasked
    return NextStep(step.code, step.act, step.text, params, items, step.service)


def missing_items(category: Category, known: frozenset[str]) -> tuple[Item, ...]:
    """What the category asks for and nobody has said yet."""
    return tuple(item for item in category.ask if item.key not in known)


def listed(items: Sequence[Item], language: str) -> str:
    """Their names in one line, as the language lists things."""
    return in_line([in_language(item.name, language) for item in items], language)


def in_line(names: Sequence[str], language: str) -> str:
    """Names one after the other, as the language lists things."""
    return LIST_SIGNS.get(language.split("-", maxsplit=1)[0], ", ").join(names)
