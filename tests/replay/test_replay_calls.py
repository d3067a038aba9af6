"""`qiao replay calls` as one types it, on small logs made here."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from qiao.app.cli import main
from tests.replay.bank import HEADING, NINE, busy_days, row, written

FIGURES = {
    "offered",
    "answered",
    "abandoned",
    "abandoned_share",
    "mean_wait_seconds",
    "p90_wait_seconds",
    "answered_within_20s_share",
}


def replay(*words: Any) -> Result:
    return CliRunner().invoke(main, ["replay", "calls", *map(str, words)])


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("calls") / "busy.txt", busy_days())


def found(*words: Any) -> dict[str, Any]:
    result = replay(*words, "--json")
    assert result.exit_code == 0, result.output
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


def test_the_simulated_centre_comes_close_to_the_real_one(busy: Path) -> None:
    both = found(busy)
    log, simulated = both["log"], both["simulated"]
    assert log["offered"] == simulated["offered"] > 3000
    assert log["abandoned_share"] > 0.05
    assert abs(log["abandoned_share"] - simulated["abandoned_share"]) < 0.03
    assert abs(log["answered_within_20s_share"] - simulated["answered_within_20s_share"]) < 0.05
    assert simulated["mean_wait_seconds"] == pytest.approx(log["mean_wait_seconds"], rel=0.25)


def test_priority_two_waits_less_because_of_its_credit(busy: Path) -> None:
    by = found(busy)["simulated"]["by_priority"]
    assert by["2"]["mean_wait_seconds"] < 0.7 * by["1"]["mean_wait_seconds"]


def test_json_has_the_same_figures_for_both_and_for_each_priority(busy: Path) -> None:
    both = found(busy)
    assert set(both) == {"log", "simulated"}
    for side in both.values():
        assert set(side) == FIGURES | {"by_priority"}
        assert set(side["by_priority"]) == {"0", "1", "2"}
        assert all(set(figures) == FIGURES for figures in side["by_priority"].values())
        assert side["answered"] + side["abandoned"] == side["offered"]
        assert sum(figures["offered"] for figures in side["by_priority"].values()) == side["offered"]


def test_the_same_seed_gives_the_same_day_and_another_seed_another(busy: Path) -> None:
    assert found(busy) == found(busy)
    assert found(busy)["simulated"] != found(busy, "--seed", 5)["simulated"]


def test_people_read_a_table_by_priority_and_day_and_what_was_assumed(busy: Path) -> None:
    result = replay(busy)
    assert result.exit_code == 0
    for text in (
        "ceil(busy_agent_seconds / 1800)",
        "90 s of waiting credit",
        "(seed 1999)",
        "log / sim",
        "\npriority 2 ",
        "\n1999-01-06 ",
    ):
        assert text in result.stdout
    assert "replaying calls" in result.stderr


def test_the_figures_of_the_log_are_those_one_counts_by_hand(tmp_path: Path) -> None:
    log = written(
        tmp_path / "small.txt",
        [
            row(number=1, at=NINE, waited=0, service=100),
            row(number=2, at=NINE + 5, waited=20, service=100, priority=2),
            row(number=3, at=NINE + 9, waited=21, service=100),
            row(number=4, at=NINE + 12, waited=15, service=None),
            row(number=5, at=NINE + 13, service=None),
            row(number=6, at=NINE + 13, outcome="PHANTOM"),
        ],
    )
    figures = found(log)["log"]
    assert figures.pop("by_priority")["2"]["offered"] == 1
    assert figures == {
        "offered": 4,
        "answered": 3,
        "abandoned": 1,
        "abandoned_share": 0.25,
        "mean_wait_seconds": 14.0,
        "p90_wait_seconds": 21,
        "answered_within_20s_share": 0.5,
    }
    assert "1 phantom calls, 1 hung up in the menu, 0 broken lines" in replay(log).stdout


def test_agents_may_come_from_a_file(busy: Path, tmp_path: Path) -> None:
    agents = tmp_path / "agents.csv"
    lines = [
        f"1999-01-0{day},{hour:02}:{half},9000" for day in (4, 5, 6) for hour in range(9, 23) for half in ("00", 30)
    ]
    agents.write_text("date,half_hour,busy_agent_seconds\n" + "\n".join(lines))
    few = found(busy, "--agents", agents)["simulated"]
    assert few["abandoned"] > 1.2 * found(busy)["simulated"]["abandoned"]
    assert "from agents.csv" in replay(busy, "--agents", agents).stdout


def test_broken_lines_of_both_files_are_listed_and_left_out(tmp_path: Path) -> None:
    log = written(tmp_path / "log.txt", [row(), row(date="990231"), row(number=2, at=NINE + 50)])
    agents = tmp_path / "agents.csv"
    agents.write_text(
        "date,half_hour,calls,busy_agent_seconds\n1999-01-04,09:00,3,1800\nyesterday,09:00,3,5\n\n"
        "1999-01-04,09:10,3,5\n1999-01-04,09:30\n1999-01-04,10:00,1,-1\n1999-01-04,10:30,1,999999999999\n"
    )
    result = replay(log, "--agents", agents)
    assert result.exit_code == 0
    assert "log.txt: 1 broken line left out\n  line 3: date '990231' is no day" in result.stdout
    assert "agents.csv: 5 broken lines left out\n  line 3: " in result.stdout
    assert found(log, "--agents", agents)["simulated"]["offered"] == 2


def test_with_json_broken_lines_go_to_the_error_output(tmp_path: Path) -> None:
    result = replay(written(tmp_path / "log.txt", [row(), "half a li"]), "--json")
    assert json.loads(result.stdout)["log"]["offered"] == 1
    assert "line 3: 1 columns instead of 17" in result.stderr


@pytest.mark.parametrize(
    "content",
    [b"", HEADING.encode(), b"\x00\xff" * 500, b"name;phone\nLi;1390000", HEADING.encode() + b"\nAA01\t1\t2"],
)
def test_a_file_with_no_call_in_it_is_refused_with_the_format_it_should_have(tmp_path: Path, content: bytes) -> None:
    log = tmp_path / "log.txt"
    log.write_bytes(content)
    result = replay(log)
    assert result.exit_code == 1
    assert "holds no call that could be replayed" in result.stderr
    assert "17 columns: vru+line, call_id" in result.stderr


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"day,agents\n1999-01-04,5\n", "lacks date, half_hour, busy_agent_seconds"),
        (b"", "holds no half hour"),
        (b"date,half_hour,busy_agent_seconds\n", "holds no half hour"),
        (b"\xff\xfa\xff", "holds no half hour"),
        (b"a\rb,c", "holds no half hour"),
    ],
)
def test_an_agents_file_that_cannot_be_used_is_refused(tmp_path: Path, content: bytes, why: str) -> None:
    agents = tmp_path / "agents.csv"
    agents.write_bytes(content)
    result = replay(written(tmp_path / "log.txt", [row()]), "--agents", agents)
    assert result.exit_code == 2
    assert why in " ".join(result.stderr.split())


def test_a_file_that_is_not_there_is_refused() -> None:
    assert replay("nowhere.txt").exit_code == 2


def test_replay_offers_what_is_there() -> None:
    shown = CliRunner().invoke(main, ["replay", "--help"])
    assert "calls" in shown.stdout
    assert CliRunner().invoke(main, ["replay", "nonsense"]).exit_code == 2
