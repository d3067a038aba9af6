"""Wiring of self-service."""

from qiao.kernel.languages import N_
from qiao.platform.room import Periodic, Room
from qiao.selfservice import answers, jobs, person_first
from qiao.selfservice.actions import register_flow_action
from qiao.selfservice.built_in import built_in
from qiao.selfservice.operations import RIGHT
from qiao.selfservice.rendering import words
from qiao.selfservice.runner import ASKED, SAID
from qiao.selfservice.understanding import UNDERSTAND


def register() -> None:
    """Flows and words that do not hold together stop the start."""
    built_in()
    words("unclear", "en")
    register_flow_action(
        UNDERSTAND, answers.understand, needed=frozenset({"words"}), facts=frozenset({"rows", "lines"}), changes=False
    )
    register_flow_action(
        answers.READ,
        answers.read,
        needed=frozenset({"article"}),
        facts=frozenset({"title", "told", "more", "rest", "why"}),
        changes=False,
    )
    register_flow_action(person_first.PERSON_FIRST, person_first.choose, parameters=frozenset({"on"}))


ROOM = Room(
    name="selfservice",
    periodics=(Periodic("selfservice.sweep", "* * * * *", jobs.sweep),),
    rights={RIGHT: N_("Change the flows of self-service")},
    failpoints=(ASKED, SAID),
    register=register,
)
