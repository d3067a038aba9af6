"""The flows that come with the house, read once a process, and what a flow may name in this house."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from qiao import catalogue
from qiao.selfservice.actions import action_shapes
from qiao.selfservice.facts import FACTS_TOLD
from qiao.selfservice.model_checks import Shape, Surroundings, problems
from qiao.selfservice.model_flow import Flow
from qiao.selfservice.model_text import FlowProblem
from qiao.selfservice.reading import read_flow


class FlowsIncomplete(Exception):
    """A flow that came with the house cannot be used; the house does not start."""


@cache
def built_in_texts() -> dict[str, str]:
    """The text of each flow that came with the house, by its code."""
    folder = files("qiao.selfservice").joinpath("flows")
    found = sorted(folder.iterdir(), key=lambda one: one.name)
    return {one.name.removesuffix(".yaml"): one.read_text("utf-8") for one in found if one.name.endswith(".yaml")}


@cache
def built_in() -> dict[str, Flow]:
    """The flows that came with the house, by code. Raises FlowsIncomplete naming every fault of reading."""
    found: dict[str, Flow] = {}
    wrong: list[str] = []
    for code, text in built_in_texts().items():
        flow, faults = read_flow(text)
        if flow is not None and flow.code == code:
            found[code] = flow
        wrong += [f"{code}:{one.line}: {one.told}" for one in faults]
        if flow is not None and flow.code != code:
            wrong.append(f"{code}: is called {flow.code}")
    if wrong:
        raise FlowsIncomplete("; ".join(wrong))
    return found


def surroundings(flows: Mapping[str, Flow]) -> Surroundings:
    """What a flow may name, with these other flows."""
    services = {one.code: _shape(one) for one in catalogue.services(audience="customer")}
    return Surroundings(services, action_shapes(), flows)


def _shape(one: catalogue.Service) -> Shape:
    return Shape(
        level=one.level,
        parameters=frozenset(parameter.name for parameter in one.parameters),
        needed=frozenset(parameter.name for parameter in one.parameters if parameter.needed),
        facts=_told(one),
        changes=one.kind == "act",
        self_service=one.self_service,
    )


def _told(one: catalogue.Service) -> frozenset[str] | None:
    told = FACTS_TOLD.get(one.code, frozenset() if one.kind == "act" else None)
    return None if told is None else told | {"reason", "told"}


def checked(text: str, flows: Mapping[str, Flow] | None = None) -> tuple[Flow | None, list[FlowProblem]]:
    """A flow with everything that is wrong with it, among `flows` (else those that came with the house)."""
    flow, wrong = read_flow(text)
    if flow is None:
        return None, wrong
    others = built_in() if flows is None else flows
    return flow, problems(flow, surroundings({**others, flow.code: flow}))
