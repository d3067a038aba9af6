"""`qiao replay calls`: a real call log once more, through the routing core that runs live."""

import json
import sys
from pathlib import Path
from typing import Final

import click

from qiao.app.replay.calls_log import COLUMNS, CallLog, read_calls
from qiao.app.replay.calls_patience import Patience
from qiao.app.replay.calls_report import broken_lines, summary, table
from qiao.app.replay.calls_simulation import VIP_CREDIT_SECONDS, Outcome, simulate
from qiao.app.replay.calls_staffing import Staffing, from_file, from_log

SEED: Final = 1999
_FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)


@click.command()
@click.argument("file", type=_FILE)
@click.option("--agents", "agents_file", type=_FILE, help="CSV with date, half_hour, busy_agent_seconds")
@click.option("--json", "as_json", is_flag=True, help="print one JSON object instead of tables")
@click.option("--seed", default=SEED, show_default=True, help="of the patience drawn for callers who were served")
def calls(file: Path, agents_file: Path | None, as_json: bool, seed: int) -> None:
    """Replay the call log FILE (Technion format) in simulated time and compare with what really happened.

    Real arrivals, service times and hang-ups; 90 s of credit for priority 2; agents at once in each half hour are
    ceil(busy seconds / 1800), from --agents or from the log itself. Broken lines are listed and left out.
    """
    log = read_calls(file)
    staffing = _staffing(log, agents_file)
    complaints = [*broken_lines(file.name, log.broken)]
    if agents_file is not None:
        complaints += broken_lines(agents_file.name, staffing.broken)
    if not log.calls:
        for line in complaints:
            click.echo(line, err=True)
        raise click.ClickException(
            f"{file.name} holds no call that could be replayed. A log is tab-separated UTF-8 text with "
            f"{len(COLUMNS)} columns: {', '.join(COLUMNS)}"
        )
    patience = Patience(log.calls)
    with click.progressbar(length=len(log.calls), label="replaying calls", file=sys.stderr) as bar:
        simulated = simulate(log.calls, staffing, patience, seed=seed, progress=bar.update)
    real = [Outcome(call, call.waited_seconds, call.answered) for call in log.calls]
    for line in complaints:
        click.echo(line, err=as_json)
    if as_json:
        click.echo(json.dumps({"log": summary(real), "simulated": summary(simulated)}))
        return
    for line in _assumptions(log, staffing, patience, seed):
        click.echo(line)
    for line in table(real, simulated):
        click.echo(line)


def _staffing(log: CallLog, agents_file: Path | None) -> Staffing:
    if agents_file is None:
        return from_log(log.calls)
    try:
        return from_file(agents_file)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--agents") from None


def _assumptions(log: CallLog, staffing: Staffing, patience: Patience, seed: int) -> list[str]:
    median = patience.median_seconds()
    half = f"half would have hung up by {median} s" if median is not None else "fewer than half ever hang up"
    kept = f"; {log.menu_time_negative} kept with a negative menu time, which is not used"
    left_out = f"{log.phantoms} phantom calls, {log.left_in_menu} hung up in the menu, {len(log.broken)} broken lines"
    return [
        f"{len(log.calls)} calls offered; not counted: {left_out}{kept if log.menu_time_negative else ''}",
        f"agents at once in each half hour = ceil(busy_agent_seconds / 1800), {staffing.source}",
        "one desk, every agent serves every call; who goes home ends his call first",
        f"priority 2 starts with {VIP_CREDIT_SECONDS:.0f} s of waiting credit",
        "who hung up does so after his real wait if he is not answered before",
        f"patience of those who were served: drawn (seed {seed}) from the Kaplan-Meier estimate of the log; {half}",
        "the log calls many priority 0 because they did not wait, so its figures by priority are not like for like",
        "",
    ]
