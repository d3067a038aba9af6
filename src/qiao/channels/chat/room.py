"""Wiring of the chat: its wire, what it hears, its clocks."""

from qiao.channels.chat import assistant, jobs, listeners, operations, pages, plain, uploads
from qiao.interactions import InteractionAssigned, InteractionEnded, MessageSaid
from qiao.platform.room import Job, Listener, Periodic, Room, Timer

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
    ),
    listeners=(
        Listener(
            "channels.chat",
            on={
                MessageSaid: listeners.on_message_said,
                InteractionAssigned: listeners.on_interaction_assigned,
                InteractionEnded: listeners.on_interaction_ended,
            },
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
    failpoints=("chat.say.before_commit", "chat.say.after_commit", assistant.MOVED),
)
