"""The values a flow is written with, each read with its line: names, numbers, texts in languages, conditions."""

import re
from collections.abc import Mapping
from typing import Any, Final

from qiao.kernel.languages import LANGUAGES
from qiao.selfservice.model_flow import Guide, Setting, Texts, VariableKind, When
from qiao.selfservice.model_guided import INSTRUCTION
from qiao.selfservice.model_text import FlowProblem, Path

NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,59}")
FACT: Final = re.compile(r"[a-z][a-z0-9_.]{0,59}")
CODE: Final = re.compile(r"[a-z][a-z0-9_.:/-]{0,99}")
LIST_MAX: Final = 60
CHARACTERS_MAX: Final = 1_000


class Values:
    """One walk over the tree; what is wrong is noted and something harmless stands in its place."""

    def __init__(self, lines: Mapping[Path, int]) -> None:
        self.lines = lines
        self.problems: list[FlowProblem] = []
        self.shared: dict[str, Texts] = {}

    def line(self, at: Path) -> int:
        while at and at not in self.lines:
            at = at[:-1]
        return self.lines.get(at, 0)

    def wrong(self, at: Path, told: str) -> None:
        self.problems.append(FlowProblem(self.line(at), told))

    def mapping(self, told: Any, at: Path, known: set[str] | None = None, most: int = LIST_MAX) -> dict[str, Any]:
        if told is None:
            return {}
        if not isinstance(told, dict):
            self.wrong(at, "a table of names and values is expected")
            return {}
        if len(told) > most:
            self.wrong(at, f"a table of at most {most} is expected")
            return {}
        for key in told:
            if known is not None and key not in known:
                self.wrong((*at, key), f"{key[:60]} is not known here")
        return told

    def items(self, told: Any, at: Path) -> list[Any]:
        if told is None:
            return []
        if not isinstance(told, list) or len(told) > LIST_MAX:
            self.wrong(at, f"a list of at most {LIST_MAX} is expected")
            return []
        return told

    def name(self, told: Any, at: Path, pattern: re.Pattern[str] = NAME, *, needed: bool = True) -> str:
        if told is None and not needed:
            return ""
        if not isinstance(told, str) or not pattern.fullmatch(told):
            self.wrong(at, "a name in small letters, digits and _ is expected")
            return ""
        return told

    def number(self, told: Any, at: Path, least: int, most: int, otherwise: int) -> int:
        if told is None:
            return otherwise
        if isinstance(told, bool) or not isinstance(told, int) or not least <= told <= most:
            self.wrong(at, f"a whole number from {least} to {most} is expected")
            return otherwise
        return told

    def plain(self, told: Any, at: Path) -> str:
        """A short text; numbers as they are written."""
        if isinstance(told, int | float) and not isinstance(told, bool):
            return str(told)
        if not isinstance(told, str) or len(told) > CHARACTERS_MAX:
            self.wrong(at, f"a text of at most {CHARACTERS_MAX} characters is expected")
            return ""
        return told

    def texts(self, told: Any, at: Path) -> Texts:
        if isinstance(told, str) and told.startswith("@"):
            if told[1:] not in self.shared:
                self.wrong(at, f"there is no text {told[1:][:60]}")
            return self.shared.get(told[1:], Texts(self.line(at), {}))
        if not isinstance(told, dict) or not told:
            self.wrong(at, "a text in each language, or @name of one of the texts, is expected")
            return Texts(self.line(at), {})
        by = self.mapping(told, at, set(LANGUAGES))
        return Texts(self.line(at), {key: self.plain(one, (*at, key)).strip() for key, one in by.items()})

    def maybe(self, told: Any, at: Path) -> Texts | None:
        return None if told is None else self.texts(told, at)

    def names_to_plain(self, told: Any, at: Path) -> dict[str, str]:
        read = self.mapping(told, at)
        return {self.name(key, (*at, key)): self.plain(value, (*at, key)) for key, value in read.items()}

    def names_to_names(self, told: Any, at: Path, pattern: re.Pattern[str] = FACT) -> dict[str, str]:
        read = self.mapping(told, at)
        return {self.name(key, (*at, key)): self.name(value, (*at, key), pattern) for key, value in read.items()}

    def kinds(self, told: Any, at: Path) -> dict[str, VariableKind]:
        found: dict[str, VariableKind] = {}
        for key, value in self.mapping(told, at, most=100).items():
            if value not in set(VariableKind):
                self.wrong((*at, key), f"one of {', '.join(VariableKind)} is expected")
            elif self.name(key, (*at, key)):
                found[key] = VariableKind(value)
        return found

    def when(self, told: Any, at: Path) -> When | None:
        if told is None:
            return None
        if not isinstance(told, dict):
            self.wrong(at, "a condition is expected")
            return None
        return When(self.line(at), told)

    def settings(self, told: Any, at: Path) -> tuple[Setting, ...]:
        found = []
        for key, value in self.mapping(told, at).items():
            here = (*at, key)
            read = value if isinstance(value, bool) else self.plain(value, here)
            found.append(Setting(self.line(here), self.name(key, here), read))
        return tuple(found)

    def yes(self, told: Any, at: Path) -> bool:
        if told is not None and not isinstance(told, bool):
            self.wrong(at, "true or false is expected")
        return told is True

    def guide(self, told: Any, at: Path) -> Guide | None:
        if told is None:
            return None
        read = self.mapping(told, at, {"do", "look"})
        parts = {
            key: tuple(
                self.name(one, (*at, key, n), INSTRUCTION)
                for n, one in enumerate(self.items(read.get(key), (*at, key)))
            )
            for key in ("do", "look")
        }
        return Guide(self.line(at), **parts)
