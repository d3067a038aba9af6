"""`qiao import cases` on an odd export: what it opens and refuses, dry, again, killed; nothing closes by it."""

from __future__ import annotations

import asyncio
import csv
import json
import os
import sys
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from qiao import cases, routing, staff
from qiao.bss.sandbox import CAST, fill
from qiao.platform.clock import HouseClock
from qiao.platform.database import Database

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

pytestmark = pytest.mark.slow
SHI = CAST[0].service.national
EXPORT = f"""Rapport généré par HelpDesk Pro 4.2;;;;;
Période : janvier – mars 2026;;;;;

N° ticket;Téléphone;Catégorie;Créé le;Libellé;État
T-1;{SHI};Facturation;25/01/2026 09:30;"Facture trop élevée ; je n’ai rien demandé";Fermé
T-2;;Facturation;03/22/2026;Prélèvement inconnu;Ouvert
T-3;;Facturation;03/04/2026;Deux dates possibles;Ouvert
T-4;;Météo;26/01/2026;Catégorie qui n’existe pas;Ouvert
T-5;;Facturation;27/01/2026;;Ouvert
T-6;12;Facturation;28/01/2026;Numéro trop court;Ouvert
T-7;;Facturation;31/02/2026;Date impossible;Ouvert
T-8;;Facturation;29/01/2026;"Guillemet jamais fermé;Ouvert
T-9;;Facturation;30/01/2026;Après le guillemet;Ouvert
""".replace("\n", "\r\n").encode("cp1252")
MAPPING = """
columns:
  {reference: "N° ticket", number: Téléphone, category: Catégorie, opened_at: Créé le, own_words: Libellé, state: État}
categories: {Facturation: complaint/billing/disputed_charge, Météo: weather}
"""


