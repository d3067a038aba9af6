"""Wiring of the catalogue."""

from qiao.catalogue import consents, fulfilling, jobs, outcomes, pages, preferences, receipts
from qiao.catalogue.model_terms import REASONS
from qiao.catalogue.services import catalogue
from qiao.platform.room import Job, Periodic, Room, Timer


def read_once() -> None:
    """A catalogue that cannot be used stops the start."""
    catalogue()
    told = receipts.words().sentences
    untold = {why for why in REASONS if f"why_{why}" not in told}
    assert not untold, f"nobody is told why: {untold}"
    preferences.register()


ROOM = Room(
    name="catalogue",
    routes=pages.ROUTES,
    jobs=(Job("catalogue.perform", jobs.perform),),
    periodics=(Periodic("catalogue.forget_confirmations", cron="23 * * * *", run=jobs.forget_confirmations),),
    timers=(
        Timer(outcomes.AGAIN, run=outcomes.ask_again),
        Timer(consents.SILENCE, run=consents.note_silence),
    ),
    loops=(fulfilling.run,),
    rights={
        "catalogue.perform": "do things on the operator's systems for a customer",
        "catalogue.change_number": "change number, SIM and passwords",
    },
    failpoints=(jobs.BEGUN, jobs.ANSWERED),
    register=read_once,
)
