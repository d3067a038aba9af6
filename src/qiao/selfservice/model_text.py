"""YAML from anybody as plain values with the line of each part: no tags, no anchors, limits on size and depth."""

import re
from dataclasses import dataclass
from typing import Any, Final

import yaml

TEXT_MAX: Final = 300_000
DEPTH_MAX: Final = 14
PARTS_MAX: Final = 30_000
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, order=True)
class FlowProblem:
    """What is wrong and in which line, counted from 1; 0 where no line can be named."""

    line: int
    told: str


class _Broken(Exception):
    def __init__(self, line: int, told: str) -> None:
        super().__init__(told)
        self.problem = FlowProblem(line, told)


_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # where libyaml is: a house starts seconds sooner


class _Plain(_Loader):  # type: ignore[misc]
    """Words of JSON only: true, false, null and numbers; "no", "on" and dates are texts."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - as the base class has it


for _tag, _pattern, _first in (
    ("tag:yaml.org,2002:bool", r"true|false", "tf"),
    ("tag:yaml.org,2002:null", r"null|~|", "n~\0"),
    ("tag:yaml.org,2002:int", r"-?(?:0|[1-9][0-9]{0,15})", "-0123456789"),
    ("tag:yaml.org,2002:float", r"-?(?:0|[1-9][0-9]{0,15})\.[0-9]{1,15}", "-0123456789"),
):
    _Plain.add_implicit_resolver(_tag, re.compile(rf"^(?:{_pattern})$"), [*_first, ""])


def read_tree(text: str) -> tuple[Any, dict[Path, int], list[FlowProblem]]:
    """The plain values, the line of each part by its path, and why there are none. Never raises, whatever the text."""
    if len(text) > TEXT_MAX:
        return None, {}, [FlowProblem(0, f"the text is longer than {TEXT_MAX} characters")]
    lines: dict[Path, int] = {}
    try:
        _must_be_plain(text)
        node = yaml.compose(text, _Plain)
        return (_value(node, (), lines) if node is not None else None), lines, []
    except _Broken as broken:
        return None, {}, [broken.problem]
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return None, {}, [FlowProblem(mark.line + 1 if mark else 0, str(error.problem or error.context))]
    except (yaml.YAMLError, ValueError) as error:
        return None, {}, [FlowProblem(0, next(iter(str(error).splitlines()), "this is no YAML"))]


def _must_be_plain(text: str) -> None:
    """One pass over the events before anything is built, so that nothing deep or large ever is."""
    depth = 0
    for parts, event in enumerate(yaml.parse(text, _Plain)):
        line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, yaml.events.AliasEvent) or getattr(event, "anchor", None):
            raise _Broken(line, "& and * (anchors) are not taken; write it out")
        if isinstance(event, yaml.events.NodeEvent) and getattr(event, "tag", None):
            raise _Broken(line, "! (tags) are not taken")
        if isinstance(event, yaml.events.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.events.CollectionEndEvent):
            depth -= 1
        if depth > DEPTH_MAX:
            raise _Broken(line, f"this lies more than {DEPTH_MAX} levels deep")
        if parts > PARTS_MAX:
            raise _Broken(line, f"there are more than {PARTS_MAX} parts")


def _value(node: yaml.Node, path: Path, lines: dict[Path, int]) -> Any:
    lines[path] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        read: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            key = key_node.value
            if not isinstance(key, str) or key in read:
                raise _Broken(line, f"{str(key)[:60]!r} stands here twice, or is no name")
            read[key] = _value(value_node, (*path, key), lines)
            lines[(*path, key)] = line
        return read
    if isinstance(node, yaml.SequenceNode):
        return [_value(one, (*path, index), lines) for index, one in enumerate(node.value)]
    return _scalar(node)


def _scalar(node: yaml.Node) -> Any:
    kind, told = node.tag.rpartition(":")[2], str(node.value)
    if kind == "bool":
        return told == "true"
    if kind == "null":
        return None
    if kind == "int":
        return int(told)
    if kind == "float":
        return float(told)
    if "\x00" in told or any("\ud800" <= one <= "\udfff" for one in told):
        raise _Broken(node.start_mark.line + 1, "a character cannot be kept")
    return told
