"""Reading a call log: what is taken, what is left out, what is broken and why."""

import random
from pathlib import Path

import pytest

from qiao.app.replay.calls_log import Broken, read_calls
from qiao.app.replay.calls_patience import Patience
from qiao.app.replay.calls_report import broken_lines
from qiao.app.replay.calls_staffing import HALF_HOUR_SECONDS, from_log
from tests.replay.bank import NINE, row, written

DAY = 86_400


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("AA0101\t1\t2", "3 columns instead of 17"),
        (row() + "\textra", "18 columns instead of 17"),
        (row().replace("\t", ";"), "1 columns instead of 17"),
        (row(date="990231"), "date '990231' is no day"),
        (row(date="4 Jan"), "date '4 Jan' is not yymmdd"),
        (row(outcome="LOST"), "outcome 'LOST' is none of AGENT, HANG, PHANTOM"),
        (row(priority=3), "priority 3 is none of 0, 1, 2"),
        (row(priority="one"), "priority 'one' is no whole number"),
        (row(vru_entry="25:00:00"), "vru_entry '25:00:00' is no time of day"),
        (row(ser_start="9h"), "ser_start '9h' is no time of day"),
        (row(q_time="-5"), "q_time is no length within a day: -5"),
        (row(ser_time=str(60 + DAY)), f"ser_time is no length within a day: {60 + DAY}"),
        (row(waited=9, q_time="99"), "q_time 99 does not fit 9:00:00 to 9:00:09"),
        (row(ser_time="九"), "ser_time '九' is no whole number"),
        (row(vru_time="9" * 4000), "vru_time '99999999999999999999' is no whole number"),
    ],
)
def test_a_broken_line_is_named_with_its_reason_and_stops_nothing(tmp_path: Path, line: str, why: str) -> None:
    log = read_calls(written(tmp_path / "log.txt", [row(), line, row()]))
    assert len(log.calls) == 2
    assert log.broken == [Broken(3, why)]


def test_a_truncated_file_loses_its_last_line_only(tmp_path: Path) -> None:
    path = written(tmp_path / "log.txt", [row(), row(), row()])
    path.write_bytes(path.read_bytes()[:-40])
    log = read_calls(path)
    assert (len(log.calls), [broken.line for broken in log.broken]) == (2, [4])


def test_a_heading_of_other_columns_is_told(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    path.write_text("vru+line\tcall_id\n" + row())
    log = read_calls(path)
    assert log.broken == [Broken(1, "a heading of 2 columns instead of 17")]
    assert len(log.calls) == 1


def test_a_heading_may_be_missing_and_lines_may_be_empty(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    path.write_text(f"{row()}\n\n{row()}\n   \n")
    assert (len(read_calls(path).calls), read_calls(path).broken) == (2, [])


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_files_with_a_mark_of_their_encoding_are_read(tmp_path: Path, encoding: str) -> None:
    log = read_calls(written(tmp_path / "log.txt", [row(server="מיכל")], encoding))
    assert (len(log.calls), log.broken) == (1, [])


def test_a_line_in_another_encoding_is_broken_and_the_others_are_read(tmp_path: Path) -> None:
    log = read_calls(written(tmp_path / "log.txt", [row(server="מיכל"), row()], "cp1255"))
    assert (len(log.calls), log.broken) == (1, [Broken(2, "not UTF-8 text")])


def test_utf_16_without_a_mark_is_all_broken_and_nothing_breaks(tmp_path: Path) -> None:
    log = read_calls(written(tmp_path / "log.txt", [row(), row()], "utf-16-le"))
    assert log.calls == []
    assert len(log.broken) >= 3


def test_calls_come_in_the_order_of_joining_whatever_the_order_of_lines(tmp_path: Path) -> None:
    log = read_calls(written(tmp_path / "log.txt", [row(at=NINE + 60), row(at=NINE)]))
    assert [call.joined_at % DAY for call in log.calls] == [NINE, NINE + 60]


def test_a_negative_time_in_the_menu_is_counted_and_kept(tmp_path: Path) -> None:
    log = read_calls(written(tmp_path / "log.txt", [row(vru_time="-3"), row(vru_time="-3", waited=0, service=None)]))
    assert (len(log.calls), log.left_in_menu, log.menu_time_negative) == (1, 1, 1)


def test_service_over_midnight_counts_in_both_half_hours(tmp_path: Path) -> None:
    log = read_calls(written(tmp_path / "log.txt", [row(at=DAY - 100, waited=40, service=300)]))
    (call,) = log.calls
    midnight = call.day.toordinal() * DAY + DAY
    assert from_log(log.calls).agents == {midnight - HALF_HOUR_SECONDS: 1, midnight: 1}


def test_a_call_that_waits_over_midnight_is_served_the_day_after(tmp_path: Path) -> None:
    log = read_calls(written(tmp_path / "log.txt", [row(at=DAY - 100, waited=140, service=300)]))
    (call,) = log.calls
    assert call.service_at == call.joined_at + 140


def test_agents_at_once_are_the_busy_seconds_in_half_hours_rounded_up(tmp_path: Path) -> None:
    rows = [row(at=NINE + 10, service=1700), row(at=NINE + 20, service=101), row(at=NINE + 3600, service=1800)]
    log = read_calls(written(tmp_path / "log.txt", rows))
    begins = log.calls[0].day.toordinal() * DAY + NINE
    assert from_log(log.calls).agents == {begins: 2, begins + 3600: 1}


class TestPatience:
    """The textbook estimate: at each wait at which somebody hung up, the share of those still there who did."""

    @pytest.fixture
    def patience(self, tmp_path: Path) -> Patience:
        rows = [
            row(waited=10, service=None),
            row(waited=10, service=60),
            row(waited=20, service=None),
            row(waited=30, service=60),
        ]
        return Patience(read_calls(written(tmp_path / "log.txt", rows)).calls)

    def test_it_is_the_kaplan_meier_estimate(self, patience: Patience) -> None:
        assert patience.seconds == [10, 20]
        assert patience.gone == [0.25, 0.625]
        assert patience.median_seconds() == 20

    def test_what_is_drawn_is_longer_than_the_wait_and_of_the_estimate(self, patience: Patience) -> None:
        chance = random.Random(1)
        drawn = [patience.drawn(10, chance) for _ in range(2000)]
        assert set(drawn) == {20, 30}
        assert drawn.count(20) / 2000 == pytest.approx(0.5, abs=0.05)
        assert patience.drawn(30, chance) == 31

    def test_with_nobody_who_hung_up_nobody_does(self, tmp_path: Path) -> None:
        calls = read_calls(written(tmp_path / "log.txt", [row(waited=10)])).calls
        assert Patience(calls).median_seconds() is None
        assert Patience(calls).drawn(10, random.Random(1)) == 11


def test_past_two_hundred_only_the_numbers_of_broken_lines_are_listed() -> None:
    broken = [Broken(line, "odd") for line in [*range(1, 205), 300, 302]]
    lines = list(broken_lines("log.txt", broken))
    assert lines[0] == "log.txt: 206 broken lines left out"
    assert lines[200] == "  line 200: odd"
    assert lines[201:] == ["  and lines 201-204, 300, 302"]
    assert list(broken_lines("log.txt", [])) == []
