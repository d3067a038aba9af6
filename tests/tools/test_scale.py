"""What docs/scale.md says is computed, computed again: calls, Erlangs, agents, channels and cores."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs/scale.md").read_text("utf-8")
PEOPLE, MENU = 6_000_000 / 30 * 1.3 * 0.10, 30_000_000 / 30 * 1.3 * 0.10
TALK, WRAP_UP, BEFORE, ALONE, WAIT = 180, 30, 40, 60, 10
HOUR = 3600


def erlang_b(erlangs: float, channels: int) -> float:
    """The share that finds all channels busy (A. K. Erlang 1917), by its recursion."""
    lost = 1.0
    for number in range(1, channels + 1):
        lost = erlangs * lost / (number + erlangs * lost)
    return lost


def erlang_c(erlangs: float, agents: int) -> float:
    """The share that has to wait, where nobody gives up."""
    lost = erlang_b(erlangs, agents)
    return agents * lost / (agents - erlangs * (1 - lost))


def within(erlangs: float, agents: int, seconds: float, handling: float) -> float:
    """The share that is answered in so many seconds."""
    return 1 - erlang_c(erlangs, agents) * math.exp(-(agents - erlangs) * seconds / handling)


def agents_for(erlangs: float, seconds: float, handling: float) -> int:
    number = math.ceil(erlangs) + 1
    while within(erlangs, number, seconds, handling) < 0.8:
        number += 1
    return number


def channels_for(erlangs: float, lost: float) -> int:
    low, high = int(erlangs * 0.8), int(erlangs * 1.5)
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if erlang_b(erlangs, middle) <= lost else (middle + 1, high)
    return low


def says(number: float, *, places: int = 0) -> bool:
    """Whether this figure stands on the page."""
    return re.search(rf"(?<![\d.,]){re.escape(f'{number:,.{places}f}')}(?![\d]|[.,]\d)", PAGE) is not None


def test_the_formulas_give_published_points() -> None:
    assert erlang_b(10, 15) == pytest.approx(0.0365, abs=1e-4)  # Erlang B tables, ITU-T E.501
    assert erlang_c(8, 10) == pytest.approx(0.4092, abs=1e-4)


def test_the_busy_hour_and_its_erlangs() -> None:
    assert says(PEOPLE) and says(MENU) and says((PEOPLE + MENU) / HOUR)
    parts = [PEOPLE * TALK / HOUR, PEOPLE * BEFORE / HOUR, MENU * ALONE / HOUR, PEOPLE * WAIT / HOUR]
    assert all(says(part) for part in parts)
    assert says(sum(parts))


def test_agents_and_their_mean_wait() -> None:
    handling = TALK + WRAP_UP
    erlangs = PEOPLE * handling / HOUR
    assert says(erlangs)
    for_20, for_15 = agents_for(erlangs, 20, handling), agents_for(erlangs, 15, handling)
    assert says(for_20) and says(for_15)
    mean = erlang_c(erlangs, for_20) * handling / (for_20 - erlangs)
    assert round(mean) == WAIT
    assert says(round(erlangs / 0.85)), "at 85 % occupancy"


def test_channels_of_the_trunks() -> None:
    busy = PEOPLE * (TALK + BEFORE + WAIT) / HOUR + MENU * ALONE / HOUR
    assert says(channels_for(busy, 0.001)) and says(channels_for(busy, 0.01))


def test_cores() -> None:
    recorded = PEOPLE * TALK / HOUR / 100 * 1.62
    set_ups = (PEOPLE + MENU) / HOUR * 0.180
    assert says(recorded, places=1) and says(set_ups, places=1) and says(2 * set_ups, places=1)
    menu = (PEOPLE * BEFORE + MENU * ALONE) / HOUR * 0.002
    assert says(menu, places=1)
    whole = recorded + set_ups + menu + 0.15
    assert f"are {whole:.0f} cores, {whole + set_ups:.0f} in bursts" in PAGE
    assert whole < 11 * 8 / 2, "eleven hosts of eight cores stand at less than half"
