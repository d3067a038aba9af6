"""How many faults the fault flows put right, with a customer who does exactly what he is told.

    ./dev bench guidance [FILE] [--task TEXT] [--verbose]

FILE holds tasks as JSON (tau2 telecom); `db.toml` and `user_db.toml` beside it are the records and the phone they begin
with. Each task is played through the flow of its kind on a model of the phone and the operator's records. A task is
reached when all its assertions hold at the end and, where it must be handed to a human, it was handed over, and only
there. The last line is JSON.
"""

import argparse
import json
import tomllib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from bench._guidance_world import World, holds, prepare
from qiao.diagnosis import Followed, follow
from qiao.selfservice import Flow, built_in

DEFAULT = Path(__file__).parents[2] / "shared/data/tau2_telecom/tasks_train.json"
FLOWS: Final = {"service_issue": "no_signal", "mobile_data_issue": "slow_data", "mms_issue": "mms"}
"""What the customer comes with, and the flow for it."""
HUMAN: Final = "transfer_to_human_agents"
NOW: Final = datetime(2025, 2, 25, 12, 8, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Played:
    """One task with how it went; `failed` names what was not reached."""

    task: str
    kind: str
    followed: Followed
    failed: tuple[str, ...]


def main() -> None:
    """Read the words of the command line, play, print."""
    parser = argparse.ArgumentParser(prog="./dev bench guidance")
    parser.add_argument("file", nargs="?", type=Path, default=DEFAULT)
    parser.add_argument("--task", default="", help="only tasks whose name holds this text")
    parser.add_argument("--verbose", action="store_true", help="print each answer of each task")
    words = parser.parse_args()
    if not words.file.is_file():
        raise SystemExit(f"{words.file} is not there; name a file of tasks")
    records, device = (
        tomllib.loads((words.file.parent / name).read_text("utf-8")) for name in ("db.toml", "user_db.toml")
    )
    tasks = [one for one in json.loads(words.file.read_text("utf-8")) if words.task in one["id"]]
    played = [play(one, records, device, built_in()) for one in tasks]
    if words.verbose:
        for one in played:
            print(one.task, one.followed.over, one.followed.handed)
            print("".join(f"    {step}: {answer}\n" for step, answer in one.followed.answers), end="")
    told(played)


def play(
    task: Mapping[str, Any],
    records: dict[str, Any],
    device: dict[str, Any],
    flows: Mapping[str, Flow],
    model: type[World] = World,
) -> Played:
    """Play one task from its initial state, on this model of a phone."""
    world = model(records, device)
    state, wanted = task["initial_state"], task["evaluation_criteria"]
    for one in state.get("initialization_actions") or ():
        prepare(world, one["func_name"], one["arguments"])
    kind = task["id"].split("]", 1)[0].strip("[")
    facts = {"language": "en", "channel": "chat", "segment": "standard", "level": 0, "known": True}
    knows = {"abroad": world.abroad()}
    followed = follow(flows, FLOWS[kind], facts, device=world, counter=world, knows=knows, now=NOW)
    failed = [
        f"{one['func_name']} {one['arguments']}"
        for one in wanted.get("env_assertions") or ()
        if holds(world, one["func_name"], one["arguments"]) != one.get("assert_value", True)
    ]
    must_be_handed = any(one["name"] == HUMAN for one in wanted.get("actions") or ())
    if must_be_handed != bool(followed.handed):
        failed.append("was not handed to a human" if must_be_handed else "was handed to a human")
    return Played(task["id"], kind, followed, tuple(failed))


def told(played: list[Played]) -> None:
    """Print what was reached by kind, each failure, and all of it as JSON."""
    by_kind: dict[str, list[Played]] = defaultdict(list)
    for one in played:
        by_kind[one.kind].append(one)
    kinds = {
        kind: {"tasks": len(some), "reached": sum(not one.failed for one in some)} for kind, some in by_kind.items()
    }
    for kind, counted in kinds.items():
        print(f"{kind}: {counted['reached']} of {counted['tasks']}")
    failures = [one for one in played if one.failed]
    for one in failures:
        print(f"not reached: {one.task}\n    at {one.followed.session.step}: {'; '.join(one.failed)}")
    answers = sum(len(one.followed.answers) for one in played) / max(1, len(played))
    reached = len(played) - len(failures)
    print(f"reached {reached} of {len(played)}, with {answers:.1f} answers of the customer on average")
    figures = {
        "tasks": len(played),
        "reached": reached,
        "by_kind": kinds,
        "answers_mean": round(answers, 1),
        "not_reached": [{"task": one.task, "failed": one.failed} for one in failures],
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
