"""The cause of a matter, put on record with its solution."""

import importlib.resources
from functools import cache
from uuid import UUID

import yaml
from sqlalchemy import select

from qiao.cases.model_causes import Cause, CauseTree, asked_for, causes_from
from qiao.cases.model_words import Form
from qiao.cases.store import resolutions
from qiao.cases.store_work import resolution_causes
from qiao.kernel.ids import CaseId
from qiao.platform.database import Transaction


@cache
def cause_tree() -> CauseTree:
    """The causes and systems that come with Qiao."""
    folder = importlib.resources.files("qiao.cases") / "built_in"
    return causes_from(yaml.safe_load((folder / "causes.yaml").read_text("utf-8")))


def read_cause(form: Form, kind: str, resolution: str, *, cause: str, system: str) -> Cause | None:
    """The cause as chosen; None where nobody asks for one. Notes in the form what needs another look."""
    if not asked_for(kind, resolution) and not cause:
        return None
    tree = cause_tree()
    chosen = form.choice("cause", cause, dict.fromkeys(tree.leaves, ""))
    answerable = form.choice("system", system, dict.fromkeys(tree.systems, ""))
    return Cause(chosen, answerable)


async def keep_cause(tx: Transaction, *, resolution_id: UUID, cause: Cause, by: str) -> None:
    """Put it on record beside its resolution."""
    row = {"resolution_id": resolution_id, "cause": cause.code, "system": cause.system, "at": tx.now, "by": by}
    await tx.execute(resolution_causes.insert().values(row))


async def causes_of(tx: Transaction, case_id: CaseId) -> dict[UUID, Cause]:
    """The causes on record, by resolution."""
    rows = await tx.rows(
        select(resolution_causes)
        .join(resolutions, resolutions.c.id == resolution_causes.c.resolution_id)
        .where(resolutions.c.case_id == case_id)
    )
    return {row["resolution_id"]: Cause(row["cause"], row["system"]) for row in rows}
