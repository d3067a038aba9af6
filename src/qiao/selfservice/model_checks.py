"""What a flow must keep to before anybody meets it: each breach with its line. Pure.

Every text is there in every language; what is named exists and is of its kind; and the paths (`model_paths`): every
step can be come to, a person can be had everywhere, no loop runs without a word from the customer.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from qiao.kernel.conditions import Fields, validate
from qiao.kernel.languages import LANGUAGES
from qiao.selfservice.model_flow import (
    FACTS,
    Ask,
    Branch,
    Call,
    Choice,
    Flow,
    Menu,
    Setting,
    Step,
    SubFlow,
    Texts,
    VariableKind,
    When,
    exits,
    fields_of,
    observed_fields,
    texts_of,
)
from qiao.selfservice.model_paths import path_problems
from qiao.selfservice.model_standing import ROWS_MAX, slots
from qiao.selfservice.model_text import FlowProblem
from qiao.selfservice.model_words import WISHES, plain

KINDS_OF_ANSWERS: Final = {
    "text": {VariableKind.TEXT},
    "digits": {VariableKind.TEXT, VariableKind.NUMBER},
    "month": {VariableKind.TEXT},
    "amount": {VariableKind.MONEY},
    "yes_no": {VariableKind.BOOL},
    "phone": {VariableKind.TEXT},
    "secret": {VariableKind.TEXT},
}
_BRACES: Final = re.compile(r"\{[a-z][a-z0-9_]*\}")


@dataclass(frozen=True, slots=True)
class Shape:
    """What a service or an action wants and gives; `facts` None: nothing is known of what it answers."""

    level: int = 0
    parameters: frozenset[str] = frozenset()
    needed: frozenset[str] = frozenset()
    facts: frozenset[str] | None = None
    changes: bool = False
    self_service: bool = True


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a flow may name: services, actions and other flows."""

    services: Mapping[str, Shape] = field(default_factory=dict)
    actions: Mapping[str, Shape] = field(default_factory=dict)
    flows: Mapping[str, Flow] = field(default_factory=dict)


def problems(flow: Flow, around: Surroundings) -> list[FlowProblem]:
    """Everything that is wrong with a flow, in the order of lines; nothing means that it may be published."""
    found = set(_names(flow))
    if not found:
        found.update(path_problems(flow, {code: one.level for code, one in around.services.items()}))
    found.update(_texts(flow.names, frozenset()))
    variables = frozenset(flow.variables)
    for step in flow.steps.values():
        for text in texts_of(step):
            found.update(_texts(text, variables))
        found.update(_step(flow, step, around))
        for one in step.sets:
            found.update(_setting(flow, one))
    for variable in flow.fills:
        if variable not in flow.variables:
            found.add(FlowProblem(flow.line_of("fills", variable), f"there is no variable {variable}"))
    for name in flow.variables:
        if name in FACTS:
            found.add(FlowProblem(flow.line_of("variables", name), f"{name} is known without being declared"))
    return sorted(found)


def _names(flow: Flow) -> Iterator[FlowProblem]:
    """Steps that are named and not there."""
    for part, code in (("start", flow.start), ("human", flow.human), ("emergency", flow.emergency)):
        if code not in flow.steps and (code or part != "emergency"):
            yield FlowProblem(flow.line_of(part), f"there is no step {code}")
    for step in flow.steps.values():
        for target, line in exits(flow, step):
            if target not in flow.steps:
                yield FlowProblem(line, f"there is no step {target}")


def _texts(texts: Texts, variables: frozenset[str]) -> Iterator[FlowProblem]:
    lacking = [language for language in LANGUAGES if not texts.by.get(language)]
    if lacking:
        yield FlowProblem(texts.line, f"no text in {', '.join(lacking)}")
    wanted: set[str] | None = None
    for language, text in texts.by.items():
        named = set(slots(text))
        for name in sorted(named - variables):
            yield FlowProblem(texts.line, f"there is no variable {name}, named in {language}")
        if set("{}") & set(_BRACES.sub("", text)):
            yield FlowProblem(texts.line, f"braces hold the name of a variable and nothing else, in {language}")
        if wanted is not None and named != wanted:
            yield FlowProblem(texts.line, f"other variables in {language}")
        wanted = named if wanted is None else wanted


def _step(flow: Flow, step: Step, around: Surroundings) -> Iterator[FlowProblem]:
    match step:
        case Menu():
            yield from _menu(flow, step)
        case Ask():
            yield from _variable(flow, step.into, flow.line_of("steps", step.code, "into"), step.kind)
            if step.seen and step.seen not in flow.observations:
                yield FlowProblem(flow.line_of("steps", step.code, "seen"), f"there is no observation {step.seen}")
        case Branch():
            if not step.arms:
                yield FlowProblem(step.line, "a branch needs at least one arm")
            for arm in step.arms:
                yield from _when(arm.when, fields_of(flow))
        case Call():
            yield from _call(flow, step, around)
        case SubFlow():
            yield from _sub_flow(flow, step, around)


