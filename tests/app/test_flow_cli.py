"""`qiao flow`: faults named with their lines, a flow played in a shell."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from click.testing import CliRunner

from qiao.app.flow_cli import flow
from qiao.bss.sandbox import CAST, fill, misbehave
from qiao.platform.house import House
from qiao.platform.partitions import ensure_partitions
from qiao.selfservice import built_in_texts


def test_a_flow_of_the_house_is_checked_by_its_code() -> None:
    told = CliRunner().invoke(flow, ["check", "main_menu"])
    assert (told.exit_code, "no fault" in told.output) == (0, True)
    assert CliRunner().invoke(flow, ["check", "nothing"]).exit_code == 1


def test_faults_of_a_file_are_named_with_their_lines(tmp_path: Path) -> None:
    text = built_in_texts()["satisfaction"]
    for old, new, wanted in (
        ("go: why", "go: nowhere", "there is no step nowhere"),
        ("is: {ended: rated}", "is: {ended: gladly}", "gladly"),
        ("start: ask", "start: &a ask", "anchors"),
    ):
        file = tmp_path / "one.yaml"
        broken = text.replace(old, new, 1)
        file.write_text(broken, "utf-8")
        told = CliRunner().invoke(flow, ["check", str(file)])
        assert told.exit_code == 1
        assert wanted in told.output
        line = broken[: broken.index(new)].count("\n") + 1
        lines = [int(one.removeprefix(f"{file}:").partition(":")[0]) for one in told.output.splitlines()]
        assert min(abs(one - line) for one in lines) <= 1


def test_a_flow_is_played_with_answers_told_beforehand(tmp_path: Path) -> None:
    facts = tmp_path / "facts.yaml"
    facts.write_text('bill: {facts: {total: "128.00", due: "128.00"}}\nbills: {outcome: refused}\nproof: ok\n', "utf-8")
    options = ["play", "bill_query", "--language", "en", "--facts", str(facts)]
    told = CliRunner().invoke(flow, options, input="123456\n2026-10\nthat is all\n")
    assert told.exit_code == 0
    assert "Bill 2026-10: 128.00 yuan" in told.output
    assert "123456" not in told.output
    assert told.output.endswith("[ended solved]\n[month: 2026-10]\n")


def test_by_sms_the_elderly_see_a_person_in_one_text() -> None:
    options = ["play", "main_menu", "--segment", "elderly", "--channel", "sms"]
    told = CliRunner().invoke(flow, options, input="1\nnever read\n")
    assert told.output.splitlines()[1] == "1 人工服务"
    assert "[hand general]" in told.output
    assert told.output.endswith("[handed]\n")


def test_answers_that_are_none_and_flows_with_faults_are_not_played(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("- a\n", "utf-8")
    assert CliRunner().invoke(flow, ["play", "main_menu", "--facts", str(wrong)]).exit_code == 1
    assert CliRunner().invoke(flow, ["play", str(wrong)]).exit_code == 1


def test_without_a_database_nobody_can_be_played_as(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("QIAO_DATABASE_URL", raising=False)
    told = CliRunner().invoke(flow, ["play", "main_menu", "--number", "13901007763"])
    assert (told.exit_code, "QIAO_DATABASE_URL" in told.output) == (1, True)


async def test_a_flow_is_played_on_a_house_as_whoever_holds_the_number(
    house: House, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with house.database.transaction() as tx:
        await fill(tx, customers=10)
        await ensure_partitions(tx)
        await misbehave(tx, None)
    monkeypatch.setenv("QIAO_DATABASE_URL", database_url)
    monkeypatch.setenv("QIAO_SECRET_KEY", "test-only-" + "0" * 32)
    options = ["play", "lost_phone", "--language", "en", "--number", CAST[0].service.value]
    told = await asyncio.to_thread(CliRunner().invoke, flow, options, "1\ncancel\n")
    assert told.exit_code == 0, told.output
    assert "service password" in told.output
    assert told.output.endswith("[cancelled]\n")
