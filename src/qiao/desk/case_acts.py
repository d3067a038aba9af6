"""What may be done on a case's page: each act reads its form and calls one operation of the cases room."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from qiao import cases
from qiao.desk.typed import Typed
from qiao.kernel.ids import AgentId, CaseId, DeskId, InteractionId
from qiao.kernel.languages import N_
from qiao.kernel.refused import InputNotUnderstood, NotFound
from qiao.platform.database import Transaction

CHOOSE: Final = N_("Choose one of the list.")
WHEN: Final = N_("Choose a day and a time.")
DAY_ENDS_AT: Final = time(18, 0)


@dataclass(frozen=True, slots=True)
class Doing:
    """Somebody doing something to a case; `interaction_id` is his live contact with its customer, if there is one."""

    case_id: CaseId
    agent_id: AgentId
    interaction_id: InteractionId | None
    typed: Typed
    zone: str
    may_hand_to: frozenset[UUID] = frozenset()
    records: frozenset[UUID] = frozenset()
    """Promises and requests of this case: an id from elsewhere is none of them."""

    @property
    def by(self) -> str:
        """As records name him."""
        return f"agent:{self.agent_id}"

    @property
    def seen(self) -> int | None:
        """The version of the case he last saw."""
        told = self.typed["seen"] or self.typed["version"]
        return int(told) if told.isascii() and told.isdecimal() and len(told) < 10 else None


Does = Callable[[Transaction, Doing], Awaitable[None]]


async def _note(tx: Transaction, do: Doing) -> None:
    await cases.add_note(
        tx, case_id=do.case_id, text=do.typed["text"], agent_id=do.agent_id, interaction_id=do.interaction_id
    )


async def _words(tx: Transaction, do: Doing) -> None:
    await cases.add_words(tx, case_id=do.case_id, text=do.typed["text"], by=do.by, interaction_id=do.interaction_id)


async def _fact(tx: Transaction, do: Doing) -> None:
    key, value = do.typed["key"], do.typed["value"]
    if key not in cases.built_in().items:
        raise InputNotUnderstood({"key": CHOOSE})
    try:
        await cases.add_fact(tx, case_id=do.case_id, key=key, value=value, by=do.by, interaction_id=do.interaction_id)
    except InputNotUnderstood as refused:
        raise InputNotUnderstood({"value": next(iter(refused.fields.values()))}) from refused


async def _strike(tx: Transaction, do: Doing) -> None:
    fact_id = own_record(do, "fact_id")
    await cases.withdraw_fact(tx, case_id=do.case_id, fact_id=fact_id, reason=do.typed["reason"], agent_id=do.agent_id)


async def _tried(tx: Transaction, do: Doing) -> None:
    await cases.add_tried(
        tx,
        case_id=do.case_id,
        step=do.typed["step"],
        outcome=do.typed["outcome"],
        by=do.by,
        interaction_id=do.interaction_id,
    )


async def _declare(tx: Transaction, do: Doing) -> None:
    await cases.add_declaration(
        tx, case_id=do.case_id, declaration=do.typed["declaration"], by=do.by, interaction_id=do.interaction_id
    )


async def _take_over(tx: Transaction, do: Doing) -> None:
    await cases.take_over(tx, case_id=do.case_id, agent_id=do.agent_id, seen_version=do.seen)


async def _hand(tx: Transaction, do: Doing) -> None:
    desk_id = one_of(do, "desk_id")
    if desk_id not in do.may_hand_to:
        raise InputNotUnderstood({"desk_id": CHOOSE})
    await cases.hand_to_desk(
        tx, case_id=do.case_id, desk_id=DeskId(desk_id), agent_id=do.agent_id, seen_version=do.seen
    )


async def _promise(tx: Transaction, do: Doing) -> None:
    await cases.promise(
        tx,
        case_id=do.case_id,
        what=do.typed["what"],
        due_at=due(do.typed, now=tx.now, zone=do.zone),
        agent_id=do.agent_id,
        interaction_id=do.interaction_id,
    )


async def _keep(tx: Transaction, do: Doing) -> None:
    promise_id = own_record(do, "promise_id")
    await cases.keep_promise(tx, promise_id=promise_id, how=do.typed["how"], by=do.by, interaction_id=do.interaction_id)


async def _tell(tx: Transaction, do: Doing) -> None:
    await cases.say_answer(
        tx, case_id=do.case_id, text=do.typed["text"], agent_id=do.agent_id, interaction_id=do.interaction_id
    )


async def _judge(tx: Transaction, do: Doing) -> None:
    if do.typed["severity"] not in {"1", "2", "3", "4"}:
        raise InputNotUnderstood({"severity": CHOOSE})
    await cases.set_severity(
        tx, case_id=do.case_id, severity=int(do.typed["severity"]), agent_id=do.agent_id, seen_version=do.seen
    )


async def _resolve(tx: Transaction, do: Doing) -> None:
    await cases.resolve_case(
        tx,
        case_id=do.case_id,
        kind=do.typed["kind"],
        what=do.typed["what"],
        agent_id=do.agent_id,
        cause=do.typed["cause"],
        system=do.typed["system"],
        interaction_id=do.interaction_id,
        seen_version=do.seen,
    )


async def _reopen(tx: Transaction, do: Doing) -> None:
    await cases.reopen_case(
        tx,
        case_id=do.case_id,
        reason=do.typed["reason"],
        by=do.by,
        interaction_id=do.interaction_id,
        seen_version=do.seen,
    )


async def _ask(tx: Transaction, do: Doing) -> None:
    own = do.typed["question"].strip()
    await cases.request_information(
        tx,
        case_id=do.case_id,
        items=[*do.typed.every("items"), *([own] if own else [])],
        interaction_id=do.interaction_id,
        agent_id=do.agent_id,
    )


async def _take_back(tx: Transaction, do: Doing) -> None:
    request_id = own_record(do, "request_id")
    await cases.withdraw_request(tx, request_id=request_id, reason=do.typed["reason"], agent_id=do.agent_id)


async def _read(tx: Transaction, do: Doing) -> None:
    await cases.acknowledge(tx, case_id=do.case_id, agent_id=do.agent_id)


async def _link(tx: Transaction, do: Doing) -> None:
    if do.interaction_id is not None:
        await cases.link_interaction(tx, case_id=do.case_id, interaction_id=do.interaction_id, by=do.by)


ACTS: Final[dict[str, Does]] = {
    "note": _note,
    "words": _words,
    "fact": _fact,
    "strike": _strike,
    "tried": _tried,
    "declare": _declare,
    "take-over": _take_over,
    "hand": _hand,
    "promise": _promise,
    "keep": _keep,
    "told": _tell,
    "severity": _judge,
    "resolve": _resolve,
    "reopen": _reopen,
    "ask": _ask,
    "take-back": _take_back,
    "read": _read,
    "link": _link,
}
"""The last part of an act's address -> what it does."""


