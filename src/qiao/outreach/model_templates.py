"""Templates: what a message says, by channel and language, with variables; versioned as data and checked first."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

import yaml

from qiao.kernel.languages import LANGUAGES, N_, nearest
from qiao.outreach.model import CHANNELS, PURPOSES, Purpose

SMS_CHARACTERS_MAX: Final = 500
NO_LANGUAGE: Final = N_("This language is missing.")
UNKNOWN_VARIABLE: Final = N_("This names a variable that the message does not have.")
BROKEN_BRACES: Final = N_("A brace is open or closed without its other half.")
TOO_LONG: Final = N_("This is longer than a text message may be.")
_VARIABLE: Final = re.compile(r"\{([^{}]*)\}")
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,29}")
_CODE: Final = re.compile(r"[a-z][a-z0-9_]{0,59}(\.[a-z][a-z0-9_]{0,59})?")


@dataclass(frozen=True, slots=True)
class Template:
    """`texts` is channel -> language -> text; `variables` is name -> an example for the preview."""

    code: str
    version: int
    purpose: Purpose
    name: Mapping[str, str]
    variables: Mapping[str, str]
    texts: Mapping[str, Mapping[str, str]]

    def render(self, channel: str, language: str | None, variables: Mapping[str, str]) -> tuple[str, str]:
        """(text, language it is in). Every variable must be given: KeyError names the first that is not."""
        tongue = nearest(language)
        text = self.texts[channel][tongue]
        return _VARIABLE.sub(lambda found: one_line(variables[found[1]]), text), tongue

    def preview(self, channel: str, language: str) -> str:
        """The text with its examples in place of the variables."""
        return self.render(channel, language, self.variables)[0]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a template: `at` names the place ("sms.fr"), `line` its line in a file (from 1; 0: none)."""

    at: str
    text: str
    detail: str = ""
    line: int = 0

    def __str__(self) -> str:
        place = f"line {self.line}: {self.at}" if self.line else self.at
        return f"{place}: {self.text}" + (f" ({self.detail})" if self.detail else "")


class TemplatesNotUnderstood(Exception):
    """A file of templates does not hold together; `problems` names every place."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = problems


def one_line(value: str) -> str:
    """A variable's value as it may stand in a message: one line, so that nobody can write a second message into it."""
    return " ".join("".join(one if one.isprintable() else " " for one in value).split())


def problems_of(texts: Mapping[str, Mapping[str, str]], variables: Mapping[str, str]) -> list[Problem]:
    """What is wrong with the words of a template."""
    found = []
    for channel, said in texts.items():
        for language in LANGUAGES:
            text = str(said.get(language) or "")
            at = f"{channel}.{language}"
            if not text.strip():
                found.append(Problem(at, NO_LANGUAGE))
                continue
            if "{" in (rest := _VARIABLE.sub("", text)) or "}" in rest:
                found.append(Problem(at, BROKEN_BRACES))
            unknown = sorted({name for name in _VARIABLE.findall(text) if name not in variables})
            if unknown:
                found.append(Problem(at, UNKNOWN_VARIABLE, ", ".join(unknown)))
            if channel == "sms" and len(text) > SMS_CHARACTERS_MAX:
                found.append(Problem(at, TOO_LONG))
        found += [Problem(f"{channel}.{one}", "unknown language") for one in said if one not in LANGUAGES]
    return found


def read_templates(source: str) -> dict[str, Template]:
    """Templates by code from YAML. Raises TemplatesNotUnderstood naming the line and name of everything wrong."""
    try:
        node = yaml.compose(source, Loader=yaml.SafeLoader)
        read = yaml.safe_load(source)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise TemplatesNotUnderstood([Problem("file", "no YAML", line=mark.line + 1 if mark else 0)]) from None
    if not isinstance(read, dict) or node is None:
        raise TemplatesNotUnderstood([Problem("file", "no mapping of codes to templates", line=1)])
    lines = _lines(node)
    found, templates = [], {}
    for code, told in read.items():
        wrong = _shape_of(str(code), told)
        if not wrong:
            template = _template(str(code), told)
            templates[template.code] = template
            wrong = [
                Problem(f"{code}.{one.at}", one.text, one.detail)
                for one in problems_of(template.texts, template.variables)
            ]
        found += [Problem(one.at, one.text, one.detail, _line_of(lines, one.at)) for one in wrong]
    if found:
        raise TemplatesNotUnderstood(found)
    return templates


def _shape_of(code: str, told: Any) -> list[Problem]:
    """Whether it has the parts of a template at all."""
    if not _CODE.fullmatch(code) or not isinstance(told, dict):
        return [Problem(code, "no template")]
    found = []
    if told.get("purpose") not in PURPOSES:
        found.append(Problem(f"{code}.purpose", "unknown purpose"))
    variables = told.get("variables", {})
    if not isinstance(variables, dict) or not all(_NAME.fullmatch(str(name)) for name in variables):
        found.append(Problem(f"{code}.variables", "no variables"))
    if not isinstance(told.get("name"), dict) or not {"en", "zh-CN"} <= set(told["name"]):
        found.append(Problem(f"{code}.name", "no name in en and zh-CN"))
    channels = [channel for channel in CHANNELS if channel in told]
    if not channels:
        found.append(Problem(code, "no channel"))
    found += [Problem(f"{code}.{one}", "no texts") for one in channels if not isinstance(told[one], dict)]
    known = {"purpose", "variables", "name", "version", *CHANNELS}
    return found + [Problem(f"{code}.{one}", "unknown part") for one in told if one not in known]


def _template(code: str, told: Mapping[str, Any]) -> Template:
    return Template(
        code=code,
        version=int(told.get("version", 1)),
        purpose=cast(Purpose, told["purpose"]),
        name={str(key): str(value) for key, value in told["name"].items()},
        variables={str(key): str(value) for key, value in told.get("variables", {}).items()},
        texts={
            channel: {str(key): str(value or "") for key, value in told[channel].items()}
            for channel in CHANNELS
            if channel in told
        },
    )


def _lines(node: yaml.Node, prefix: str = "") -> dict[str, int]:
    """Dotted name -> the line it stands on, from 1."""
    found: dict[str, int] = {}
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            name = f"{prefix}{key.value}"
            found[name] = key.start_mark.line + 1
            found |= _lines(value, f"{name}.")
    return found


def _line_of(lines: Mapping[str, int], at: str) -> int:
    """The line of this place, or of the nearest one around it that is there."""
    while at and at not in lines:
        at = at.rpartition(".")[0]
    return lines.get(at, 0)
