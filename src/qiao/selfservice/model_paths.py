"""The paths through a flow: what cannot be come to, what runs in circles, where a person is out of reach. Pure."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

from qiao.kernel.conditions import evaluate, validate
from qiao.selfservice.model_flow import (
    FACTS,
    WAITING,
    Ask,
    Branch,
    Call,
    CallBack,
    End,
    Flow,
    Hand,
    Identify,
    Menu,
    Say,
    Step,
    SubFlow,
    When,
    exits,
)
from qiao.selfservice.model_text import FlowProblem

ELDERLY: Final = {"segment": "elderly", "age_band": "elderly"}
ELDERLY_STEPS_MAX: Final = 2
_PERSON: Final = (Hand, CallBack)
_NEVER: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""What is asked here knows no time."""


def path_problems(flow: Flow, levels: Mapping[str, int]) -> Iterator[FlowProblem]:
    """What is wrong with the paths of a flow whose steps all exist; `levels` are those that services ask."""
    yield from _unreachable(flow)
    yield from _loops(flow)
    yield from _to_a_person(flow)
    yield from _proof(flow, levels)
    if flow.entry:
        yield from _emergency(flow, levels)
        yield from _elderly(flow)


def next_steps(flow: Flow, step: Step) -> list[str]:
    """Every step that may come next."""
    return list(dict.fromkeys(target for target, _ in exits(flow, step)))


def reached(flow: Flow, starts: Iterable[str], *, past: Collection[type[Step]] | None = None) -> list[str]:
    """Steps that can be come to, in the order they are met; kinds in `past` are come to and not left."""
    found: dict[str, None] = {}
    waiting = [one for one in starts if one in flow.steps]
    while waiting:
        code = waiting.pop(0)
        if code in found:
            continue
        found[code] = None
        step = flow.steps[code]
        if past is None or not isinstance(step, tuple(past)):
            waiting += next_steps(flow, step)
    return list(found)


def _unreachable(flow: Flow) -> Iterator[FlowProblem]:
    met = set(reached(flow, (flow.start, flow.human, flow.emergency)))
    for code, step in flow.steps.items():
        if code not in met:
            yield FlowProblem(step.line, f"step {code} is never come to")


def _loops(flow: Flow) -> Iterator[FlowProblem]:
    """Steps that come back to themselves without the customer having said a word."""
    rests = (*WAITING, *_PERSON)
    for code, step in flow.steps.items():
        if not isinstance(step, rests) and code in reached(flow, next_steps(flow, step), past=rests):
            yield FlowProblem(step.line, f"from step {code} it goes round without the customer saying anything")


def _to_a_person(flow: Flow) -> Iterator[FlowProblem]:
    """The way to a person leads to one, soon and without proof; and it can be taken before the flow ends."""
    silent = (*WAITING, *_PERSON)
    line = flow.line_of("human")
    if not any(isinstance(flow.steps[code], _PERSON) for code in reached(flow, [flow.human])):
        yield FlowProblem(line, f"no way to a person: step {flow.human} leads to none")
    elif not _person_within(flow, flow.human, 1, frozenset()):
        yield FlowProblem(line, f"the way to a person from step {flow.human} has an end or more than one question")
    for code in reached(flow, [flow.human], past=silent):
        if isinstance(flow.steps[code], Identify | SubFlow):
            yield FlowProblem(flow.steps[code].line, f"step {code} stands between the customer and a person")
    for code in reached(flow, [flow.start], past=(*silent, SubFlow)):  # no flow comes back without a question
        if isinstance(flow.steps[code], End):
            yield FlowProblem(flow.steps[code].line, f"no way to a person: step {code} ends what nobody could answer")


