"""A call heard again: by whoever has the right and sees the customer's unit, each time on record in the audit."""

import asyncio
import hashlib
from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get
from litestar.params import FromPath

from qiao import interactions, staff
from qiao.channels.voice.model_range import NoSuchPart, part_of
from qiao.channels.voice.recordings import LISTEN, WHY_NOT, Recording, about, recordings_of
from qiao.channels.voice.sealing import PURPOSE, RecordingChanged, opened
from qiao.channels.voice.stereo import together
from qiao.interactions import Interaction
from qiao.kernel.ids import AgentId, InteractionId
from qiao.kernel.languages import N_
from qiao.kernel.refused import NotFound, Refused
from qiao.platform import audit
from qiao.platform.database import Transaction
from qiao.platform.house import House
from qiao.platform.policy import Access, Actor
from qiao.platform.signing import Keys
from qiao.platform.web import house_of, page, require_actor

AnyRequest = Request[Any, Any, Any]
LISTENS: Final = {"access": Access(audience="staff", right=LISTEN)}
SOUND: Final = "audio/wav"


class RecordingDamaged(Refused):
    """What lies on the disk is not what was kept."""

    code = "voice.recording_damaged"
    status = 409
    text = N_("This recording is not what was kept: it was changed or damaged. Please tell whoever runs the system.")


@get("/desk/recordings/{interaction_id:uuid}", opt=LISTENS, include_in_schema=False)
async def show(request: AnyRequest, interaction_id: FromPath[UUID]) -> Response[str]:
    """What is kept of a contact's call, and a player."""
    async with house_of(request).database.transaction() as tx:
        contact, kept = await _kept(tx, require_actor(request), InteractionId(interaction_id))
        people = [contact.agent_id] if contact.agent_id is not None else []
        agents = await staff.agents_by_ids(tx, people)
    agent = next(iter(agents.values()), None)
    return page(request, "voice/recording.html", contact=contact, kept=kept, agent=agent, why_not=WHY_NOT)


@get("/desk/recordings/{interaction_id:uuid}/sound", opt=LISTENS, include_in_schema=False)
async def sound(request: AnyRequest, interaction_id: FromPath[UUID]) -> Response[bytes]:
    """The sound or a part of it, the customer left and what he heard right. Raises NotFound, RecordingDamaged."""
    house, actor = house_of(request), require_actor(request)
    async with house.database.transaction() as tx:
        contact, kept = await _kept(tx, actor, InteractionId(interaction_id))
        if not any(one.file_id for one in kept):
            raise NotFound
        await audit.record(
            tx,
            actor=actor.reference,
            act="view.recording",
            customer_id=contact.customer_id,
            interaction_id=contact.id,
            unit_id=contact.unit_id,
            subject=f"recording:{kept[0].call_id}",
            once=False,
        )
    legs = {one.leg: await _opened(house, one) for one in kept}
    whole = await asyncio.to_thread(together, legs.get("in", b""), legs.get("out", b""))
    return _part(request, whole, hashlib.sha256("".join(one.sha256 for one in kept).encode()).hexdigest())


def _part(request: AnyRequest, whole: bytes, mark: str) -> Response[bytes]:
    """As much of it as was asked for. `mark`: what is the same for the same sound."""
    size, tag = len(whole), f'"{mark}"'
    headers = {"Cache-Control": "no-store", "Accept-Ranges": "bytes", "ETag": tag}
    try:
        same = request.headers.get("if-range", tag) == tag
        part = part_of(request.headers.get("range", ""), size, same=same)
    except NoSuchPart:
        return Response(b"", status_code=416, media_type=SOUND, headers=headers | {"Content-Range": f"bytes */{size}"})
    if part is None:
        return Response(whole, media_type=SOUND, headers=headers)
    headers["Content-Range"] = f"bytes {part.first}-{part.last}/{size}"
    return Response(whole[part.first : part.last + 1], status_code=206, media_type=SOUND, headers=headers)


async def _kept(tx: Transaction, actor: Actor, interaction_id: InteractionId) -> tuple[Interaction, list[Recording]]:
    """A contact of a unit that he sees, and its recordings. Raises NotFound, also where there is none."""
    contact = await interactions.interaction(tx, interaction_id)
    me = await staff.agent(tx, AgentId(actor.id))
    kept = await recordings_of(tx, contact.id)
    if not kept or (contact.unit_id is not None and contact.unit_id not in await staff.units_under(tx, me.unit_id)):
        raise NotFound
    return contact, kept


async def _opened(house: House, recording: Recording) -> bytes:
    if recording.file_id is None:
        return b""
    key = house.get(Keys).key(PURPOSE)
    try:
        kept = await house.files.get(recording.file_id)
        return await asyncio.to_thread(opened, key, kept, about(recording.call_id, recording.leg))
    except (RecordingChanged, FileNotFoundError):
        raise RecordingDamaged from None


ROUTES: Final = (show, sound)
