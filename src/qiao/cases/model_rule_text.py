"""Rules as text that people edit: YAML read strictly, each fault with its line; what changes, line by line. Pure."""

import difflib
import json
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import yaml

TEXT_MAX: Final = 200_000
DEPTH_MAX: Final = 20
DAYS_MAX: Final = 1_000
_TOKEN: Final = re.compile(r"[\w./-]{2,}")
_ICS_DAY: Final = re.compile(r"DTSTART(?:;[^:]*)?:(\d{4})(\d{2})(\d{2})")
_DAY: Final = re.compile(r"\s*(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})\s*(?:[,;\t#].*)?")


@dataclass(frozen=True, slots=True)
class TextProblem:
    """What is wrong and in which line, counted from 1; 0 where no line can be named."""

    line: int
    told: str


class _Strict(yaml.SafeLoader):
    """No anchors (a few lines of them make gigabytes), no key twice, dates stay texts."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - as the base class has it
        first: [(tag, pattern) for tag, pattern in known if tag != "tag:yaml.org,2002:timestamp"]
        for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.events.AliasEvent) or getattr(event, "anchor", None):
            raise _broken("& and * (anchors) are not taken; write it out", event.start_mark)
        self.depth: int = getattr(self, "depth", 0) + 1
        if self.depth > DEPTH_MAX:
            raise _broken(f"this lies more than {DEPTH_MAX} levels deep", event.start_mark)
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str | int) or key in seen:
                raise _broken(f"{key!r} stands here twice, or is no name", key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


def _broken(told: str, mark: Any) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=told, problem_mark=mark)


def read_rule_text(text: str) -> tuple[Any, list[TextProblem]]:
    """The definition that a text holds, and why there is none. Never raises, whatever the text."""
    if len(text) > TEXT_MAX:
        return None, [TextProblem(0, f"the text is longer than {TEXT_MAX} characters")]
    try:
        read = yaml.load(text, _Strict)  # noqa: S506 - a SafeLoader that takes even less
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return None, [TextProblem(mark.line + 1 if mark else 0, str(error.problem or error.context))]
    except (yaml.YAMLError, ValueError, RecursionError, OverflowError) as error:
        return None, [TextProblem(0, str(error).splitlines()[0] if str(error) else "this is no YAML")]
    if (odd := next(_odd(read), None)) is not None:
        return None, [line_of(f"{odd} cannot be kept", text)]
    return read, []


def _odd(read: Any) -> Iterator[str]:
    """Values that JSON does not hold."""
    if isinstance(read, dict):
        for key, value in read.items():
            yield from _odd(key)
            yield from _odd(value)
    elif isinstance(read, list):
        for value in read:
            yield from _odd(value)
    elif (isinstance(read, float) and not math.isfinite(read)) or (isinstance(read, int) and abs(read) > 2**53):
        yield str(read)
    elif isinstance(read, str) and ("\x00" in read or any("\ud800" <= one <= "\udfff" for one in read)):
        yield "a character"
    elif not isinstance(read, str | int | float | None):
        yield str(read)


def line_of(told: str, text: str) -> TextProblem:
    """The problem with the line it speaks of: the first that holds its rarest word."""
    lines = text.splitlines()
    found: list[tuple[int, int]] = []
    for word in set(_TOKEN.findall(told)):
        here = [number for number, line in enumerate(lines, 1) if word in _TOKEN.findall(line)]
        if here:
            found.append((len(here), here[0]))
    return TextProblem(min(found)[1] if found else 0, told)


def with_lines(told: Iterable[str], text: str) -> list[TextProblem]:
    """Each problem with its line, in the order of lines."""
    return sorted((line_of(one, text) for one in told), key=lambda one: (one.line == 0, one.line))


def changes(before: str, after: str) -> list[str]:
    """What differs, as lines that begin with "-", "+", " " or "@@"; nothing when they are the same."""
    found = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=2)
    return [line for line in found if not line.startswith(("---", "+++"))][:2_000]


def read_days(text: str) -> tuple[list[str], list[TextProblem]]:
    """Days of a holiday file: an iCalendar, or one date a line ("2027-02-17, Spring Festival"); blank lines and # count
    for nothing. Returns ISO dates in order, each once, and every line that is none."""
    days: set[str] = set()
    problems: list[TextProblem] = []
    calendar = "BEGIN:VCALENDAR" in text
    for number, line in enumerate(text.splitlines(), 1):
        found = _ICS_DAY.match(line) if calendar else _DAY.fullmatch(line)
        if found is None:
            if not calendar and line.strip() and not line.strip().startswith("#"):
                problems.append(TextProblem(number, f"{line.strip()[:40]!r} is no date such as 2027-02-17"))
            continue
        try:
            days.add(date(int(found[1]), int(found[2]), int(found[3])).isoformat())
        except ValueError:
            problems.append(TextProblem(number, f"{line.strip()[:40]!r}: there is no such day"))
    if not days and not problems:
        problems.append(TextProblem(0, "there is no day in it"))
    if len(days) > DAYS_MAX:
        problems.append(TextProblem(0, f"these are more than {DAYS_MAX} days"))
    return sorted(days), problems


def add_holidays(text: str, calendar: str, days: Iterable[str]) -> str | None:
    """The text of a clock book with more holidays in one calendar, its other lines as they are; None where it has no
    such calendar."""
    read, problems = read_rule_text(text)
    calendars = read.get("calendars") if isinstance(read, dict) else None
    known = calendars.get(calendar) if isinstance(calendars, dict) else None
    if problems or not isinstance(known, dict):
        return None
    held = known.get("holidays", [])
    every = sorted({str(day) for day in held if isinstance(held, list)} | set(days))
    line = f"    holidays: [{', '.join(json.dumps(day) for day in every)}]"
    lines = text.splitlines()
    begins = next((at for at, one in enumerate(lines) if re.match(rf"  {re.escape(calendar)}:\s*(#.*)?$", one)), None)
    if begins is None:  # written in another way: the whole book anew
        known["holidays"] = every
        return str(yaml.safe_dump(read, allow_unicode=True, sort_keys=False, width=110))
    ends = next((at for at in range(begins + 1, len(lines)) if re.match(r" {0,2}\S", lines[at])), len(lines))
    old = [at for at in range(begins + 1, ends) if re.match(r"    holidays:", lines[at])]
    if old:
        stop = next((at for at in range(old[0] + 1, ends) if re.match(r" {4}[^ \-]", lines[at])), ends)
        lines[old[0] : stop] = [line]
    else:
        lines.insert(ends, line)
    return "\n".join(lines) + "\n"
