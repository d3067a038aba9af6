"""`qiao import cases FILE`: what another system exported, opened here; told row by row, and again where it stopped."""

import asyncio
import csv
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import click
import yaml

from qiao import customers, routing, staff
from qiao.app.house import NoDatabase, open_house
from qiao.bss import OperatorAway
from qiao.cases import (
    Columns,
    DateOrder,
    ImportRecord,
    RowNotUnderstood,
    Taken,
    Wanted,
    import_file,
    read_columns,
    take_over_rows,
    wanted,
)
from qiao.kernel.ids import DeskId, UnitId
from qiao.kernel.service_ids import NumberNotUnderstood, parse_service_id
from qiao.platform.failpoints import failpoint
from qiao.platform.house import House
from qiao.platform.settings import Settings

BATCH: Final = 200
"""Rows of one transaction: what is committed is never done again, by the key of each row."""


class DryRun(Exception):
    """Everything was tried; nothing is kept."""


@click.group("import")
def import_group() -> None:
    """Take over what another system holds."""


@import_group.command("cases")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--mapping", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path), help="YAML")
@click.option("--unit", required=True, help="code of the organisation unit the cases belong to")
@click.option("--desk", required=True, help="code of the desk they lie on, so that somebody sees them")
@click.option("--encoding", default="auto", help="auto, utf-8, gb18030, cp1252 …")
@click.option("--errors", type=click.Path(dir_okay=False, path_type=Path), help="where refused rows go, as CSV")
@click.option("--dry-run", is_flag=True, help="try every row and keep nothing")
@click.option("--json", "as_json", is_flag=True, help="one JSON object at the end")
def import_cases(file: Path, mapping: Path, errors: Path | None, *, dry_run: bool, as_json: bool, **more: Any) -> None:
    """Open a case for each row of FILE; run it again after a stop, it goes on where it was.

    The mapping names columns: `columns: {category: Kind, own_words: Description, number: Phone, opened_at: Date,
    opened_time: Time, severity: …, state: …, notes: …, reference: Ticket}`, and may hold `facts:`, `categories:` and
    `severities:` (what the old system calls them: ours; the category "*" is ours for every other), `dates: day_first
    | month_first | iso`, and `source:`, the old system's name, where several used the same references. What was
    closed there is opened here and noted so: no import closes.
    """
    errors = errors or file.with_suffix(".errors.csv")
    if errors.resolve() in {file.resolve(), mapping.resolve()}:
        raise click.ClickException(f"nothing was imported: the refused rows would overwrite {errors}")
    try:
        columns = read_columns(yaml.safe_load(mapping.read_text("utf-8")))
        header, rows, order = import_file(file.read_bytes(), columns, str(more["encoding"]))
    except (RowNotUnderstood, yaml.YAMLError, UnicodeError, RecursionError) as wrong:
        raise click.ClickException(f"nothing was imported: {wrong}") from None
    work = _Import(
        Settings(), columns, header, order, str(more["unit"]), str(more["desk"]), dry_run=dry_run, quiet=as_json
    )
    try:
        asyncio.run(work.run(rows))
    except NoDatabase:
        raise click.ClickException("no database: set QIAO_DATABASE_URL") from None
    _told(work, errors, as_json=as_json)


