"""Which resolution of a case stands, if one does."""

from uuid import UUID

from sqlalchemy import select

from qiao.cases.model import standing_resolution
from qiao.cases.settling import standing_of
from qiao.cases.store import resolutions
from qiao.kernel.ids import CaseId
from qiao.platform.database import Transaction


async def standing_resolution_id(tx: Transaction, case_id: CaseId) -> UUID | None:
    """The newest resolution unless it was reopened, failed its check or was refused by the customer."""
    if standing_resolution(await standing_of(tx, case_id)) is None:
        return None
    newest = select(resolutions.c.id).where(resolutions.c.case_id == case_id)
    found: UUID | None = await tx.scalar(newest.order_by(resolutions.c.at.desc(), resolutions.c.id.desc()).limit(1))
    return found