class Shell:
    """The command on a database of its own, as an operator runs it."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.url, self.folder = database_url, folder
        self.file, self.mapping = folder / "export.csv", folder / "mapping.yaml"
        self.errors = folder / "export.errors.csv"
        self.file.write_bytes(EXPORT)
        self.mapping.write_text(MAPPING, "utf-8")

    async def run(self, *more: str, **environment: str) -> tuple[int, str]:
        asked = [
            "import",
            "cases",
            str(self.file),
            "--mapping",
            str(self.mapping),
            "--unit",
            "north",
            "--desk",
            "complaints",
        ]
        settings = {"QIAO_DATABASE_URL": self.url, "QIAO_DATA_FOLDER": str(self.folder), "QIAO_MODE": "demo"}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "qiao.app.cli", *asked, "--json", *more),
            env={**os.environ, **settings, "QIAO_SECRET_KEY": "test-only-" + "0" * 32, **environment},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        told, _ = await process.communicate()
        return process.returncode or 0, told.decode()

    async def counts(self, *more: str) -> dict[str, int]:
        _, told = await self.run(*more)
        found: dict[str, int] = json.loads(told.splitlines()[-1])
        return found

    def reasons(self) -> dict[str, str]:
        with self.errors.open(encoding="utf-8-sig", newline="") as lines:
            return {row["N° ticket"][:3]: row["code"] for row in csv.DictReader(lines)}


@pytest.fixture
async def shell(database_url: str, tmp_path: Path) -> Shell:
    clock = HouseClock()
    database = Database(database_url, clock, pool_size=2)
    async with database.transaction() as tx:
        await staff.ensure_unit(tx, code="north", name="North")
        await routing.ensure_desk(tx, code="complaints", names={"en": "Complaints"}, unit_id=None, entry_points=[])
        await fill(tx, customers=10)
    await database.close()
    return Shell(database_url, tmp_path)


async def every_case(url: str) -> Sequence[cases.WholeCase]:
    database = Database(url, HouseClock(), pool_size=1)
    async with database.transaction() as tx:
        ids = [row["id"] for row in await tx.rows(text("select id from cases order by opened_at, id"))]
        found = [await cases.case(tx, one) for one in ids]
    await database.close()
    return found


async def test_an_odd_export_is_taken_over_row_by_row_and_never_closes_a_case(shell: Shell) -> None:
    assert await shell.counts("--dry-run") == {"opened": 3, "known": 0, "refused": 6, "dry_run": True}
    code, told = await shell.run()
    assert (code, json.loads(told.splitlines()[-1])["opened"]) == (1, 3), told
    assert shell.reasons() == {
        "T-3": "date_ambiguous", "T-4": "cases.category_unknown", "T-5": "missing",
        "T-6": "kernel.number_not_understood",
        "T-7": "date", "T-8": "quote_left_open",
    }  # fmt: skip
    found = await every_case(shell.url)
    by_words = {one.words[0].text: one for one in found}
    mine = by_words["Facture trop élevée ; je n’ai rien demandé"]
    assert mine.case.customer_id is not None
    assert "Opened there at 2026-01-25T01:30+00:00" in mine.notes[0].text
    assert "State there: “Fermé”" in mine.notes[0].text
    assert {one.case.status for one in found} == {"open"}
    assert all(one.case.desk_id for one in found), "a case that lies on no desk is seen by nobody"
    assert not any(one.resolutions for one in found)
    shell.errors.unlink()
    assert await shell.counts() == {"opened": 0, "known": 3, "refused": 6, "dry_run": False}
    assert len(await every_case(shell.url)) == 3


@pytest.mark.parametrize(
    ("mapping", "told"),
    [
        ("columns: {category: Catégorie}", "missing under columns: own_words"),
        ("columns: {category: Catégorie, own_words: Texte}", "no header with all mapped columns"),
        ("columns: [", "nothing was imported"),
        ("columns: {category: Catégorie, own_words: Libellé, colour: X}", "unknown under columns: colour"),
    ],
)
async def test_a_mapping_that_does_not_fit_imports_nothing_and_says_why(shell: Shell, mapping: str, told: str) -> None:
    shell.mapping.write_text(mapping, "utf-8")
    code, said = await shell.run()
    assert code == 1
    assert told in said
    assert "Traceback" not in said


async def test_a_number_is_nobodys_without_a_date_and_no_row_is_from_the_future(shell: Shell) -> None:
    header = "N° ticket;Téléphone;Catégorie;Créé le;Libellé;État\n"
    lines = [f"U-1;{SHI};Facturation;;Sans date;", f"U-2;{SHI};Facturation;2095年1月2日;Demain;"]
    shell.file.write_text(header + "\n".join(lines), "gb18030")
    assert await shell.counts("--encoding", "gb18030") == {"opened": 1, "known": 0, "refused": 1, "dry_run": False}
    assert shell.reasons() == {"U-2": "cases.opened_in_the_future"}
    (found,) = [one for one in await every_case(shell.url) if one.words[0].text == "Sans date"]
    assert (found.case.customer_id, found.case.service_id) == (None, CAST[0].service)


async def test_a_dry_run_keeps_nothing_and_refused_rows_overwrite_no_source(shell: Shell) -> None:
    async def known() -> int:
        database = Database(shell.url, HouseClock(), pool_size=1)
        async with database.transaction() as tx:
            found: int = await tx.scalar(text("select count(*) from customers"))
        await database.close()
        return found

    shell.mapping.write_text(MAPPING + "source: another house\n", "utf-8")
    shell.file.write_bytes(EXPORT.replace(SHI.encode(), CAST[1].service.national.encode()))
    before, content = await known(), shell.file.read_bytes()
    assert (await shell.counts("--dry-run"))["opened"] == 3
    assert await known() == before
    code, told = await shell.run("--errors", str(shell.file))
    assert (code, "would overwrite" in told, shell.file.read_bytes() == content) == (1, True, True)


async def test_an_import_that_is_killed_goes_on_where_it_was(shell: Shell) -> None:
    rows = "".join(f"N-{number};;Facturation;25/01/2026;Ligne {number};Ouvert\r\n" for number in range(450))
    header = "N° ticket;Téléphone;Catégorie;Créé le;Libellé;État\r\n"
    shell.file.write_bytes((header + rows).encode("cp1252"))
    before = len(await every_case(shell.url))
    code, _ = await shell.run(QIAO_FAILPOINT="cases.import.after_batch")
    assert code == 137
    assert len(await every_case(shell.url)) == before + 200
    assert await shell.counts() == {"opened": 250, "known": 200, "refused": 0, "dry_run": False}
