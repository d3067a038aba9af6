"""A case is opened once, numbered by day, owned by whoever heard it first; what was said stays apart from facts."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import func, select

from qiao import cases, customers, interactions
from qiao.bss import Holding, Party
from qiao.cases.listeners import on_identity_proven
from qiao.cases.store import cases as rows
from qiao.interactions import IdentityProven
from qiao.kernel.ids import CaseId, unit_id_of
from qiao.kernel.origin import Origin
from qiao.kernel.refused import InputNotUnderstood
from qiao.kernel.service_ids import parse_service_id
from qiao.platform.database import Database, Transaction
from qiao.platform.policy import Level
from tests.cases.matter_at_hand import UNWANTED, WORDS, agent, contact, customer, emitted, opened, timeline_of, unit
from tests.conftest import StillClock


async def test_the_story_up_to_the_opened_case_stands_on_record_piece_by_piece(tx: Transaction) -> None:
    who, me, ours = customer(), agent(), unit()
    talk = await contact(tx, who, unit_id=ours)
    case_id = await opened(
        tx,
        customer_id=who,
        agent_id=me,
        interaction_id=talk.id,
        service_id=parse_service_id("13900007763"),
        facts={"sender_number": ["13812345678", "1729"], "text_copy": "验证码17", "short_code": ""},
        declarations=["owner_asked_for_nothing", "我不会付这笔钱"],
        tried=[("services_list", "nothing on record"), ("provider 1729", "unknown")],
    )
    whole = await cases.case(tx, case_id)
    case = whole.case
    assert (case.kind, case.severity, case.owner_id, case.unit_id) == ("complaint", 2, me, ours)
    assert (case.customer_id, case.opened_by, case.status) == (who, f"agent:{me}", "open")
    assert case.number.startswith("C-261123-")
    assert case.title == WORDS
    assert case.watch_terms == ("13812345678", "1729")
    assert str(case.service_id) == "mobile:+8613900007763"
    [words] = whole.words
    assert (words.text, words.said_by, words.language) == (WORDS, f"customer:{who}", "zh-CN")
    assert [(fact.key, fact.value) for fact in whole.facts] == [
        ("sender_number", "13812345678"), ("sender_number", "1729"), ("text_copy", "验证码17"),
    ]  # fmt: skip
    assert [(one.key, one.text[:6], one.declared_by) for one in whole.declarations] == [
        ("owner_asked_for_nothing", "本人作为机主", f"customer:{who}"), ("", "我不会付这笔", f"customer:{who}"),
    ]  # fmt: skip
    assert [(one.step, one.outcome) for one in whole.tried] == [
        ("services_list", "nothing on record"), ("provider 1729", "unknown"),
    ]  # fmt: skip
    assert whole.interactions == (talk.id,)
    assert [item.key for item in whole.missing] == ["short_code", "received_at"]
    assert whole.next_step.code == "ask"
    assert await emitted(tx, case_id) == ["CaseFactAdded"] * 3 + ["InteractionLinked", "CaseOpened"]
    assert set(await timeline_of(tx, who)) == {"interactions.contact", "case.opened"}
    assert [found.id for found in await interactions.interactions_on_matter(tx, f"case:{case_id}")] == [talk.id]


@pytest.mark.parametrize(
    ("category_code", "kind"),
    [
        ("fault/broadband/down", "fault"),
        ("inquiry/plan", "inquiry"),
        (UNWANTED, "complaint"),
        ("suggestion/product", "suggestion"),
        ("thanks/person", "thanks"),
        ("rights/personal_records/copy", "rights"),
        ("special_wish/accessibility", "special_wish"),
    ],
)
async def test_every_kind_of_request_can_be_opened(tx: Transaction, category_code: str, kind: str) -> None:
    who = customer()
    whole = await cases.case(tx, await opened(tx, customer_id=who, category_code=category_code))
    assert (whole.case.kind, whole.case.status) == (kind, "open")
    [matter] = await cases.matters_for_customer(tx, who, language="en")
    assert matter.state_text
    assert matter.next_text


async def test_a_customer_may_open_it_himself_and_then_it_waits_for_us(tx: Transaction) -> None:
    who = customer()
    origin = Origin("portal", actor=f"customer:{who}")
    case_id = await opened(tx, customer_id=who, agent_id=None, origin=origin, language="fr", severity=1)
    whole = await cases.case(tx, case_id)
    assert (whole.case.status, whole.case.owner_id, whole.case.severity) == ("waiting_for_us", None, 1)
    assert whole.case.opened_by == f"customer:{who}"
    assert whole.next_step.code == "look"
    assert whole.words[0].language == "fr"


async def test_a_case_without_a_contact_lies_in_its_customers_unit(tx: Transaction) -> None:
    service = parse_service_id("13900007764")
    party = Party("p-1", "师先生", "person", "vip", "zh-CN", 1970, "Old Street 1", "beijing")
    known = await customers.keep(tx, customers.Finding(party, (Holding("p-1", service, tx.now),)))
    assert (await cases.case_alone(tx, await opened(tx, customer_id=known.id))).unit_id == unit_id_of("beijing")


async def test_numbers_run_by_day(database: Database, clock: StillClock) -> None:
    async def number() -> str:
        async with database.transaction() as tx:
            return (await cases.case_alone(tx, await opened(tx))).number

    first, second = await number(), await number()
    assert int(second[-4:]) == int(first[-4:]) + 1
    clock.forward(hours=14)  # 00:00 of the next day in Shanghai
    assert await number() == "C-261124-0001"
    async with database.transaction() as tx:
        assert (await cases.case_by_number(tx, " c-261124-0001 ")) is not None
        for odd in ("", "C-261124-0002", "no number", "C-261124-0001\x00", "C-２６１１２４-0001"):
            assert await cases.case_by_number(tx, odd) is None


async def test_the_same_key_is_the_same_case(database: Database) -> None:
    given: dict[str, Any] = {"customer_id": customer(), "agent_id": agent(), "idempotency_key": "desk:1:2"}

    async def once() -> CaseId:
        async with database.transaction() as tx:
            return await opened(tx, **given)

    ids = set(await asyncio.gather(*(once() for _ in range(6))))
    assert len(ids) == 1
    async with database.transaction() as tx:
        assert await tx.scalar(select(func.count()).where(rows.c.customer_id == given["customer_id"])) == 1
        assert len((await cases.case(tx, ids.pop())).words) == 1
        with pytest.raises(cases.KeyUsedForAnotherCase):
            await opened(tx, **{**given, "category_code": "inquiry/other"})


async def test_two_keys_that_begin_alike_are_two_cases_however_long_or_odd(tx: Transaction) -> None:
    who, me = customer(), agent()
    keys = ["k" * 300 + "1", "k" * 300 + "2", "odd\x00key", "half \ud83d"]
    ids = [await opened(tx, customer_id=who, agent_id=me, idempotency_key=key) for key in keys]
    again = [await opened(tx, customer_id=who, agent_id=me, idempotency_key=key) for key in keys]
    assert len(set(ids)) == 4
    assert again == ids


async def test_a_case_opened_before_the_caller_was_known_becomes_his(tx: Transaction) -> None:
    who, talk = customer(), await contact(tx)
    case_id = await opened(tx, customer_id=None, interaction_id=talk.id, facts={"short_code": "3737"})
    assert (await cases.case_alone(tx, case_id)).customer_id is None
    await interactions.identify(tx, interaction_id=talk.id, customer_id=who)
    await cases.add_words(tx, case_id=case_id, text="还有一件事", by="agent:1", interaction_id=talk.id)
    assert (await cases.case_alone(tx, case_id)).customer_id is None, "a number that was only named gives nothing away"
    assert await cases.matters_for_customer(tx, who, language="en") == []
    await interactions.prove_level(tx, interaction_id=talk.id, level=Level.ONE_FACTOR, method="one_time_code")
    for _ in range(2):  # an event may come twice
        await on_identity_proven(tx, IdentityProven(talk.id, who, 2, "one_time_code"))
    assert (await cases.case_alone(tx, case_id)).customer_id == who
    assert (await emitted(tx, case_id)).count("CustomerOfCaseKnown") == 1
    assert (await timeline_of(tx, who)).count("case.opened") == 1
    assert [matter.case_id for matter in await cases.matters_for_customer(tx, who, language="ja")] == [case_id]
    await on_identity_proven(tx, IdentityProven(talk.id, customer(), 2, "one_time_code"))
    assert (await cases.case_alone(tx, case_id)).customer_id == who


async def test_the_next_record_finds_the_customer_even_before_the_event_is_read(tx: Transaction) -> None:
    who, talk = customer(), await contact(tx)
    case_id = await opened(tx, customer_id=None, interaction_id=None)
    await interactions.identify(tx, interaction_id=talk.id, customer_id=who)
    await interactions.prove_level(tx, interaction_id=talk.id, level=Level.ONE_FACTOR, method="one_time_code")
    await cases.add_words(tx, case_id=case_id, text="还有一件事", by="agent:1", interaction_id=talk.id)
    assert (await cases.case_alone(tx, case_id)).customer_id == who


async def test_a_case_is_not_opened_in_somebody_elses_contact(tx: Transaction) -> None:
    talk = await contact(tx, customer())
    with pytest.raises(cases.ContactOfSomebodyElse):
        await opened(tx, interaction_id=talk.id)


async def test_a_category_nobody_knows_is_refused(tx: Transaction) -> None:
    with pytest.raises(cases.CategoryUnknown):
        await opened(tx, category_code="complaint/unheard_of")


async def test_everything_wrong_with_the_form_is_told_at_once(tx: Transaction) -> None:
    with pytest.raises(InputNotUnderstood) as refused:
        await opened(
            tx,
            own_words="a\x00b",
            title="x" * 121,
            facts={"short_code": "three", "Not A Key": "x"},
            declarations=["x"] * 51,
        )
    assert set(refused.value.fields) == {"own_words", "title", "facts.short_code", "facts.Not A Key", "declarations"}


async def test_a_changed_category_is_in_force_from_now_on_and_open_cases_keep_theirs(tx: Transaction) -> None:
    code = "inquiry/other"
    before = await opened(tx, category_code=code)
    edited = {"severity": 1, "name": dict(cases.built_in().categories[code].name), "ask": ["topic", "place"]}
    kept = await cases.keep_category(tx, code=code, definition=edited)
    again = await cases.keep_category(tx, code=code, definition=edited)
    after = await opened(tx, category_code=code)
    old, new = await cases.case(tx, before), await cases.case(tx, after)
    assert (kept.version, again.version) == (2, 3)
    assert (old.case.severity, old.case.category_version, len(old.category.ask)) == (4, 1, 1)
    assert (new.case.severity, new.case.category_version, len(new.category.ask)) == (1, 3, 2)
    assert (await cases.current(tx)).categories[code].severity == 1
    with pytest.raises(cases.CategoryNotUnderstood, match="severity"):
        await cases.keep_category(tx, code=code, definition={**edited, "severity": 9})
    unused = cases.built_in().categories["thanks/service"]
    assert await cases.category(tx, unused.code, unused.version) == unused
    with pytest.raises(cases.CategoryUnknown):
        await cases.category(tx, code, 99)
