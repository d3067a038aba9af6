"""Every room of the house, lowest floor first."""

from functools import cache

from qiao.assist.room import ROOM as ASSIST
from qiao.bss.room import ROOM as BSS
from qiao.cases.room import ROOM as CASES
from qiao.catalogue.room import ROOM as CATALOGUE
from qiao.channels.chat.room import ROOM as CHAT
from qiao.channels.smpp.room import ROOM as SMPP
from qiao.channels.sms.room import ROOM as SMS
from qiao.channels.voice.room import ROOM as VOICE
from qiao.compensation.room import ROOM as COMPENSATION
from qiao.customers.room import ROOM as CUSTOMERS
from qiao.desk.room import ROOM as DESK
from qiao.diagnosis.room import ROOM as DIAGNOSIS
from qiao.insight.room import ROOM as INSIGHT
from qiao.interactions.room import ROOM as INTERACTIONS
from qiao.knowledge.room import ROOM as KNOWLEDGE
from qiao.outreach.room import ROOM as OUTREACH
from qiao.platform.room import Room
from qiao.portal.room import ROOM as PORTAL
from qiao.post.room import ROOM as POST
from qiao.routing.room import ROOM as ROUTING
from qiao.selfservice.room import ROOM as SELFSERVICE
from qiao.staff.room import ROOM as STAFF
from qiao.ui.room import ROOM as UI

ROOMS = (
    BSS,
    UI,
    POST,
    CUSTOMERS,
    STAFF,
    KNOWLEDGE,
    CATALOGUE,
    INTERACTIONS,
    ROUTING,
    SELFSERVICE,
    OUTREACH,
    COMPENSATION,
    DIAGNOSIS,
    CASES,
    ASSIST,
    INSIGHT,
    CHAT,
    SMS,
    SMPP,
    VOICE,
    PORTAL,
    DESK,
)


@cache
def all_rooms() -> tuple[Room, ...]:
    """The rooms' wiring; each fills the registries of lower rooms, once a process."""
    for room in ROOMS:
        if room.register is not None:
            room.register()
    return ROOMS
