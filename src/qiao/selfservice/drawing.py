"""A flow as a picture: boxes in rows by how far they are from the start, lines between them. Pure; units are pixels."""

from dataclasses import dataclass
from typing import Final
from unicodedata import east_asian_width

from qiao.selfservice.model_flow import Call, Flow, Hand, Identify, Menu, Step, SubFlow, exits
from qiao.selfservice.model_paths import next_steps

WIDTH: Final = 168
HEIGHT: Final = 52
GAP_X: Final = 24
GAP_Y: Final = 44
TEXT_MAX: Final = 26


@dataclass(frozen=True, slots=True)
class Box:
    """A step at its place; `kind` is its word in the file, `role` "start", "human", "emergency" or ""."""

    code: str
    kind: str
    text: str
    line: int
    x: int
    y: int
    role: str


@dataclass(frozen=True, slots=True)
class Arrow:
    """A way from one step to another; `label` is the key of a choice or an outcome. `back` runs upwards."""

    source: str
    target: str
    label: str
    path: str
    label_x: int
    label_y: int
    back: bool


@dataclass(frozen=True, slots=True)
class Diagram:
    """All of it, with its size."""

    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    width: int
    height: int


def diagram(flow: Flow, language: str) -> Diagram:
    """The picture of a flow; steps that are never come to stand in the last row."""
    rows = _rows(flow)
    boxes: dict[str, Box] = {}
    roles = {flow.emergency: "emergency", flow.human: "human", flow.start: "start"}
    for row, codes in enumerate(rows):
        for place, code in enumerate(codes):
            step = flow.steps[code]
            x, y = GAP_X + place * (WIDTH + GAP_X), GAP_Y + row * (HEIGHT + GAP_Y)
            boxes[code] = Box(code, kind_of(step), _text(step, language), step.line, x, y, roles.get(code, ""))
    arrows = [
        _arrow(boxes[code], boxes[target], label)
        for code, step in flow.steps.items()
        for target, label in _labelled(flow, step).items()
        if target in boxes
    ]
    width = GAP_X + max((len(codes) for codes in rows), default=1) * (WIDTH + GAP_X)
    return Diagram(tuple(boxes.values()), tuple(arrows), width, GAP_Y + len(rows) * (HEIGHT + GAP_Y))


def kind_of(step: Step) -> str:
    """The word a step's kind has in the file."""
    names = {"SubFlow": "flow", "CallBack": "callback", "Identify": "identify"}
    if isinstance(step, Call):
        return "call" if step.what == "service" else "act"
    return names.get(type(step).__name__, type(step).__name__.lower())


def _rows(flow: Flow) -> list[list[str]]:
    found: list[list[str]] = []
    met: set[str] = set()
    row = [one for one in dict.fromkeys((flow.start, flow.human, flow.emergency)) if one in flow.steps]
    while row:
        found.append(row)
        met.update(row)
        ahead = (target for code in row for target in next_steps(flow, flow.steps[code]))
        row = [code for code in dict.fromkeys(ahead) if code in flow.steps and code not in met]
    lost = [code for code in flow.steps if code not in met]
    return [*found, lost] if lost else found


def _labelled(flow: Flow, step: Step) -> dict[str, str]:
    """Where a step leads, with what is answered to go there; several ways to one step share a line."""
    found: dict[str, str] = {}
    keys = {choice.go: choice.key for choice in step.choices} if isinstance(step, Menu) else {}
    for target, _ in exits(flow, step):
        if (isinstance(step, Call) and target != step.go) or (isinstance(step, Identify) and target != step.go):
            found.setdefault(target, "✗")
        else:
            found.setdefault(target, keys.get(target, ""))
    return found


def _text(step: Step, language: str) -> str:
    if isinstance(step, Call):
        told = step.name
    elif isinstance(step, SubFlow):
        told = step.flow
    elif isinstance(step, Identify):
        told = str(step.level)
    else:
        texts = getattr(step, "text", None)
        told = step.desk if isinstance(step, Hand) else texts.say(language) if texts is not None else ""
    return _fitting(told)


def _fitting(told: str) -> str:
    """As much as a box holds; a CJK character is as wide as two others."""
    room = TEXT_MAX
    for at, one in enumerate(told):
        room -= 2 if east_asian_width(one) in "WF" else 1
        if room < 0:
            return told[: max(0, at - 1)] + "…"
    return told


def _arrow(source: Box, target: Box, label: str) -> Arrow:
    back = target.y <= source.y
    x1, y1 = source.x + WIDTH // 2, source.y + (0 if back else HEIGHT)
    x2, y2 = target.x + WIDTH // 2, target.y + (HEIGHT if back and target.y < source.y else 0)
    bend = GAP_Y // 2 if not back else -GAP_Y // 2
    path = f"M{x1} {y1} C{x1} {y1 + bend} {x2} {y2 - bend} {x2} {y2}"
    return Arrow(source.code, target.code, label, path, (x1 + x2) // 2, (y1 + y2) // 2, back)
