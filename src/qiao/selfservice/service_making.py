"""A flow made from a service of the catalogue: the same rules in the same order wherever flows are spoken. Pure.

Proof of its level, then each thing it asks for by its kind (what is chosen among the answers of another service is
asked of that one and offered by numbers), then the service itself, which the house has confirmed where it costs
something; then what became of it, in the catalogue's own words. A person can be had at every question.
"""

from collections.abc import Mapping
from typing import Any, Final

from qiao.catalogue import Parameter, Service

Words = Mapping[str, Mapping[str, str]]
PREFIX: Final = "service_"
DESKS: Final[Mapping[str, str]] = {"account": "billing", "plan": "billing"}
"""Group of services -> the desk of its people; the others go to the general one."""
_KINDS: Final[Mapping[str, tuple[str, str, Mapping[str, int]]]] = {
    "digits": ("digits", "number", {"least": 3, "most": 12}),
    "number": ("phone", "number", {}),
    "amount": ("amount", "amount", {}),
    "voucher": ("secret", "number", {"least": 12, "most": 20}),
    "email": ("text", "text", {"least": 5, "most": 200}),
}
"""Kind of parameter -> kind of answer, word for it where it has no name of its own, and its measures."""


def flow_tree(service: Service, words: Words, then: Service | None = None) -> dict[str, Any]:
    """The flow of a service as plain values, to be written as YAML. `words` are those of `texts/generated.yaml`.

    Of a look that lists what can be had, `then` is the act: its list is a choice, and the choice is had.
    """
    return _Made(then or service, words).tree() | {"flow": f"{PREFIX}{service.code}", "name": dict(service.names)}


class _Made:
    def __init__(self, service: Service, words: Words) -> None:
        self.service = service
        self.words = words
        self.steps: dict[str, Any] = {}
        self.variables: dict[str, str] = {"told": "text", "more": "bool"}
        self.asked = [one for one in service.parameters if one.needed or one.options or one.among]

    def tree(self) -> dict[str, Any]:
        """Every part, the first step first."""
        if any(one.kind == "secret" for one in self.asked):
            self.steps["elsewhere"] = {"menu": self.said("secret"), "choices": self.ends("1")}
        else:
            self.ask_all()
        self.outcomes()
        return {
            "flow": f"{PREFIX}{self.service.code}",
            "name": dict(self.service.names),
            "start": next(iter(self.steps)),
            "human": "person",
            "emergency": "emergency",
            "variables": self.variables,
            "steps": self.steps,
        }

    def ask_all(self) -> None:
        """Proof, each question, and the call, each leading to the next."""
        order = [*(f"ask_{one.name}" for one in self.asked), "perform"]
        if self.service.level >= 2:
            self.steps["proof"] = {"identify": self.service.level, "go": order[0]}
        for one, following in zip(self.asked, order[1:], strict=True):
            self.ask(one, following)
        self.steps["perform"] = {
            "call": self.service.code,
            "tried": dict(self.service.names),
            "with": {one.name: f"{{{one.name}}}" for one in self.asked},
            "take": {"told": "told"},
            "go": "done",
            "refused": "sorry",
            "away": "sorry",
            "pending": "later",
            "unknown": "later",
        }

    def ask(self, one: Parameter, following: str) -> None:
        """One question, by its kind."""
        step = f"ask_{one.name}"
        self.variables[one.name] = "money" if one.kind == "amount" else "text"
        if one.among:
            self.ask_among(one, step, following)
        elif one.options:
            choices = [
                {"key": str(key), "text": dict(names), "set": {one.name: value}, "go": following}
                for key, (value, names) in enumerate(one.options.items(), 1)
            ]
            self.steps[step] = {"menu": self.asks("which", one, "choice"), "choices": choices}
        elif one.kind == "month":
            self.steps[step] = {"ask": self.said("month"), "kind": "month", "into": one.name, "go": following}
        else:
            answer, word, measures = _KINDS.get(one.kind, ("text", "text", {"most": 200}))
            self.steps[step] = {
                "ask": self.asks("tell", one, word),
                "kind": answer,
                "into": one.name,
                "again": self.said("again"),
                "go": following,
                **measures,
            }

    def ask_among(self, one: Parameter, step: str, following: str) -> None:
        """What another service answers is the choice."""
        self.variables |= {f"{one.name}_rows": "rows", f"{one.name}_name": "text"}
        self.steps[step] = {
            "call": one.among,
            "take": {f"{one.name}_rows": "rows", "told": "told"},
            "go": f"choose_{one.name}",
            "refused": "sorry",
            "away": "sorry",
        }
        found = {"field": f"{one.name}_rows", "is_empty": True}
        self.steps[f"choose_{one.name}"] = {"branch": [{"when": found, "go": "none"}], "go": f"pick_{one.name}"}
        self.steps[f"pick_{one.name}"] = {
            "menu": self.asks("which", one, "choice"),
            "rows": f"{one.name}_rows",
            "into": one.name,
            "named": f"{one.name}_name",
            "go": following,
        }
        self.steps.setdefault("none", {"menu": self.said("none"), "choices": self.ends("1")})

    def outcomes(self) -> None:
        """What became of it, in the words that came with the answer; and the ways to a person."""
        told = dict.fromkeys(self.service.names, "{told}")
        if "perform" in self.steps:
            self.steps["done"] = {"menu": told, "choices": self.ends("1")}
            again = {"key": "1", "text": self.said("try_again"), "go": next(iter(self.steps))}
            self.steps["sorry"] = {"menu": told, "choices": [again, *self.ends("2")]}
            self.steps["later"] = {"menu": told, "choices": self.ends("1")}
        self.steps["bye"] = {"end": True, "result": "solved"}
        self.steps["person"] = {"hand": DESKS.get(self.service.group, "general")}
        self.steps["emergency"] = {"hand": "emergency", "text": self.said("emergency")}

    def ends(self, first: str) -> list[dict[str, Any]]:
        """The choices behind an outcome: something else, or nothing more."""
        return [
            {"key": first, "text": self.said("more"), "set": {"more": True}, "go": "bye"},
            {"key": str(int(first) + 1), "text": self.said("all"), "set": {"more": False}, "go": "bye"},
        ]

    def said(self, word: str) -> dict[str, str]:
        return dict(self.words[word])

    def asks(self, sentence: str, one: Parameter, word: str) -> dict[str, str]:
        """A sentence with what the service calls it, else the plain word for its kind."""
        names = one.names or self.words[word]
        return {spoken: text.format(label=names[spoken]) for spoken, text in self.words[sentence].items()}
