"""Why a matter came about: a tree of causes and the systems that are answerable for them. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from qiao.kernel.languages import STAFF_LANGUAGES, nearest

ASKED_OF: Final = frozenset({"complaint", "fault"})
"""Kinds of case whose solution names its cause."""
WITHOUT: Final = frozenset({"withdrawn", "merged", "regulator"})
"""Resolutions that tell nothing about why."""


class CausesBroken(ValueError):
    """The tree does not hold together; the message names every problem."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Why, and what is answerable: codes of the tree."""

    code: str
    system: str


@dataclass(frozen=True, slots=True)
class CauseTree:
    """The leaves by code with their names, groups among them, and the systems."""

    names: Mapping[str, Mapping[str, str]]
    systems: Mapping[str, Mapping[str, str]]

    @property
    def leaves(self) -> tuple[str, ...]:
        """Codes that may be chosen: those with nothing below them."""
        groups = {code.rpartition("/")[0] for code in self.names}
        return tuple(code for code in self.names if code not in groups)

    def path(self, code: str, language: str) -> str:
        """ "Charge › Rated late"; a code that is no more is its own name."""
        parts = code.split("/")
        above = ["/".join(parts[:depth]) for depth in range(1, len(parts) + 1)]
        return " › ".join(_say(self.names.get(one), language) or one for one in above)

    def system(self, code: str, language: str) -> str:
        """The system's name; a code that is no more is its own name."""
        return _say(self.systems.get(code), language) or code


def asked_for(kind: str, resolution: str) -> bool:
    """Whether the solution of a case of this kind says why it came about."""
    return kind in ASKED_OF and resolution not in WITHOUT


def causes_from(read: Mapping[str, Any]) -> CauseTree:
    """The tree from its definition (keys systems, causes). Raises CausesBroken."""
    problems = [
        f"{part} {code}: no name in {language}"
        for part in ("systems", "causes")
        for code, names in read[part].items()
        for language in STAFF_LANGUAGES
        if not names.get(language)
    ]
    causes = read["causes"]
    problems += [
        f"there is no group {code.rpartition('/')[0]}"
        for code in causes
        if "/" in code and code.rpartition("/")[0] not in causes
    ]
    if problems:
        raise CausesBroken("; ".join(problems))
    return CauseTree(causes, read["systems"])


def _say(names: Mapping[str, str] | None, language: str) -> str:
    return names[nearest(language, tuple(names), otherwise="en")] if names else ""
