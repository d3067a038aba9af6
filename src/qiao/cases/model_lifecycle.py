"""Lifecycles as data: the working stages of a case, the moves between them, and who may make which move when. Pure.

Where a case *stands* (open, resolved, closed …) is derived from its records and no lifecycle touches it; a *stage* says
what is being worked on while it is open. Only a stage marked `resolves` lets somebody say that the case is solved, so a
lifecycle from which none of them can be reached would keep its cases for ever: it is refused as a dead end.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from qiao.kernel.conditions import Fields, Tree, evaluate, validate
from qiao.kernel.languages import STAFF_LANGUAGES

Names = Mapping[str, str]
ALWAYS: Final[Tree] = {"all": []}
STAGES_MAX: Final = 20
MOVES_MAX: Final = 60
_CODE: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True, slots=True)
class Stage:
    """A step of the work; `resolves` where the case may be said to be solved."""

    code: str
    name: Names
    resolves: bool


@dataclass(frozen=True, slots=True)
class Move:
    """A way from some stages to another: by whom (`right`), when (`guard`), and what must be known (`needs`, items)."""

    code: str
    name: Names
    starts: frozenset[str]
    to: str
    right: str
    guard: Tree
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """The stages in their order, the first one first, and every move there is."""

    stages: Mapping[str, Stage]
    moves: tuple[Move, ...]

    @property
    def first(self) -> Stage:
        """Where every case begins."""
        return next(iter(self.stages.values()))

    def stage(self, code: str | None) -> Stage:
        """The stage with this code; the first one for a case that has not moved."""
        return self.stages.get(code or "", self.first)


@dataclass(frozen=True, slots=True)
class WayOn:
    """A move from where a case is, for somebody with the right; `lacking` are items that must be known before."""

    move: Move
    guarded: bool
    lacking: tuple[str, ...]

    @property
    def open(self) -> bool:
        """Whether it may be made now."""
        return not self.guarded and not self.lacking


PLAIN: Final = Lifecycle({"work": Stage("work", {"zh-CN": "处理中", "en": "In work"}, resolves=True)}, ())
"""For a category that names no lifecycle: one stage."""


def ways_on(
    lifecycle: Lifecycle, stage: str | None, values: Mapping[str, Any], rights: frozenset[str], now: datetime
) -> tuple[WayOn, ...]:
    """Every move from this stage for somebody with these rights; `values` as the condition of a next step sees them."""
    here = lifecycle.stage(stage).code
    known = values["known"]
    return tuple(
        WayOn(
            move,
            guarded=not evaluate(move.guard, values, now),
            lacking=tuple(key for key in move.needs if key not in known),
        )
        for move in lifecycle.moves
        if here in move.starts and move.right in rights
    )


def lifecycle_from(read: Mapping[str, Any]) -> Lifecycle:
    """A lifecycle from its definition, which `lifecycle_problems` found nothing wrong with."""
    stages = {
        one["code"]: Stage(one["code"], dict(one["name"]), resolves=bool(one.get("resolves", False)))
        for one in read["stages"]
    }
    moves = tuple(
        Move(
            code=one["code"],
            name=dict(one["name"]),
            starts=frozenset(one["from"]),
            to=one["to"],
            right=one.get("right", "cases.write"),
            guard=one.get("when", ALWAYS),
            needs=tuple(one.get("needs", ())),
        )
        for one in read.get("moves", ())
    )
    return Lifecycle(stages, moves)


def lifecycle_problems(read: Any, *, items: Mapping[str, Any], fields: Fields) -> list[str]:
    """All that is wrong with a definition from outside, however odd it is; nothing means that it can be used."""
    told: Mapping[str, Any] = read if isinstance(read, Mapping) else {}
    stages, moves = told.get("stages"), told.get("moves", [])
    if not _rows(stages, STAGES_MAX) or not stages:
        return [f"a lifecycle has 1 to {STAGES_MAX} stages, each with a code of its own"]
    if not _rows(moves, MOVES_MAX):
        return [f"moves are a list of at most {MOVES_MAX}, each with a code of its own"]
    codes = {one["code"] for one in stages}
    problems = [problem for one in stages for problem in _stage_problems(one)]
    problems += [problem for one in moves for problem in _move_problems(one, codes, items, fields)]
    return problems or list(_dead_ends(lifecycle_from(told)))


def _rows(read: Any, most: int) -> bool:
    """A list, so that the order outlives every way of keeping it, of entries with codes that differ."""
    if not isinstance(read, list | tuple) or len(read) > most:
        return False
    codes = [one.get("code") if isinstance(one, Mapping) else None for one in read]
    return all(isinstance(code, str) and _CODE.fullmatch(code) for code in codes) and len(set(codes)) == len(codes)


def _stage_problems(one: Mapping[str, Any]) -> Iterator[str]:
    code = one["code"]
    yield from _names_lacking(f"stage {code}", one.get("name"))
    if not isinstance(one.get("resolves", False), bool):
        yield f"stage {code}: resolves is true or false"


def _move_problems(
    one: Mapping[str, Any], stages: Collection[str], items: Mapping[str, Any], fields: Fields
) -> Iterator[str]:
    code = one["code"]
    yield from _names_lacking(f"move {code}", one.get("name"))
    starts = one.get("from")
    if not _texts(starts) or not starts:
        yield f"move {code}: from is a list of stages"
        starts = ()
    for stage in (*starts, one.get("to")):
        if not isinstance(stage, str) or stage not in stages:
            yield f"move {code}: there is no stage {stage}"
    if not isinstance(one.get("right", ""), str):
        yield f"move {code}: right is the name of a right"
    needs = one.get("needs", [])
    if not _texts(needs):
        yield f"move {code}: needs is a list of items"
        needs = ()
    for key in needs:
        if key not in items:
            yield f"move {code}: there is no item {key}"
    for problem in validate(one.get("when", ALWAYS), fields):
        yield f"move {code}: {problem.path} {problem.text.format(**problem.params)}"


def _texts(read: Any) -> bool:
    return isinstance(read, list | tuple) and all(isinstance(one, str) for one in read)


def _names_lacking(what: str, names: Any) -> Iterator[str]:
    for language in STAFF_LANGUAGES:
        told = names.get(language) if isinstance(names, Mapping) else None
        if not isinstance(told, str) or not told.strip():
            yield f"{what}: no name in {language}"


def _dead_ends(lifecycle: Lifecycle) -> Iterator[str]:
    """Stages from which no stage that resolves can be reached, and stages that nothing leads to."""
    solved = _closed_over({code for code, one in lifecycle.stages.items() if one.resolves}, lifecycle, back=True)
    reached = _closed_over({lifecycle.first.code}, lifecycle, back=False)
    for code in lifecycle.stages:
        if code not in solved:
            yield f"stage {code} is a dead end: no way leads from it to a stage that resolves"
        if code not in reached:
            yield f"stage {code} is never reached"


def _closed_over(found: set[str], lifecycle: Lifecycle, *, back: bool) -> set[str]:
    """These stages and all that moves lead to from them; with `back`, all from which moves lead to them."""
    while True:
        more = {
            stage
            for move in lifecycle.moves
            for stage in (move.starts if back else {move.to})
            if (move.to in found if back else move.starts & found)
        } - found
        if not more:
            return found
        found = found | more