class _Import:
    """One run over one file."""

    def __init__(
        self,
        settings: Settings,
        columns: Columns,
        header: ImportRecord,
        order: DateOrder | None,
        unit: str,
        desk: str,
        *,
        dry_run: bool,
        quiet: bool,
    ) -> None:
        self.settings, self.columns, self.header, self.order = settings, columns, header, order
        self.unit, self.desk, self.dry_run, self.quiet = unit, desk, dry_run, quiet
        self.counts: Counter[str] = Counter()
        self.refused: list[tuple[ImportRecord, str, str]] = []
        self._asked: set[str] = set()
        self.away: set[str] = set()

    async def run(self, rows: Sequence[ImportRecord]) -> None:
        """All rows in batches; what was committed before a stop is found again by its key."""
        async with open_house(self.settings) as house:
            unit_id, desk_id = await self._place(house)
            for at in range(0, len(rows), BATCH):
                await self._batch(house, rows[at : at + BATCH], unit_id, desk_id)
                if not self.quiet:
                    click.echo(f"  {min(at + BATCH, len(rows))} of {len(rows)} rows", err=True)

    async def _place(self, house: House) -> tuple[UnitId, DeskId]:
        async with house.database.transaction() as tx:
            units = {one.code: one.id for one in await staff.all_units(tx)}
            desks = {one.code: one.id for one in await routing.desks(tx)}
        if self.unit not in units:
            raise click.ClickException(f"no unit {self.unit!r}; there are {', '.join(sorted(units)) or 'none'}")
        if self.desk not in desks:
            raise click.ClickException(f"no desk {self.desk!r}; there are {', '.join(sorted(desks)) or 'none'}")
        return units[self.unit], desks[self.desk]

    async def _batch(self, house: House, rows: Sequence[ImportRecord], unit_id: UnitId, desk_id: DeskId) -> None:
        zone = self.settings.default_zone
        by_line = {row.line: row for row in rows}
        asked = list(self._read(rows, ZoneInfo(zone)))
        await self._recognize(house, asked)
        taken: list[Taken] = []
        try:
            async with house.database.transaction() as tx:
                given = {"unit_id": unit_id, "desk_id": desk_id, "region": self.settings.region, "zone": zone}
                taken = await take_over_rows(tx, asked, **given)  # type: ignore[arg-type]
                if self.dry_run:
                    raise DryRun
        except DryRun:
            pass
        failpoint("cases.import.after_batch")
        self.counts.update(one.result for one in taken)
        self.refused += [(by_line[one.line], one.code, one.told) for one in taken if one.result == "refused"]

    def _read(self, rows: Sequence[ImportRecord], zone: ZoneInfo) -> Iterator[Wanted]:
        for row in rows:
            try:
                yield wanted(row, self.header, self.columns, self.order, zone)
            except RowNotUnderstood as wrong:
                self.counts["refused"] += 1
                self.refused.append((row, wrong.code, wrong.told))

    async def _recognize(self, house: House, asked: Sequence[Wanted]) -> None:
        """Ask the operator once for each number, unless nothing is to be kept; without him, what we know stands."""
        for number in sorted({row.number for row in asked if row.number and not self.dry_run} - self._asked):
            self._asked.add(number)
            try:
                await customers.recognize(house, parse_service_id(number, self.settings.region))
            except NumberNotUnderstood:
                continue
            except OperatorAway:
                self.away.add(number)


def _told(work: _Import, errors: Path, *, as_json: bool) -> None:
    """The counts, and a file of what was refused that can be mended and imported again."""
    counts = {name: work.counts[name] for name in ("opened", "known", "refused")}
    if work.refused:
        with errors.open("w", encoding="utf-8-sig", newline="") as out:
            writer = csv.writer(out)
            writer.writerow([*work.header.cells, "line", "code", "told"])
            for row, code, told in sorted(work.refused, key=lambda one: one[0].line):
                cells = row.cells if len(row.cells) == len(work.header.cells) else [row.raw, *work.header.cells[1:]]
                writer.writerow([*cells, row.line, code, told])
    if work.away:
        click.echo(
            f"the operator could not be asked whose {len(work.away)} numbers are: their cases may be nobody's", err=True
        )
    if as_json:
        click.echo(json.dumps({**counts, "dry_run": work.dry_run}))
    else:
        kept = "tried, nothing was kept" if work.dry_run else "done"
        click.echo(
            f"{kept}: {counts['opened']} opened, {counts['known']} known from before, {counts['refused']} refused"
        )
        if work.refused:
            click.echo(f"refused rows with their reasons: {errors}")
    sys.exit(1 if work.refused else 0)
