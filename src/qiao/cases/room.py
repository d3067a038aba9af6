"""Wiring of cases."""

from qiao.cases import catalogued, flow_actions, jobs, verifying, watching
from qiao.cases.asking import ANSWER_WRITTEN
from qiao.cases.asking_out import tell_question
from qiao.cases.calling import CALLS
from qiao.cases.categories import built_in
from qiao.cases.charges import HELD
from qiao.cases.checkers import OPERATOR_CHECKERS, register_checker
from qiao.cases.clock_book import built_in_book
from qiao.cases.clocks import CLOCK_DUE
from qiao.cases.clocks_due import STEPS_WRITTEN, clocks_fall_due
from qiao.cases.confirming import ANSWERED, SILENT, TELL
from qiao.cases.listeners import HEARS, on_all
from qiao.cases.operations import OPEN_WRITTEN
from qiao.cases.promising import BREACH_WRITTEN, DUE, promises_fall_due
from qiao.cases.record_checkers import RECORD_CHECKERS
from qiao.cases.resting import RESTED, silences_fall_due
from qiao.cases.telling import TELLS
from qiao.cases.timeline import register_kinds
from qiao.kernel.languages import N_
from qiao.platform.room import Job, Listener, Periodic, Room, Timer


def register() -> None:
    """Checkers first: categories that do not hold together stop the start; the timeline learns this room's lines."""
    for known in (*OPERATOR_CHECKERS, *RECORD_CHECKERS):
        register_checker(known)
    built_in()
    built_in_book()
    verifying.house_conditions()
    register_kinds()
    flow_actions.register()
    catalogued.register()


ROOM = Room(
    name="cases",
    listeners=(
        Listener("cases", on=HEARS, together=on_all),
        Listener("cases.telling", on=TELLS),
        Listener("cases.calling", on=CALLS),
    ),
    jobs=(
        Job(verifying.RUN, jobs.run_check),
        Job(watching.LOOK, jobs.look_at_watch),
        Job(TELL, tell_question),
    ),
    periodics=(Periodic("cases.plan_missing", cron="17 * * * *", run=jobs.plan_missing),),
    timers=(
        Timer(DUE, run=promises_fall_due),
        Timer(verifying.CHECK, run=verifying.checks_fall_due),
        Timer(watching.WATCH, run=watching.watches_fall_due),
        Timer(SILENT, run=silences_fall_due),
        Timer(CLOCK_DUE, run=clocks_fall_due),
    ),
    rights={
        "cases.open": N_("Open a case"),
        "cases.read": N_("Read cases one has a basis for"),
        "cases.write": N_("Work on cases one has a basis for"),
        "cases.administer": N_("Edit categories, lifecycles, clocks and limits"),
        "cases.steps": N_("Add a step to one case"),
        "cases.archive": N_("Take a whole case out as a signed file"),
    },
    failpoints=(
        OPEN_WRITTEN,
        ANSWER_WRITTEN,
        BREACH_WRITTEN,
        verifying.SCHEDULED,
        jobs.CHECK_BEGUN,
        jobs.CHECK_SEEN,
        verifying.SETTLED,
        HELD,
        jobs.WATCH_SEEN,
        watching.FOUND,
        STEPS_WRITTEN,
        ANSWERED,
        RESTED,
        "cases.import.after_batch",
    ),
    register=register,
)
