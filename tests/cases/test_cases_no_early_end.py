"""Nothing but evidence and the customer's own word closes a case: every verb of the door is tried to do it earlier."""

from __future__ import annotations

import inspect
from datetime import timedelta
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from qiao import cases
from qiao.cases.confirming import ask_customer
from qiao.cases.model_confirmation import CHANNELS
from qiao.cases.model_import import Wanted
from qiao.cases.settling import locked
from qiao.interactions import Sniffed
from qiao.kernel.ids import CaseId, CustomerId, DeskId, FileId, new_id
from qiao.kernel.origin import Origin
from qiao.kernel.refused import Refused
from qiao.kernel.service_ids import ServiceId
from qiao.post import TextIn
from tests.cases.matter_at_hand import UNWANTED, WHY, agent, contact, customer, opened, unit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from qiao.platform.database import Transaction
    from tests.cases.matter_at_hand import Days

pytestmark = pytest.mark.slow
LOOKS = frozenset(
    {
        "approvals_waiting", "attached_to", "calls_unseen", "case", "case_alone", "case_by_number", "case_list",
        "case_of_question", "category", "causes_of", "charges_of_case", "check", "clocks_of", "texts_sent",
        "count_cases", "count_of_agent", "current", "file_of", "grants_in_case",
        "interactions_of", "make_archive", "matter_for_customer", "matters_for_customer", "matters_of",
        "newest_of_agent", "oddities_in", "open_cases_of", "proof_of", "questions_to", "related_to",
        "rule_text", "rules_there_are", "stage_and_ways", "standards", "versions", "views_for", "watched_by",
        "watchers_of",
    }
)  # fmt: skip
"""They change nothing; whoever adds a verb to the door says here that it does not, or has it tried below."""
OF_NO_CASE = frozenset(["drop_view", "keep_book", "keep_category", "keep_view", "put_in_force"])
"""What they change is no case: views, and rules that count for cases opened later."""
SOMEBODY = ServiceId("mobile", "+8613700000009")
"""Whose text is not the customer's word."""
BY_SOMEBODY_ELSE = frozenset({"decide_compensation", "grant_compensation", "promise_call"})
"""They need an agent or a desk that there is; tests/compensation and the journeys try them on live cases."""
RIGHTS = frozenset({"cases.write", "cases.steps", "cases.administer", "cases.archive"})
EVERYTHING = frozenset(name for name in cases.__all__ if inspect.iscoroutinefunction(getattr(cases, name)))
TRIED = sorted(EVERYTHING - LOOKS - OF_NO_CASE - BY_SOMEBODY_ELSE)


def test_every_verb_of_the_door_is_judged() -> None:
    judged = LOOKS | OF_NO_CASE | BY_SOMEBODY_ELSE
    assert judged <= EVERYTHING, "what is not there any more"
    assert {"confirm", "note_in_contact", "resolve_case", "merge_case", "platform_confirmed"} <= set(TRIED)
    writes = [name for name in sorted(LOOKS) if "agent_id" in inspect.signature(getattr(cases, name)).parameters]
    assert set(writes) <= {"calls_unseen", "count_of_agent", "newest_of_agent", "views_for", "watched_by"}


