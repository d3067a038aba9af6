"""What is wrong with a rule, in the reader's language: the models tell it in English, part by part."""

import re
from collections.abc import Callable, Iterable
from functools import cache
from typing import Final

from qiao.kernel.languages import N_

Translate = Callable[[str], str]
HEADS: Final = (
    N_("calendar {code}"),
    N_("rule {code}"),
    N_("step {code}"),
    N_("move {code}"),
    N_("stage {code}"),
    N_("week {code}"),
    N_("special {code}"),
    N_("when {code}"),
    N_("item {code}"),
    N_("rank {code}"),
    N_("rank {code}, severity {n}"),
    N_("condition {code} in line {n}"),
    N_("condition in line {n}"),
    N_("targets {code}"),
)
"""What a fault is about; the fault itself follows after a colon."""
FAULTS: Final = (
    N_("a desk is named exactly where one is handed to"),
    N_("a table with the keys calendars and rules is expected"),
    N_("a table with the keys severity, name and what else there is, is expected"),
    N_("a table with the keys window_days and ranks is expected"),
    N_("at least one is needed"),
    N_("it has no hours, so nothing would ever be due"),
    N_("its code begins with no kind"),
    N_("its code is odd"),
    N_("its conditions are no list"),
    N_("nothing is said of it"),
    N_("severity is 1 to 4"),
    N_("this is no YAML"),
    N_("steps are a list, each with code, act, when and text"),
    N_("a table of days with their hours"),
    N_("at least one of first_answer, next_update, solution"),
    N_("what it is told is no list of names"),
    N_("a whole number from 1 to 366"),
    N_("a lifecycle has 1 to {n} stages, each with a code of its own"),
    N_("after_hours is 0 to {n}"),
    N_("at {what} is no share of the target such as 0.75"),
    N_("it is no condition"),
    N_("its code is small letters, digits and _"),
    N_("condition {code} stands there twice"),
    N_("expires_days is 1 to {n}"),
    N_("a list of at most {n} dates"),
    N_("{what} is no date such as 2026-10-01"),
    N_("from is a list of stages"),
    N_("hours are a list of at most {n} such as 09:00-12:00"),
    N_("its text is needed in {what}"),
    N_("needs is a list of items"),
    N_("right is the name of a right"),
    N_("there is no item {code}"),
    N_("there is no stage {code}"),
    N_("moves are a list of at most {n}, each with a code of its own"),
    N_("{n} is no amount in minor units"),
    N_("a_day {n} is no amount in minor units"),
    N_("severities and a_day are expected"),
    N_("there is no severity {n}"),
    N_("a list of at most {n}"),
    N_("it needs a code of its own, in small letters, digits and _"),
    N_("a list of 1 to {n} is expected"),
    N_("a table of at most {n} days with their hours"),
    N_("is never reached"),
    N_("resolves is true or false"),
    N_("stage {code} is a dead end: no way leads from it to a stage that resolves"),
    N_("stage {code} is never reached"),
    N_("a service is named exactly where one is performed"),
    N_("there is no act {code}"),
    N_("there is no clock {code}"),
    N_("{what} is no working time such as 90m or 40h"),
    N_("the text is longer than {n} characters"),
    N_("there is no bill {code}; there are {what}"),
    N_("there is no calendar {code}"),
    N_("there is no checker {code}"),
    N_("there is no declaration {code}"),
    N_("there is no group {code}"),
    N_("there is no part {code}"),
    N_("there is no zone {code}"),
    N_("there is no day {code}"),
    N_("{code} takes no {what}"),
    N_("{code} is watched and not asked for"),
    N_("{what} begins before the hours before it end"),
    N_("{what} ends before it begins or after midnight"),
    N_("{what} is not hours such as 09:00-12:00"),
    N_("{code} is a list of names"),
    N_("no name in {what}"),
    N_("no texts"),
    N_("other placeholders in {what}"),
    N_("no {what}"),
    N_("{what} cannot be kept"),
    N_("this lies more than {n} levels deep"),
    N_("& and * (anchors) are not taken; write it out"),
    N_("{what} stands here twice, or is no name"),
)


def in_words(told: str, translate: Translate, faults: tuple[str, ...] = FAULTS) -> str:
    """One fault in the reader's language; what no sentence here fits stays as it is."""
    head, colon, rest = told.partition(": ")
    if colon and (about := _said(HEADS, head, translate)) is not None:
        return f"{about}: {in_words(rest, translate, faults)}"
    if (fault := _said(faults, told, translate)) is not None:
        return fault
    return f"{head}: {in_words(rest, translate, faults)}" if colon else told


def _said(patterns: Iterable[str], told: str, translate: Translate) -> str | None:
    for pattern in patterns:
        if (found := _read(pattern).fullmatch(told)) is not None:
            return translate(pattern).format(**found.groupdict())
    return None


@cache
def _read(pattern: str) -> re.Pattern[str]:
    """A sentence with {names} as what it fits: {code} one word, {n} figures, {what} anything."""
    parts = {"code": r"\S+", "n": r"[\d,]+", "what": r".+"}
    fits = re.sub(r"\\\{(\w+)\\\}", lambda found: f"(?P<{found[1]}>{parts[found[1]]})", re.escape(pattern))
    return re.compile(fits)
