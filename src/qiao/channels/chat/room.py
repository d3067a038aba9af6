"""Wiring of the chat: its wire, what it hears, its clocks."""

from qiao.channels.chat import assistant, jobs, listeners, operations, pages, plain, site_pages, uploads
from qiao.interactions import InteractionAssigned, InteractionEnded, MessageSaid
from qiao.kernel.languages import N_
from qiao.platform.room import Job, Listener, Periodic, Room, Timer
from qiao.ui import Link, register_link


def register() -> None:
    """Staff find in the menu where chats may be embedded."""
    register_link(Link("chats", "/desk/chats", N_("Chats on pages"), "globe", site_pages.RIGHT, 49))


ROOM = Room(
    name="channels.chat",
    routes=(
        pages.widget,
        pages.assets,
        pages.texts,
        pages.frame,
        pages.visit,
        pages.socket,
        pages.say,
        pages.leave,
        pages.poll,
        uploads.upload,
        uploads.download,
        plain.show,
        plain.write,
        *site_pages.ROUTES,
    ),
    listeners=(
        Listener(
            "channels.chat",
            on={
                MessageSaid: listeners.on_message_said,
                InteractionAssigned: listeners.on_interaction_assigned,
                InteractionEnded: listeners.on_interaction_ended,
            },
            gather_seconds=0.1,  # somebody looks at his screen
        ),
    ),
    periodics=(Periodic("channels.chat.forget_tickets", cron="17 * * * *", run=jobs.forget_tickets),),
    jobs=(Job(assistant.ANSWER, run=jobs.answer),),
    timers=(
        Timer(operations.SILENT, run=operations.silent),
        Timer(operations.GONE, run=operations.gone),
        Timer(assistant.QUIET, run=assistant.quiet),
        Timer(assistant.UNTAKEN, run=assistant.untaken),
    ),
    register=register,
    failpoints=("chat.say.before_commit", "chat.say.after_commit", assistant.MOVED),
)