def _person_within(flow: Flow, code: str, budget: int, met: frozenset[str]) -> bool:
    """Whether from here a person is met for sure with at most `budget` answers, for somebody elderly."""
    step = flow.steps[code]
    if isinstance(step, _PERSON):
        return True
    if code in met:
        return False
    met |= {code}
    match step:
        case Menu():
            ways = [one.go for one in step.choices if one.when is None or _sure(one.when) is True]
            return budget > 0 and any(_person_within(flow, way, budget - 1, met) for way in ways)
        case Ask():
            return budget > 0 and _person_within(flow, step.go, budget - 1, met)
        case Say() | Branch() | Call():
            return all(_person_within(flow, way, budget, met) for way in _ways(flow, step))
    return False


def _ways(flow: Flow, step: Step) -> list[str]:
    """Where a silent step may go for somebody elderly."""
    if not isinstance(step, Branch):
        return next_steps(flow, step)
    ways: list[str] = []
    for arm in step.arms:
        sure = _sure(arm.when)
        if sure is not False:
            ways.append(arm.go)
        if sure is True:
            return ways
    return [*ways, step.go]


def _sure(when: When) -> bool | None:
    """Whether a condition holds for somebody elderly; None when that alone does not tell."""
    fields = {name: FACTS[name] for name in ELDERLY}
    if validate(when.tree, fields):
        return None
    return evaluate(when.tree, ELDERLY, _NEVER)


def _elderly(flow: Flow) -> Iterator[FlowProblem]:
    if not _person_within(flow, flow.start, ELDERLY_STEPS_MAX, frozenset()):
        told = f"the elderly see no way to a person within {ELDERLY_STEPS_MAX} steps from here"
        yield FlowProblem(flow.steps[flow.start].line, told)


def _emergency(flow: Flow, levels: Mapping[str, int]) -> Iterator[FlowProblem]:
    """An emergency has its own way, without proof, and is offered before anybody is asked who he is."""
    if not flow.emergency:
        yield FlowProblem(flow.line, "a front door needs its way for emergencies")
        return
    for code in reached(flow, [flow.emergency]):
        if _asks_proof(flow.steps[code], levels):
            yield FlowProblem(flow.steps[code].line, f"step {code} asks for identity in an emergency")
    met: set[str] = set()
    ahead = [flow.start]
    while ahead:
        code = ahead.pop()
        step = flow.steps[code]
        if code in met or _offers(step, flow.emergency):
            continue
        met.add(code)
        if _asks_proof(step, levels):
            yield FlowProblem(step.line, f"step {code} asks for identity before an emergency was offered")
        ahead += next_steps(flow, step)


def _offers(step: Step, target: str) -> bool:
    return isinstance(step, Menu) and any(one.go == target and one.when is None for one in step.choices)


def _asks_proof(step: Step, levels: Mapping[str, int]) -> bool:
    needs = isinstance(step, Call) and step.what == "service" and levels.get(step.name, 0) > 1
    return needs or isinstance(step, Identify | SubFlow)


def _proof(flow: Flow, levels: Mapping[str, int]) -> Iterator[FlowProblem]:
    """Services that ask for more proof than every way to them has asked for."""
    proved = dict.fromkeys((flow.start, flow.human, *([flow.emergency] if flow.emergency else [])), 0)
    ahead = list(proved)
    while ahead:
        code = ahead.pop()
        step = flow.steps[code]
        for target, level in _levels_after(flow, step, proved[code]):
            if target not in proved or level < proved[target]:
                proved[target] = level
                ahead.append(target)
    for code, level in proved.items():
        step = flow.steps[code]
        if isinstance(step, Call) and step.what == "service" and levels.get(step.name, 0) > level:
            wanted = levels[step.name]
            yield FlowProblem(step.line, f"{step.name} needs level {wanted}, and not every way here has proved it")


def _levels_after(flow: Flow, step: Step, level: int) -> Iterator[tuple[str, int]]:
    if isinstance(step, Identify):
        yield step.go, max(level, step.level)
        yield step.failed, level
    elif isinstance(step, Branch):
        for arm in step.arms:
            leaf = arm.when.tree
            least = leaf.get("at_least") if leaf.get("field") == "level" else None
            yield arm.go, max(level, least if isinstance(least, int) else 0)
        yield step.go, level
    else:
        for target in next_steps(flow, step):
            yield target, level