class Standing:
    """A case of his that stands somewhere on its way, and everybody who might want it closed."""

    def __init__(self, days: Days, case_id: CaseId, his: CustomerId, told: Mapping[str, Any]) -> None:
        self.days, self.case_id, self.his = days, case_id, his
        self.told = dict(told)

    def given(self, verb: str, by: str, channel: str, kind: str) -> dict[str, Any]:
        """Something for each parameter of a verb, as dangerous as it may be."""
        me = agent()
        now = self.days.clock.now()
        known: dict[str, Any] = {
            "agent_id": me, "by": by, "case_id": self.case_id, "category_code": UNWANTED, "cause": WHY["cause"],
            "channel": channel, "code": "decide", "customer_id": self.his, "declaration": "is_the_holder",
            "desk_id": DeskId(new_id()), "due_at": now + timedelta(hours=1), "facts": {"short_code": "3737"},
            "file_id": FileId(new_id()), "found": Sniffed("a.txt", "text/plain", inline=False), "how": "done",
            "item": "short_code", "items": ["short_code"], "key": "short_code", "kind": kind, "language": "zh-CN",
            "origin": Origin("import", None, by), "outcome": "closed", "own_words": "closed", "reason": "closed",
            "reference": f"{verb}{now}", "region": "CN", "rights": RIGHTS, "severity": 4, "size_bytes": 1,
            "solved": "yes", "stars": 5, "step": "closed", "system": WHY["system"], "text": "closed", "title": "closed",
            "unit_id": unit(), "value": "closed", "what": "closed", "words": "solved", "zone": "Asia/Shanghai",
            "owner_id": me, "rows": [self.row()], "status": "closed",
        }  # fmt: skip
        wants = inspect.signature(getattr(cases, verb)).parameters
        given = {name: value for name, value in {**known, **self.told}.items() if name in wants}
        if verb == "relate":
            given["kind"] = "child_of"
        if verb == "hear_answer":
            given["text"] = TextIn(new_id(), SOMEBODY, "1", now)
        if verb == "split_case":
            given |= {"words": [], "facts": []}
        return given

    def row(self) -> Wanted:
        return Wanted(
            line=2, key=f"import:{self.case_id}", number="", category=UNWANTED, own_words="closed", opened_at=None,
            severity=4, old_state="closed", notes="closed", facts=(),
        )  # fmt: skip


async def stands(days: Days, where: str) -> Standing:
    his = customer()
    case_id = await days.do(opened, customer_id=his)
    other = await days.do(opened, customer_id=his)
    live = await days.do(contact, customer_id=his)  # somebody in chat who has proved nothing
    told: dict[str, Any] = {"interaction_id": live.id, "into_id": other, "other_id": other}
    told["promise_id"] = await days.do(
        cases.promise, case_id=case_id, what="x", due_at=days.clock.now() + timedelta(days=1), agent_id=agent()
    )
    told["request_id"] = await days.do(
        cases.request_information, case_id=case_id, items=["text_copy"], interaction_id=None, agent_id=agent()
    )
    told["fact_id"] = await days.do(
        cases.add_fact, case_id=case_id, key="sender_number", value="10086", by="agent:x", interaction_id=None
    )
    told["step_id"] = await days.do(cases.add_step, case_id=case_id, text="x", agent_id=agent(), rights=RIGHTS)
    told["relation_id"] = await days.do(cases.relate, case_id=case_id, other_id=other, kind="related", by="agent:x")
    if where != "open":
        await days.do(cases.end_step, step_id=told["step_id"], how="done", outcome="", agent_id=agent())
        await days.do(cases.resolve_case, case_id=case_id, kind="remedied", what="x", agent_id=agent(), **WHY)
    if where == "verified":
        await days.proved(case_id)
        resolution_id = (await days.whole(case_id)).resolutions[-1].id

        async def ask(tx: Transaction) -> None:
            question = await ask_customer(tx, case=await locked(tx, case_id), resolution_id=resolution_id)
            told["seen_question"] = told["question_id"] = question

        await days.do(ask)
    return Standing(days, case_id, his, told)


def ways(verb: str, where: str, his: CustomerId) -> Iterator[tuple[str, str, str]]:
    """Who does it, on which channel, as which kind of solution. Once all is proved, his own yes does close it."""
    wants = inspect.signature(getattr(cases, verb)).parameters
    somebody = [f"agent:{agent()}", f"customer:{customer()}", "system:proof"]
    who = somebody if where == "verified" else [*somebody, f"customer:{his}"]
    yield from product(
        who if "by" in wants else who[:1],
        sorted(CHANNELS) if "channel" in wants else ["contact"],
        sorted(cases.CHOSEN_KINDS) if "kind" in wants else ["withdrawn"],
    )


@pytest.mark.parametrize("where", ["open", "resolved", "verified"])
@pytest.mark.parametrize("verb", TRIED)
async def test_no_verb_closes_it_earlier(days: Days, verb: str, where: str) -> None:
    standing = await stands(days, where)
    done = refused = 0
    for by, channel, kind in ways(verb, where, standing.his):
        given = standing.given(verb, by, channel, kind)
        try:
            await days.do(getattr(cases, verb), **given)
            done += 1
        except Refused:
            refused += 1
        whole = await days.whole(standing.case_id)
        assert whole.case.status != "closed", (verb, given)
        assert not any(one.confirmed for one in whole.resolutions), (verb, given)
    assert done + refused
    if verb in ("confirm", "note_in_contact"):
        assert not done
