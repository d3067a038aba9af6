"""Files on a case: put there by staff, or brought by a fact; kept by the house, listed here."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, select

from qiao.cases.settling import happened, locked, must_be_live
from qiao.cases.store import case_facts
from qiao.cases.store_work import case_files
from qiao.interactions import Sniffed
from qiao.kernel.ids import AgentId, CaseId, FileId, InteractionId, new_id
from qiao.kernel.languages import N_
from qiao.kernel.refused import NotFound, Refused
from qiao.platform.database import Transaction

FILES_MAX: Final = 100


class TooManyFiles(Refused):
    """The case has FILES_MAX files."""

    code = "cases.too_many_files"
    text = N_("Case {number} has {most} files, which is the most. This one was not kept.")


@dataclass(frozen=True, slots=True)
class Attached:
    """A file on a case; `name` is safe to save under, `by` an actor's reference."""

    id: UUID
    file_id: FileId
    name: str
    media_type: str
    size_bytes: int
    at: datetime
    by: str


async def attach(
    tx: Transaction,
    *,
    case_id: CaseId,
    file_id: FileId,
    found: Sniffed,
    size_bytes: int,
    agent_id: AgentId,
    interaction_id: InteractionId | None = None,
) -> UUID:
    """Put a stored file, as interactions.accept_file found it, on a case. Raises CaseIsClosed, TooManyFiles."""
    case = await locked(tx, case_id)
    must_be_live(case)
    if await tx.scalar(select(func.count()).where(case_files.c.case_id == case_id)) >= FILES_MAX:
        raise TooManyFiles(number=case.number, most=FILES_MAX)
    row_id, by = new_id(), f"agent:{agent_id}"
    row = {"id": row_id, "case_id": case_id, "at": tx.now, "by": by, "interaction_id": interaction_id}
    told = {"file_id": file_id, "name": found.name, "media_type": found.media_type, "bytes": size_bytes}
    await tx.execute(case_files.insert().values(**row, **told))
    await happened(tx, case, "file", by=by, interaction_id=interaction_id, details={"file": str(row_id)})
    return row_id


async def attached_to(tx: Transaction, case_id: CaseId) -> tuple[Attached, ...]:
    """The files of a case, oldest first."""
    rows = await tx.rows(select(case_files).where(case_files.c.case_id == case_id).order_by(case_files.c.at))
    return tuple(
        Attached(row["id"], row["file_id"], row["name"], row["media_type"], row["bytes"], row["at"], row["by"])
        for row in rows
    )


async def file_of(tx: Transaction, case_id: CaseId, file_id: UUID) -> str:
    """The name of a file that is on this case or was given with one of its facts. Raises NotFound for any other."""
    mine = select(case_files.c.name).where(case_files.c.case_id == case_id, case_files.c.file_id == file_id)
    name: str | None = await tx.scalar(mine.limit(1))
    if name is not None:
        return name
    fact = select(case_facts.c.key).where(case_facts.c.case_id == case_id, case_facts.c.file_id == file_id)
    key: str | None = await tx.scalar(fact.limit(1))
    if key is None:
        raise NotFound
    return key
