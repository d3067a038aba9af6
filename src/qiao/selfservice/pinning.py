"""The versions a session begins on and stays on; flows made from the catalogue are kept by their content."""

from collections.abc import Iterable, Mapping
from typing import Final

from sqlalchemy import func, insert, select

from qiao.kernel.refused import NotFound
from qiao.platform.database import Transaction, one_at_a_time
from qiao.selfservice.model_flow import SubFlow
from qiao.selfservice.queries import flow_of_version, published
from qiao.selfservice.service_flows import service_texts
from qiao.selfservice.store import flow_versions

BY_CATALOGUE: Final = "system:catalogue"


async def versions_for(tx: Transaction, codes: Iterable[str]) -> dict[str, int]:
    """The versions in force of these flows and of every flow that their steps run. Raises NotFound."""
    in_force = await published(tx)
    ahead = list(codes)
    if not in_force.keys() >= set(ahead):
        raise NotFound
    found: dict[str, int] = {}
    while ahead:
        one = ahead.pop()
        if one in found or one not in in_force:
            continue
        made = service_texts().get(one) if in_force[one] == 0 else None
        found[one] = await _kept(tx, one, made) if made is not None else in_force[one]
        flow = await flow_of_version(tx, one, found[one])
        ahead += [step.flow for step in flow.steps.values() if isinstance(step, SubFlow)]
    return found


async def _kept(tx: Transaction, code: str, text: str) -> int:
    """The version that holds this text: a session stays on it though the next release makes another."""
    same = (flow_versions.c.code == code) & (flow_versions.c.by == BY_CATALOGUE) & (flow_versions.c.text == text)
    wanted = select(func.max(flow_versions.c.version)).where(same)
    if (known := await tx.scalar(wanted)) is not None:
        return int(known)
    await one_at_a_time(tx, f"flow:{code}")
    if (known := await tx.scalar(wanted)) is not None:
        return int(known)
    newest = await tx.scalar(select(func.max(flow_versions.c.version)).where(flow_versions.c.code == code)) or 0
    values: Mapping[str, object] = {"code": code, "version": newest + 1, "text": text, "by": BY_CATALOGUE}
    await tx.execute(insert(flow_versions).values(**values, kept_at=tx.now))
    return int(newest) + 1
