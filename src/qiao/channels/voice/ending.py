"""Ending a hard call by the operator's rule: a notice that the caller hears, and only after it an end, on record.

Nothing of it is written about the customer; it is of this call alone.
"""

from typing import Final

from sqlalchemy import Boolean, Column, DateTime, Integer, Table, Text, select
from sqlalchemy.dialects.postgresql import insert

from qiao import routing
from qiao.channels.voice import store_talk, talks
from qiao.channels.voice.emergencies import is_foreign
from qiao.channels.voice.model_ending import Rule, end, is_emergency, may_play, noticed, play, seconds_left
from qiao.channels.voice.model_talk import Leg, Talk
from qiao.channels.voice.store import voice_calls
from qiao.channels.voice.store_talk import Ongoing
from qiao.kernel.ids import AgentId, InteractionId
from qiao.kernel.languages import N_
from qiao.kernel.refused import Refused
from qiao.platform import audit
from qiao.platform.database import Transaction, metadata
from qiao.platform.live import touch
from qiao.platform.policy import Actor

NOTICES_MAX: Final = 5
SECONDS_MAX: Final = 600
voice_ending_rule = Table(
    "voice_ending_rule",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("on", Boolean, nullable=False),
    Column("notices", Integer, nullable=False),
    Column("seconds", Integer, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
)
"""One row, or none while nobody has turned it on."""


class NotByRule(Refused):
    """The rule is off, the call is an emergency, is not marked as hard, or is busy with something else."""

    code = "voice.not_by_rule"
    text = N_("This call cannot be ended by rule now. It goes on; your team leader can come in or take it over.")


class NoticeFirst(Refused):
    """Not enough notices were heard, or not long enough ago."""

    code = "voice.notice_first"
    text = N_("The caller must hear the notice first, and be given time after it. The call goes on.")


async def rule_of(tx: Transaction) -> Rule:
    """The operator's rule; off when none was ever set."""
    row = await tx.one(select(voice_ending_rule))
    return Rule(row["on"], row["notices"], row["seconds"]) if row is not None else Rule()


async def change_rule(tx: Transaction, *, actor: Actor, rule: Rule) -> None:
    """Turn it on or off, or change its figures; on record."""
    before = await rule_of(tx)
    kept = {"on": rule.on, "notices": rule.notices, "seconds": rule.seconds}
    row = kept | {"changed_by": actor.reference, "changed_at": tx.now}
    await tx.execute(
        insert(voice_ending_rule).values(id=1, **row).on_conflict_do_update(index_elements=["id"], set_=row)
    )
    was = {"on": before.on, "notices": before.notices, "seconds": before.seconds}
    await audit.record(
        tx, actor=actor.reference, act="change.ending_rule", details={"before": was, "after": kept}, once=False
    )


async def emergency(tx: Transaction, ongoing: Ongoing, region: str) -> bool:
    """Whether nobody may end it. `region`: the operator's country, as "CN"."""
    row = await tx.one(select(voice_calls).where(voice_calls.c.id == ongoing.call_id))
    assert row is not None
    where = await routing.waiting_contact(tx, ongoing.interaction_id)
    found = await routing.desks(tx, [where.desk_id]) if where is not None else []
    return is_emergency(
        entry_point=row["entry_point"],
        desk=found[0].code if found else "",
        matter=row["matter"],
        foreign=not row["number"] or is_foreign(row["number"], region),
        known=row["customer_id"] is not None,
    )


async def may(tx: Transaction, ongoing: Ongoing, region: str) -> tuple[bool, bool]:
    """Whether the agent is offered the notice, and the end."""
    rule = await rule_of(tx)
    if not rule.on or not ongoing.talk.hard:
        return False, False
    never = await emergency(tx, ongoing, region)
    return may_play(rule, ongoing.talk, emergency=never), noticed(rule, ongoing.talk, emergency=never)


async def act(tx: Transaction, actor: Actor, ongoing: Ongoing, leg: Leg, *, verb: str, region: str) -> None:
    """Play the "notice", or "end-by-rule", by the call's agent, whose leg it is. Raises NotByRule, NoticeFirst."""
    rule, never = await rule_of(tx), await emergency(tx, ongoing, region)
    before = await store_talk.held_talk(tx, ongoing.call_id)
    if not may_play(rule, before, emergency=never):
        raise NotByRule
    if verb == "notice":
        after = play(before)
    else:
        if not noticed(rule, before, emergency=never) or seconds_left(rule, before, tx.now):
            raise NoticeFirst
        after = end(before, leg.id, actor.id)
    await talks.keep(tx, ongoing.call_id, ongoing.interaction_id, before, after)
    await _told(tx, actor, ongoing.interaction_id, verb, before, rule)


async def _told(
    tx: Transaction, actor: Actor, interaction_id: InteractionId, verb: str, talk: Talk, rule: Rule
) -> None:
    """On record, and his team leaders see it at once."""
    for leader in await talks.leaders_of(tx, AgentId(actor.id)):
        await touch(tx, f"agent:{leader}")
    await audit.record(
        tx,
        actor=actor.reference,
        act="do.call_notice" if verb == "notice" else "do.end_call_by_rule",
        interaction_id=interaction_id,
        unit_id=actor.unit_id,
        details={"notices": talk.notices, "rule_notices": rule.notices, "rule_seconds": rule.seconds},
        once=False,
    )
