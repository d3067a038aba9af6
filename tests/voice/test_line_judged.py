"""What the agent's browser says of a line for what it measured: the pure part, run by node."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tools.dev_pages import node

JUDGING = Path(__file__).parents[2] / "src/qiao/desk/frontend/phone/judging.js"
SCRIPT = """
import { figures, judge, rating } from %s;
const does = { figures, judge, rating };
let told = "";
for await (const part of process.stdin) told += part;
console.log(JSON.stringify(JSON.parse(told).map(([name, given]) => does[name](given))));
"""
BEST = {"lost": 0.0, "jitter": 0.002, "roundTrip": 0.04}


def ask(*asked: tuple[str, Any]) -> list[Any]:
    script = SCRIPT % json.dumps(JUDGING.as_uri())
    command = [node(), "--input-type=module", "-e", script]
    done = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, check=True)
    told: list[Any] = json.loads(done.stdout)
    return told


def way(**more: float) -> dict[str, float]:
    return BEST | more


def test_the_rating_is_that_of_the_e_model() -> None:
    # G.107: R = 93.2 - Id - Ie,eff; G.113: G.711 with concealment has Bpl 25.1. Delay 20 ms of the codec's own.
    still = {"lost": 0.0, "jitter": 0.0, "roundTrip": 0.0}
    told = ask(
        ("rating", still),
        ("rating", still | {"lost": 0.03}),
        ("rating", still | {"roundTrip": 0.6}),
        ("rating", still | {"jitter": 0.1}),
        ("rating", still | {"lost": 1.7}),
    )
    wanted = [92.72, 92.72 - 95 * 3 / 28.1, 93.2 - 0.024 * 320 - 0.11 * (320 - 177.3), 93.2 - 0.024 * 220 - 0.11 * 42.7]
    assert told == pytest.approx([*wanted, 92.72 - 95 * 100 / 125.1])


@pytest.mark.parametrize(
    ("heard", "spoken", "silence", "verdict"),
    [
        (way(), way(), 0, "good"),
        (way(lost=0.02), way(), 0, "good"),
        (way(lost=0.05), way(), 0, "fair"),
        (way(), way(lost=0.05), 0, "fair"),
        (way(lost=0.12), way(), 0, "heard"),
        (way(), way(lost=0.12), 0, "spoken"),
        (way(lost=0.12), way(lost=0.2), 0, "spoken"),
        (way(lost=0.2), way(lost=0.12), 0, "heard"),
        (way(roundTrip=0.5), way(roundTrip=0.5), 0, "fair"),
        (way(roundTrip=0.8), way(roundTrip=0.8), 0, "heard"),
        (way(jitter=0.15), way(), 0, "heard"),
        (way(lost=0.5), way(lost=0.5), 4, "silent"),
        (way(), way(), 3.9, "good"),
    ],
)
def test_a_verdict_names_the_way_that_is_poor(
    heard: dict[str, float], spoken: dict[str, float], silence: float, verdict: str
) -> None:
    assert ask(("judge", {"heard": heard, "spoken": spoken, "silence": silence})) == [verdict]


def shot(at: float, received: int, lost: int = 0, **more: float) -> dict[str, float]:
    told = {"jitter": 0.01, "roundTrip": 0.05, "theirLost": 0.0, "theirJitter": 0.003}
    return {"at": at, "received": received, "lost": lost, **told, **more}


def test_figures_are_of_the_span_and_not_of_the_whole_call() -> None:
    bad_then_good = [shot(0, 1000, 500), shot(2, 1090, 510), shot(4, 1190, 510, theirLost=0.25)]
    never_any = [shot(0, 0), shot(2, 0), shot(6, 0)]
    stopped = [shot(0, 10), shot(2, 20), shot(4, 20), shot(8, 20)]
    counted_back = [shot(0, 10, 5), shot(2, 110, 3)]  # what came late is taken from the lost again
    told = ask(*(("figures", one) for one in (bad_then_good, never_any, stopped, counted_back)))
    assert told[0] == {
        "heard": {"lost": pytest.approx(10 / 200), "jitter": 0.01, "roundTrip": 0.05},
        "spoken": {"lost": 0.25, "jitter": 0.003, "roundTrip": 0.05},
        "silence": 0,
    }
    assert [one["silence"] for one in told[1:]] == [6, 6, 0]
    assert [one["heard"]["lost"] for one in told[1:]] == [0, 0, 0]
