"""Files of a case: put on it, opened again; and the whole case as one signed file for whoever may ask for it."""

from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from qiao import cases, interactions
from qiao.desk.access import CASE_BASES_TO_ACT, case_for, did, viewed
from qiao.desk.forms import AnyRequest, told
from qiao.interactions import FileIsEmpty
from qiao.kernel.ids import AgentId, FileId
from qiao.kernel.refused import NotFound
from qiao.platform.files import held
from qiao.platform.policy import Access, Basis
from qiao.platform.web import house_of, language_of, see_other

READS: Final = {"access": Access(audience="staff", right="cases.read", bases=frozenset(Basis) - {Basis.SELF})}
WRITES: Final = {"access": Access(audience="staff", right="cases.write", bases=CASE_BASES_TO_ACT)}
ARCHIVES: Final = {"access": Access(audience="staff", right="cases.archive", bases=frozenset(Basis) - {Basis.SELF})}


@post("/desk/cases/{case_id:uuid}/files", opt=WRITES, include_in_schema=False, status_code=200)
async def put(request: AnyRequest, case_id: FromPath[UUID]) -> Response[Any]:
    """Keep one file on the case; whatever goes wrong, no bytes are left that no case names."""
    house = house_of(request)
    async with house.database.transaction() as tx:
        await case_for(request, tx, case_id, right="cases.write", allowed=CASE_BASES_TO_ACT)
    file = (await told(request)).files.get("file")
    if file is None:
        raise FileIsEmpty(name="…")
    content = await file.read()
    found = interactions.accept_file(content, name=file.filename or "", limit_bytes=house.settings.upload_bytes_max)
    async with held(house.files, content) as stored, house.database.transaction() as tx:
        seen = await case_for(request, tx, case_id, right="cases.write", allowed=CASE_BASES_TO_ACT)
        await cases.attach(
            tx,
            case_id=seen.case.id,
            file_id=stored.id,
            found=found,
            size_bytes=len(content),
            agent_id=AgentId(seen.actor.id),
            interaction_id=seen.interaction.id if seen.interaction else None,
        )
        await did(tx, seen, "do.case.file", subject=f"case:{case_id}")
    return see_other(f"/desk/cases/{case_id}#files")


@get("/desk/cases/{case_id:uuid}/files/{file_id:uuid}", opt=READS, include_in_schema=False)
async def download(request: AnyRequest, case_id: FromPath[UUID], file_id: FromPath[UUID]) -> Response[bytes]:
    """One file of the case, to be saved; never shown within the page."""
    house = house_of(request)
    async with house.database.transaction() as tx:
        seen = await case_for(request, tx, case_id)
        name = await cases.file_of(tx, seen.case.id, file_id)
        await viewed(tx, seen, "view.file", subject=f"file:{file_id}")
    try:
        content = await house.files.get(FileId(file_id))
    except FileNotFoundError:
        raise NotFound from None
    return Response(content, headers=interactions.serving_headers(content, name=name, inline=False))


@post("/desk/cases/{case_id:uuid}/archive", opt=ARCHIVES, include_in_schema=False, status_code=200)
async def archive(request: AnyRequest, case_id: FromPath[UUID]) -> Response[bytes]:
    """The whole case as a signed file; who took it and why is on record before it leaves."""
    house, form = house_of(request), await told(request)
    async with house.database.transaction() as tx:
        seen = await case_for(request, tx, case_id, right="cases.archive")
    content = await cases.make_archive(
        house, case_id=seen.case.id, by=seen.actor.reference, reason=form.text("reason"), language=language_of(request)
    )
    name = f"{seen.case.number}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return Response(content, media_type="application/zip", headers=headers)


ROUTES: Final = (put, download, archive)
