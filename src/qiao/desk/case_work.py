"""The work on a case: its stage, its relations to other cases, who watches it; shown on its page and done there."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from qiao import cases
from qiao.cases import Case, Relation, WholeCase
from qiao.desk import case_told
from qiao.desk.access import CaseAccess
from qiao.desk.case_acts import Doing, own_record
from qiao.desk.forms import AnyRequest
from qiao.desk.typed import say
from qiao.kernel.ids import AgentId
from qiao.kernel.languages import N_
from qiao.kernel.origin import Origin
from qiao.kernel.refused import InputNotUnderstood, NotFound
from qiao.platform.database import Transaction
from qiao.platform.web import language_of

NO_SUCH_CASE: Final = N_("You see no case with this number; check it.")
CHOOSE: Final = N_("Choose one of the list.")
RELATES: Final[dict[str, str]] = {
    "related": N_("has to do with it"),
    "child_of": N_("this one is part of it"),
    "parent_of": N_("it is part of this one"),
}
FindCase = Callable[[str], Awaitable[Case]]


@dataclass(frozen=True, slots=True)
class Working(Doing):
    """Doing something to a case that may concern another; `find` gives the case of a number that he may work on."""

    rights: frozenset[str] = frozenset()
    find: FindCase | None = None

    async def other(self) -> Case:
        """The case whose number was typed. Raises InputNotUnderstood beside the field."""
        assert self.find is not None
        try:
            return await self.find(self.typed["number"].strip())
        except NotFound:
            raise InputNotUnderstood({"number": NO_SUCH_CASE}) from None


DoesWork = Callable[[Transaction, Working], Awaitable[None]]


async def _move(tx: Transaction, do: Working) -> None:
    await cases.move(
        tx,
        case_id=do.case_id,
        code=do.typed["move"],
        agent_id=do.agent_id,
        rights=do.rights,
        interaction_id=do.interaction_id,
        seen_version=do.seen,
    )


async def _relate(tx: Transaction, do: Working) -> None:
    if do.typed["kind"] not in RELATES:
        raise InputNotUnderstood({"kind": CHOOSE})
    other = await do.other()
    first, second = (other.id, do.case_id) if do.typed["kind"] == "parent_of" else (do.case_id, other.id)
    kind: Relation = "related" if do.typed["kind"] == "related" else "child_of"
    await cases.relate(tx, case_id=first, other_id=second, kind=kind, by=do.by)


async def _apart(tx: Transaction, do: Working) -> None:
    await cases.take_apart(tx, relation_id=own_record(do, "relation_id"), by=do.by)


async def _merge(tx: Transaction, do: Working) -> None:
    other = await do.other()
    await cases.merge_case(
        tx,
        case_id=do.case_id,
        into_id=other.id,
        agent_id=do.agent_id,
        reason=do.typed["reason"],
        interaction_id=do.interaction_id,
        seen_version=do.seen,
    )


async def _split(tx: Transaction, do: Working) -> None:
    await cases.split_case(
        tx,
        case_id=do.case_id,
        category_code=do.typed["category"],
        words=_ids(do, "words"),
        facts=_ids(do, "facts"),
        title=do.typed["title"],
        agent_id=do.agent_id,
        origin=Origin("desk", do.interaction_id, do.by),
        interaction_id=do.interaction_id,
    )


async def _step(tx: Transaction, do: Working) -> None:
    told = {"text": do.typed["text"], "agent_id": do.agent_id, "rights": do.rights}
    await cases.add_step(tx, case_id=do.case_id, interaction_id=do.interaction_id, **told)  # type: ignore[arg-type]


async def _end_step(tx: Transaction, do: Working) -> None:
    await cases.end_step(
        tx,
        step_id=own_record(do, "step_id"),
        how="dropped" if do.typed["how"] == "dropped" else "done",
        outcome=do.typed["outcome"],
        agent_id=do.agent_id,
        interaction_id=do.interaction_id,
    )


async def _watch(tx: Transaction, do: Working) -> None:
    await cases.watch(tx, case_id=do.case_id, agent_id=do.agent_id)


async def _unwatch(tx: Transaction, do: Working) -> None:
    await cases.unwatch(tx, case_id=do.case_id, agent_id=do.agent_id)


WORK: Final[dict[str, DoesWork]] = {
    "move": _move,
    "relate": _relate,
    "apart": _apart,
    "merge": _merge,
    "split": _split,
    "step": _step,
    "end-step": _end_step,
    "watch": _watch,
    "unwatch": _unwatch,
}
"""The last part of an act's address -> what it does."""


def _ids(do: Working, name: str) -> list[UUID]:
    """Records that were ticked. Raises InputNotUnderstood beside the field for what is no id."""
    try:
        return [UUID(one) for one in do.typed.every(name)]
    except ValueError:
        raise InputNotUnderstood({name: CHOOSE}) from None


async def work_context(request: AnyRequest, tx: Transaction, seen: CaseAccess, whole: WholeCase) -> dict[str, Any]:
    """What the page shows of the work: stage and moves, relations, watchers, causes."""
    language, rules = language_of(request), await cases.current(tx)
    stage, ways = await cases.stage_and_ways(tx, whole.case, seen.actor.rights)
    watchers = await cases.watchers_of(tx, whole.case.id)
    tree, causes = cases.cause_tree(), await cases.causes_of(tx, whole.case.id)
    me = AgentId(seen.actor.id)
    return {
        "stage": case_told.words(stage.name, language) if whole.category.lifecycle.moves else "",
        "ways": [(way, case_told.words(way.move.name, language)) for way in ways],
        "related": await cases.related_to(tx, whole.case.id),
        "watchers": watchers,
        "may_add_step": "cases.steps" in seen.actor.rights,
        "watching": any(one.agent_id == me for one in watchers),
        "cause_of": {
            found: f"{tree.path(one.code, language)} · {tree.system(one.system, language)}"
            for found, one in causes.items()
        },
        "cause_choices": [("", "–"), *((code, tree.path(code, language)) for code in tree.leaves)],
        "system_choices": [("", "–"), *((code, tree.system(code, language)) for code in tree.systems)],
        "cause_asked": cases.asked_for(whole.case.kind, "remedied"),
        "relate_choices": [(kind, say(request, text)) for kind, text in RELATES.items()],
        "category_choices": [(code, rules.path(code, language)) for code in sorted(rules.categories)],
    }
