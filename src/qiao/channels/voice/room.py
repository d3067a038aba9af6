"""Wiring of the voice room: its tables, texts and agents' telephone; what serves calls is `qiao voice worker`."""

from qiao.channels.voice import endpoints, phone_pages, script, sip_socket, store_talk, talking
from qiao.interactions import ProofAsked
from qiao.platform.room import Job, Listener, Room
from qiao.platform.settings import Settings
from qiao.routing import AgentSignedOff
from qiao.ui import Slot, register_slot


def register() -> None:
    """Words that do not hold together stop the start; where there are trunks, agents have a telephone."""
    script.texts()
    assert store_talk.voice_talks is not None
    register_slot(Slot("phone", "/desk/phone", "desk/phone.js", "contacts.take", _calls_come))


def _calls_come(settings: Settings) -> bool:
    return bool(settings.voice.trunks)


ROOM = Room(
    name="channels.voice",
    routes=(*phone_pages.ROUTES, sip_socket.sip),
    listeners=(
        Listener(
            "voice",
            {
                ProofAsked: talking.on_proof_asked,
                AgentSignedOff: endpoints.on_signed_off,
            },
        ),
    ),
    jobs=(Job(endpoints.DROP, endpoints.drop),),
    register=register,
)
