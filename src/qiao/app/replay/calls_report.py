"""The figures of a replay beside those of the log, for people and for programs."""

from collections.abc import Iterable, Sequence
from math import ceil
from typing import Any, Final

from qiao.app.replay.calls_log import Broken
from qiao.app.replay.calls_simulation import Outcome

WITHIN_SECONDS: Final = 20
BROKEN_SHOWN_MAX: Final = 200
NAMES: Final = (
    "offered",
    "answered",
    "abandoned",
    "abandoned_share",
    "mean_wait_seconds",
    "p90_wait_seconds",
    "answered_within_20s_share",
)

Figures = dict[str, int | float | None]


def figures(outcomes: Sequence[Outcome]) -> Figures:
    """Counts, shares of offered (0 to 1) and waits in seconds over all offered calls; None where nothing was offered.

    `p90_wait_seconds` is the nearest-rank percentile: the least wait that nine in ten do not exceed.
    """
    offered = len(outcomes)
    answered = sum(outcome.answered for outcome in outcomes)
    waits = sorted(outcome.waited_seconds for outcome in outcomes)
    quickly = sum(outcome.answered and outcome.waited_seconds <= WITHIN_SECONDS for outcome in outcomes)
    return {
        "offered": offered,
        "answered": answered,
        "abandoned": offered - answered,
        "abandoned_share": round((offered - answered) / offered, 4) if offered else None,
        "mean_wait_seconds": round(sum(waits) / offered, 2) if offered else None,
        "p90_wait_seconds": waits[ceil(0.9 * offered) - 1] if offered else None,
        "answered_within_20s_share": round(quickly / offered, 4) if offered else None,
    }


def summary(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """The figures over all, and under "by_priority" the same for each priority."""
    priorities = sorted({outcome.call.priority for outcome in outcomes})
    by_priority = {
        str(priority): figures([outcome for outcome in outcomes if outcome.call.priority == priority])
        for priority in priorities
    }
    return {**figures(outcomes), "by_priority": by_priority}


def table(log: Sequence[Outcome], simulated: Sequence[Outcome]) -> Iterable[str]:
    """Lines of a table: all, each priority, each day; in each cell the log's figure and the simulated one."""
    yield _line("", "offered", "answered", "abandoned", "abandoned %", "mean wait s", "p90 wait s", "within 20 s %")
    yield _line("", "", *["log / sim"] * 6)
    yield _row("all", log, simulated)
    for priority in sorted({outcome.call.priority for outcome in log}):
        yield _row(
            f"priority {priority}",
            [outcome for outcome in log if outcome.call.priority == priority],
            [outcome for outcome in simulated if outcome.call.priority == priority],
        )
    for day in sorted({outcome.call.day for outcome in log}):
        yield _row(
            day.isoformat(),
            [outcome for outcome in log if outcome.call.day == day],
            [outcome for outcome in simulated if outcome.call.day == day],
        )


def _row(name: str, log: Sequence[Outcome], simulated: Sequence[Outcome]) -> str:
    real, played = figures(log), figures(simulated)

    def pair(figure: str, digits: int = 0, times: int = 1) -> str:
        values = (real[figure], played[figure])
        return " / ".join("-" if value is None else f"{value * times:.{digits}f}" for value in values)

    return _line(
        name,
        str(real["offered"]),
        pair("answered"),
        pair("abandoned"),
        pair("abandoned_share", 1, 100),
        pair("mean_wait_seconds", 1),
        pair("p90_wait_seconds"),
        pair("answered_within_20s_share", 1, 100),
    )


def _line(name: str, offered: str, *cells: str) -> str:
    return f"{name:<12}{offered:>9}" + "".join(f"{cell:>17}" for cell in cells)


def broken_lines(file: str, broken: Sequence[Broken]) -> Iterable[str]:
    """One line for each broken line of a file; past 200 only their numbers."""
    if not broken:
        return
    yield f"{file}: {len(broken)} broken {'line' if len(broken) == 1 else 'lines'} left out"
    for each in broken[:BROKEN_SHOWN_MAX]:
        yield f"  line {each.line}: {each.why}"
    rest = [each.line for each in broken[BROKEN_SHOWN_MAX:]]
    if rest:
        yield f"  and lines {', '.join(_ranges(rest))}"


def _ranges(lines: Sequence[int]) -> Iterable[str]:
    begin = end = lines[0]
    for line in [*lines[1:], -1]:
        if line == end + 1:
            end = line
            continue
        yield str(begin) if begin == end else f"{begin}-{end}"
        begin = end = line