def one_of(do: Doing, name: str) -> UUID:
    """An id chosen in the form. Raises InputNotUnderstood beside that field."""
    try:
        return UUID(do.typed[name])
    except ValueError:
        raise InputNotUnderstood({name: CHOOSE}) from None


def own_record(do: Doing, name: str) -> UUID:
    """An id chosen in the form that belongs to this very case. Raises NotFound for any other."""
    chosen = one_of(do, name)
    if chosen not in do.records:
        raise NotFound
    return chosen


def record_of(typed: Typed) -> str:
    """The record a small form stood beside, as typed, if it is an id at all."""
    for name in ("promise_id", "request_id", "fact_id", "relation_id", "step_id"):
        try:
            return str(UUID(typed[name]))
        except ValueError:
            continue
    return ""


def due(typed: Typed, *, now: datetime, zone: str) -> datetime:
    """By when: one of the usual spans, or a day and time in the centre's zone. Raises InputNotUnderstood."""
    here = now.astimezone(ZoneInfo(zone))
    by_span = {
        "1h": now + timedelta(hours=1),
        "4h": now + timedelta(hours=4),
        "today": datetime.combine(here.date(), DAY_ENDS_AT, here.tzinfo),
        "tomorrow": datetime.combine(here.date() + timedelta(days=1), DAY_ENDS_AT, here.tzinfo),
        "3d": datetime.combine(here.date() + timedelta(days=3), DAY_ENDS_AT, here.tzinfo),
    }
    if typed["due"] in by_span:
        return by_span[typed["due"]].astimezone(UTC)
    try:
        chosen = datetime.fromisoformat(typed["due_at"])
        return (chosen if chosen.tzinfo else chosen.replace(tzinfo=here.tzinfo)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InputNotUnderstood({"due_at": WHEN}) from None
