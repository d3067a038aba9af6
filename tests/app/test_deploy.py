"""What deploy/ starts exists: units and containers name commands, settings and services that are there."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from qiao.app.cli import main
from qiao.platform.settings import Settings

DEPLOY = Path(__file__).parents[2] / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
PROGRAM = "/opt/qiao/bin/qiao"
SHELL_VARIABLE = re.compile(r"\$\{(\w+)(:\?[^}]*)?\}")


def exists(words: list[str]) -> bool:
    """Whether `qiao` has this command, to be run as it stands."""
    found: click.Command | None = main
    context = click.Context(main)
    for word in words:
        if not isinstance(found, click.Group):
            return False
        found = found.get_command(context, word)
    return found is not None and not isinstance(found, click.Group) and not any(one.required for one in found.params)


def setting(name: str) -> bool:
    return name.removeprefix("QIAO_").lower() in Settings.model_fields and name.startswith("QIAO_")


def section(unit: Path, name: str) -> list[tuple[str, str]]:
    told = unit.read_text("utf-8").partition(f"[{name}]\n")[2].partition("\n[")[0]
    lines = [line for line in told.splitlines() if line and not line.startswith("#")]
    return [(line.partition("=")[0], line.partition("=")[2]) for line in lines]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_starts_a_command_that_exists_and_waits_for_units_that_do(unit: Path) -> None:
    service = dict(section(unit, "Service"))
    program, *words = shlex.split(service["ExecStart"])
    assert program == PROGRAM and exists(words), words
    assert service["User"] == "qiao" and service["NoNewPrivileges"] == "yes"
    mine = {one.name for one in UNITS}
    for key, told in section(unit, "Unit"):
        if key in {"After", "Wants"}:
            assert all(one in mine or one.endswith(".target") for one in told.split()), told


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not here")
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_finds_nothing_wrong_in_a_unit(unit: Path, tmp_path: Path) -> None:
    for one in UNITS:  # each may name the others
        told = one.read_text("utf-8").replace(PROGRAM, sys.executable)
        (tmp_path / one.name).write_text(told, "utf-8")
    checked = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / unit.name)],
        capture_output=True,
        check=False,
        text=True,
    )
    about = [line for line in checked.stderr.splitlines() if "qiao" in line]
    assert about == [], checked.stderr


def test_the_environment_of_all_units_is_settings_that_exist() -> None:
    told = (DEPLOY / "systemd/qiao.env.example").read_text("utf-8")
    names = [line.partition("=")[0] for line in told.splitlines() if line and not line.startswith("#")]
    assert "QIAO_DATABASE_URL" in names and all(setting(name) for name in names), names


def test_containers_run_commands_that_exist_after_services_that_do() -> None:
    services = COMPOSE["services"]
    ours = {name: told for name, told in services.items() if "build" in told}
    assert {"web", "worker", "asterisk", "schema"} <= set(ours)
    for name, told in ours.items():
        assert exists(told["command"]), (name, told["command"])
        assert set(told["depends_on"]) <= set(services), name
        assert (DEPLOY / told["build"]["context"] / told["build"]["dockerfile"]).resolve().is_file()
        assert all(setting(one) for one in told["environment"]), name
        for mounted in told["volumes"]:
            source = mounted.partition(":")[0]
            assert source.startswith(".") or source in COMPOSE["volumes"], mounted
    asked = {found[0]: found[1] for found in SHELL_VARIABLE.findall((DEPLOY / "compose.yaml").read_text("utf-8"))}
    assert set(asked) == {"POSTGRES_PASSWORD", "QIAO_SECRET_KEY"} and all(asked.values()), "none may be left empty"


def test_the_image_is_started_as_qiao_and_not_as_root() -> None:
    told = (DEPLOY / "Containerfile").read_text("utf-8").splitlines()
    assert "USER qiao" in told and f'ENTRYPOINT ["{PROGRAM}"]' in told


def test_what_the_guide_names_is_there() -> None:
    told = (DEPLOY / "README.md").read_text("utf-8")
    for command in re.findall(r"`qiao ([a-z -]+)`", told):
        assert exists(command.split()), command
    for name in re.findall(r"^\| `([^`]+)` \|", told, re.MULTILINE):
        assert (DEPLOY / name).is_file(), name
    assert {f"systemd/{unit.name}" for unit in UNITS} <= set(re.findall(r"`([^`]+)`", told))


def test_a_command_that_is_not_there_would_be_noticed() -> None:
    assert exists(["voice", "worker"]) and exists(["db", "upgrade"])
    assert not exists(["voice", "workers"]) and not exists(["voice"]) and not exists(["serve", "now"])
    assert setting("QIAO_DATA_FOLDER") and not setting("QIAO_DATAFOLDER") and not setting("DATA_FOLDER")
