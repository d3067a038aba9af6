"""One case whole, for a regulator or a court: its record, what was said in its contacts, evidence, money and texts."""

import asyncio
import dataclasses
import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from qiao import compensation, interactions, outreach
from qiao.cases.archive_page import readable
from qiao.cases.clocks import clocks_of
from qiao.cases.compensating import charges_of_case
from qiao.cases.filing import attached_to
from qiao.cases.model_archive import seal
from qiao.cases.model_records import WholeCase
from qiao.cases.model_words import TEXT_MAX, Form
from qiao.cases.proof_records import proof_of
from qiao.cases.queries import case
from qiao.cases.relating import related_to
from qiao.interactions import Message
from qiao.kernel.ids import AgentId, CaseId, InteractionId
from qiao.kernel.languages import N_
from qiao.kernel.money import Money
from qiao.kernel.refused import Refused
from qiao.kernel.service_ids import ServiceId
from qiao.platform import audit
from qiao.platform.database import Transaction
from qiao.platform.house import House
from qiao.platform.i18n import Texts
from qiao.platform.signing import Keys
from qiao.staff import agents_by_ids

PURPOSE: Final = "cases.archive"
"""Of the key that signs: one of the house's own."""
TEXTS_MAX: Final = 100_000
FILES_BYTES_MAX: Final = 256 * 1024 * 1024
AGENT: Final = re.compile(r"agent:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")


class ArchiveTooLarge(Refused):
    """Its files are more than one archive holds."""

    code = "cases.archive_too_large"
    text = N_("The files of case {number} are larger than one archive holds ({most} MB). Nothing left the house.")


async def make_archive(house: House, *, case_id: CaseId, by: str, reason: str, language: str) -> bytes:
    """The archive of a case, signed by this house; that it was made, by whom and why is on record before it leaves.

    `by` is an actor's reference, `language` that of the readable part. A file that the house has lost is named in the
    manifest. Raises NotFound, InputNotUnderstood ("reason"), ArchiveTooLarge.
    """
    async with house.database.transaction() as tx:
        form = Form()
        told_why = form.line("reason", reason, TEXT_MAX)
        form.finish()
        whole = await case(tx, case_id)
        told = await _gathered(tx, whole)
        plain = _json(told)
        people = await _people(tx, plain + by.encode())
        about: dict[str, Any] = {
            "number": whole.case.number,
            "made_at": tx.now.isoformat(),
            "by": by,
            "reason": told_why,
        }
        await audit.record(
            tx,
            actor=by,
            act="export.case",
            customer_id=whole.case.customer_id,
            unit_id=whole.case.unit_id,
            subject=f"case:{case_id}",
            details={"reason": told_why},
            once=False,
        )
    files, lost = await _files(house, whole.case.number, _named(told))
    about |= {"people": people, "lost": lost}
    page = readable(
        about,
        told,
        say=partial(house.get(Texts).translate, language),
        zone=ZoneInfo(house.settings.default_zone),
    )
    parts = {"case.json": plain, "case.html": page, **files}
    return await asyncio.to_thread(seal, parts, about, house.get(Keys).key(PURPOSE))


async def _gathered(tx: Transaction, whole: WholeCase) -> dict[str, Any]:
    case_id, matter = whole.case.id, f"case:{whole.case.id}"
    proof = await proof_of(tx, case_id)
    return {
        "case": whole,
        "clocks": (await clocks_of(tx, [case_id]))[case_id],
        "proof": proof,
        "checks": proof.checks,
        "charges": await charges_of_case(tx, case_id),
        "money": await compensation.grants_of(tx, matter),
        "texts": await outreach.notices_about(tx, matter, limit=TEXTS_MAX),
        "calls": await outreach.callbacks_about(tx, matter),
        "related": await related_to(tx, case_id),
        "contacts": [await interactions.interaction(tx, one) for one in whole.interactions],
        "messages": {str(one): await _said(tx, one) for one in whole.interactions},
        "files": await attached_to(tx, case_id),
    }


async def _said(tx: Transaction, contact: InteractionId) -> list[Message]:
    """Every message of a contact, however long it was."""
    found: list[Message] = []
    while more := await interactions.messages_after(tx, contact, found[-1].seq if found else 0):
        found += more
    return found


async def _people(tx: Transaction, text: bytes) -> dict[str, str]:
    """Who the members of staff are that the record names by id."""
    ids = {AgentId(UUID(one)) for one in AGENT.findall(text.decode())}
    return {f"agent:{one.id}": one.name for one in (await agents_by_ids(tx, ids)).values()}


def _named(told: Mapping[str, Any]) -> dict[UUID, str]:
    """Each file that the record speaks of -> its name in the archive: put on the case, brought by a fact or sent."""
    names = {one.file_id: one.name for one in told["files"]}
    names |= {one.file_id: "fact" for one in told["case"].facts if one.file_id is not None}
    sent: Iterable[Message] = (one for said in told["messages"].values() for one in said)
    names |= {one.attachment.file_id: one.attachment.name for one in sent if one.attachment is not None}
    return {file_id: f"files/{file_id}-{name}" for file_id, name in names.items()}


async def _files(house: House, number: str, named: Mapping[UUID, str]) -> tuple[dict[str, bytes], list[str]]:
    """The files by name, and the names of those that are gone."""
    found: dict[str, bytes] = {}
    lost, size = [], 0
    for file_id, name in named.items():
        try:
            found[name] = await house.files.get(file_id)
        except FileNotFoundError:
            lost.append(name)
            continue
        size += len(found[name])
        if size > FILES_BYTES_MAX:
            raise ArchiveTooLarge(number=number, most=FILES_BYTES_MAX // 1024 // 1024)
    return found, lost


def _json(told: Mapping[str, Any]) -> bytes:
    return json.dumps(_plain(told), ensure_ascii=False, indent=1, sort_keys=True).encode()


def _plain(told: Any) -> Any:
    """Plain JSON of any value of ours."""
    if dataclasses.is_dataclass(told) and not isinstance(told, type | Money | ServiceId):
        return {field.name: _plain(getattr(told, field.name)) for field in dataclasses.fields(told)}
    if isinstance(told, Mapping):
        return {str(key): _plain(value) for key, value in told.items()}
    if isinstance(told, list | tuple | set | frozenset):
        return [_plain(one) for one in told]
    if isinstance(told, datetime):
        return told.isoformat()
    return told if told is None or isinstance(told, str | int | float | bool) else str(told)
