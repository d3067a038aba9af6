"""Wiring of the voice room: its tables, texts and agents' telephone; what serves calls is `qiao voice worker`."""

from qiao import outreach
from qiao.channels.voice import (
    emergencies,
    emergency_again,
    ending_pages,
    endpoints,
    figure_pages,
    line_phrases,
    outcalls,
    phone_pages,
    phrase_pages,
    recording_pages,
    recordings,
    script,
    sip_socket,
    stays,
    store_talk,
    talking,
    telephone_pages,
    telephones,
)
from qiao.channels.voice import recorder as recorders
from qiao.channels.voice.store_emergency import AGAIN
from qiao.interactions import ProofAsked
from qiao.kernel.languages import N_
from qiao.outreach import CallbackDue
from qiao.platform.room import Job, Listener, Periodic, Room, Timer
from qiao.platform.settings import Settings
from qiao.routing import AgentSignedOff, ContactAnswered, ContactOverflowed, ContactQueued, ContactTransferred
from qiao.ui import Link, Slot, register_link, register_slot


def register() -> None:
    """Words that do not hold together stop the start; where there are trunks, agents have a telephone."""
    script.texts()
    line_phrases.texts()
    assert store_talk.voice_talks is not None
    recordings.register_kind()
    outreach.carry_by_voice(outcalls.workers_live)
    register_link(Link("calls", "/desk/calls", N_("Calls to us"), "handset", figure_pages.SEES, 41))
    register_link(Link("ending", "/desk/ending-calls", N_("Ending hard calls"), "shield", ending_pages.RIGHT, 50))
    register_slot(Slot("phone", "/desk/phone", "desk/phone.js", "contacts.take", _calls_come))


def _calls_come(settings: Settings) -> bool:
    return bool(settings.voice.trunks)


ROOM = Room(
    name="channels.voice",
    routes=(
        *phone_pages.ROUTES,
        *phrase_pages.ROUTES,
        *figure_pages.ROUTES,
        *ending_pages.ROUTES,
        *recording_pages.ROUTES,
        *telephone_pages.ROUTES,
        sip_socket.sip,
    ),
    listeners=(
        Listener(
            "voice",
            {
                ProofAsked: talking.on_proof_asked,
                AgentSignedOff: endpoints.on_signed_off,
                CallbackDue: outcalls.on_callback_due,
                ContactAnswered: emergencies.on_contact_answered,
                ContactOverflowed: stays.on_overflowed,
                ContactQueued: stays.on_queued,
                ContactTransferred: stays.on_transferred,
            },
        ),
    ),
    jobs=(Job(endpoints.DROP, endpoints.drop),),
    timers=(Timer(AGAIN, run=emergency_again.due),),
    periodics=(
        Periodic("voice.recordings_outlived", "17 * * * *", recorders.remove_outlived),
        Periodic("voice.telephones_in_line", "* * * * *", telephones.keep_in_line),
    ),
    rights={
        recordings.LISTEN: N_("Listen to recordings of calls"),
        telephone_pages.RIGHT: N_("Set up SIP telephones for agents of the own unit"),
    },
    register=register,
)