def _menu(flow: Flow, step: Menu) -> Iterator[FlowProblem]:
    if not step.choices and not step.rows:
        yield FlowProblem(step.line, "a menu needs choices")
    if step.rows:
        if flow.variables.get(step.rows) is not VariableKind.ROWS:
            yield FlowProblem(flow.line_of("steps", step.code, "rows"), f"there are no rows {step.rows}")
        for part, name in (("into", step.into), ("named", step.named)):
            if name or part == "into":
                yield from _variable(flow, name, flow.line_of("steps", step.code, part), "text")
    if step.free:
        yield from _variable(flow, step.free, flow.line_of("steps", step.code, "else", "into"), "text")
    known: dict[str, Choice] = {}
    for choice in step.choices:
        if step.rows and len(choice.key) == 1 and choice.key <= str(ROWS_MAX):
            yield FlowProblem(choice.line, f"keys 1 to {ROWS_MAX} are those of the rows")
        yield from _choice(flow, choice)
        said = {choice.key, *(plain(word) for word in choice.words)}
        for word in sorted(said):
            other = known.setdefault(word, choice)
            if other is not choice and (other.when is None or choice.when is None):
                yield FlowProblem(choice.line, f"“{word}” stands for two choices")


def _choice(flow: Flow, choice: Choice) -> Iterator[FlowProblem]:
    if not choice.key:
        yield FlowProblem(choice.line, "a choice needs a key")
    for word in choice.words:
        if plain(word) in WISHES["human"]:
            yield FlowProblem(choice.line, f"“{word}” asks for a person everywhere")
    if choice.when is not None:
        yield from _when(choice.when, fields_of(flow))
    if choice.seen is not None:
        yield from _when(choice.seen, observed_fields(flow))
    for one in choice.sets:
        yield from _setting(flow, one)


def _call(flow: Flow, step: Call, around: Surroundings) -> Iterator[FlowProblem]:
    known = (around.services if step.what == "service" else around.actions).get(step.name)
    if known is None:
        if step.what == "service":
            yield FlowProblem(step.line, f"there is no service {step.name}")
        else:
            yield FlowProblem(step.line, f"there is no action {step.name}")
        return
    if not known.self_service:
        yield FlowProblem(step.line, f"{step.name} is not for customers to do themselves")
    for name, text in step.given.items():
        line = flow.line_of("steps", step.code, "with", name)
        if name not in known.parameters:
            yield FlowProblem(line, f"{step.name} does not ask for {name}")
        yield from _filled(flow, text, line)
    if missing := known.needed - set(step.given):
        yield FlowProblem(step.line, f"{step.name} needs {', '.join(sorted(missing))}")
    for variable, fact in step.takes.items():
        line = flow.line_of("steps", step.code, "take", variable)
        if variable not in flow.variables:
            yield FlowProblem(line, f"there is no variable {variable}")
        if known.facts is not None and fact not in known.facts:
            yield FlowProblem(line, f"{step.name} does not tell {fact}")


def _sub_flow(flow: Flow, step: SubFlow, around: Surroundings) -> Iterator[FlowProblem]:
    if named := slots(step.flow):
        yield from _variable(flow, named[0], step.line, "text")
        yield from (FlowProblem(step.line, "nothing can be told a flow that is not known yet") for _ in step.given)
        for mine in step.takes:
            if mine not in flow.variables:
                yield FlowProblem(flow.line_of("steps", step.code, "take", mine), f"there is no variable {mine}")
        return
    other = around.flows.get(step.flow)
    if other is None or step.flow == flow.code:
        yield FlowProblem(step.line, f"there is no flow {step.flow} to be run here")
        return
    for name, text in step.given.items():
        line = flow.line_of("steps", step.code, "with", name)
        if name not in other.variables:
            yield FlowProblem(line, f"{step.flow} has no variable {name}")
        yield from _filled(flow, text, line)
    for mine, its in step.takes.items():
        line = flow.line_of("steps", step.code, "take", mine)
        if mine not in flow.variables:
            yield FlowProblem(line, f"there is no variable {mine}")
        if its not in other.variables:
            yield FlowProblem(line, f"{step.flow} has no variable {its}")


def _setting(flow: Flow, one: Setting) -> Iterator[FlowProblem]:
    if one.name == "language":
        if one.value not in LANGUAGES:
            yield FlowProblem(one.line, f"there is no language {one.value}")
        return
    kind = flow.variables.get(one.name)
    if kind is None:
        yield FlowProblem(one.line, f"there is no variable {one.name}")
    elif isinstance(one.value, bool) != (kind is VariableKind.BOOL) or kind is VariableKind.ROWS:
        yield FlowProblem(one.line, f"{one.name} does not hold such a value")
    elif not isinstance(one.value, bool):
        yield from _filled(flow, one.value, one.line)


def _filled(flow: Flow, text: str, line: int) -> Iterator[FlowProblem]:
    for name in slots(text):
        if name not in flow.variables:
            yield FlowProblem(line, f"there is no variable {name}")


def _variable(flow: Flow, name: str, line: int, answer: str) -> Iterator[FlowProblem]:
    kind = flow.variables.get(name)
    if kind is None:
        yield FlowProblem(line, f"there is no variable {name}")
    elif kind not in KINDS_OF_ANSWERS[answer]:
        yield FlowProblem(line, f"{name} does not hold such a value")


def _when(when: When, fields: Fields) -> Iterator[FlowProblem]:
    for one in validate(when.tree, fields):
        told = one.text.format(**one.params)
        yield FlowProblem(when.line, f"condition at {one.path or 'its top'}: {told}")
