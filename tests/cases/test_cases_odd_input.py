"""Whatever is typed or pasted: kept as it was said, refused with the field named, and harmless where it is shown."""

from collections.abc import Mapping

import pytest

from qiao import cases
from qiao.kernel.refused import InputNotUnderstood
from qiao.platform.database import Transaction
from tests.cases.matter_at_hand import agent, customer, opened, timeline_of

HTML = "<script>alert(1)</script> <b>{{ 7*7 }}</b> {title} %s ${HOME} '; drop table cases; --"
OVERRIDE = "Refund \u202egnp.exe\u202c please"


async def test_markup_and_templates_are_words_like_any_other(tx: Transaction) -> None:
    who, me = customer(), agent()
    case_id = await opened(tx, customer_id=who, own_words=HTML, title=HTML[:100], facts={"place": HTML})
    promised = tx.now.replace(year=2027)
    await cases.promise(tx, case_id=case_id, what=HTML, due_at=promised, agent_id=me)
    whole = await cases.case(tx, case_id)
    assert (whole.words[0].text, whole.facts[0].value, whole.promises[0].what) == (HTML, HTML, HTML)
    assert whole.case.title == HTML[:100]
    assert set(await timeline_of(tx, who)) == {"case.opened", "case.promised"}
    assert (await cases.case(tx, case_id)).next_step.say("en")


async def test_a_fact_fills_a_step_as_plain_words_and_nothing_in_it_is_filled_again(tx: Transaction) -> None:
    case_id = await opened(tx, category_code="complaint/billing/disputed_charge", facts={"bill_month": "2026年11月"})
    await cases.add_fact(tx, case_id=case_id, key="charge_name", value="{bill_month} {items}", by="agent:1")
    assert (await cases.case(tx, case_id)).next_step.say("en") == "Read the bill of 2026-11 line by line"
    case_id = await opened(tx)
    await cases.request_information(tx, case_id=case_id, items=["{items}?"], interaction_id=None, agent_id=agent())
    found = (await cases.case_alone(tx, case_id)).customer_id
    assert found is not None
    [matter] = await cases.matters_for_customer(tx, found, language="en")
    assert matter.next_text == "Please send us: {items}?."


async def test_a_direction_override_is_kept_as_evidence_and_never_shown(tx: Transaction) -> None:
    who, me = customer(), agent()
    case_id = await opened(tx, customer_id=who, own_words=OVERRIDE, facts={"text_copy": OVERRIDE, "place": OVERRIDE})
    await cases.promise(tx, case_id=case_id, what=OVERRIDE, due_at=tx.now.replace(year=2027), agent_id=me)
    await cases.add_tried(tx, case_id=case_id, step=OVERRIDE, outcome=OVERRIDE, by=f"agent:{me}")
    whole = await cases.case(tx, case_id)
    assert "\u202e" in whole.words[0].text
    assert all("\u202e" in fact.value for fact in whole.facts)
    shown = [
        whole.words[0].shown,
        whole.case.title,
        whole.promises[0].what,
        whole.tried[0].step,
        whole.tried[0].outcome,
    ]
    shown += [fact.shown for fact in whole.facts]
    assert set(shown) == {"Refund gnp.exe please"}


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a\r\nb\rc", "a\nb\nc"),
        ("half \ud83d of it", "half \ufffd of it"),
        ("bell\x07 and bom\ufeff", "bell and bom"),
        ("e\u0301te\u0301", "été"),
        ("مرحبا 👩‍👩‍👧 नमस्ते", "مرحبا 👩‍👩‍👧 नमस्ते"),
        ("x" * 8_000, "x" * 8_000),
        ("\n" * 4_000 + "x" + "\r\n" * 4_000, "x"),
    ],
)
async def test_what_was_said_is_kept_in_one_way_of_writing(tx: Transaction, text: str, kept: str) -> None:
    case_id = await opened(tx, own_words=text)
    await cases.add_words(tx, case_id=case_id, text=text, by="agent:1")
    assert [words.text for words in (await cases.case(tx, case_id)).words] == [kept, kept]


@pytest.mark.parametrize("text", ["", "   \n\t", "a\x00b", "x" * 8_001, "\u200b\u200d\u202e", "\x07\x08"])
async def test_words_that_say_nothing_or_too_much_open_nothing(tx: Transaction, text: str) -> None:
    who = customer()
    with pytest.raises(InputNotUnderstood) as refused:
        await opened(tx, customer_id=who, own_words=text)
    assert set(refused.value.fields) == {"own_words"}
    assert await cases.matters_of(tx, who) == []
    case_id = await opened(tx)
    with pytest.raises(InputNotUnderstood) as refused:
        await cases.add_words(tx, case_id=case_id, text=text, by="agent:1")
    assert set(refused.value.fields) == {"text"}


@pytest.mark.parametrize(
    "facts",
    [
        {"short_code": "3737; drop"},
        {"short_code": "1" * 21},
        {"charge_amount": "NaN"},
        {"charge_amount": "1e400"},
        {"bill_month": "2026-13"},
        {"other_devices": "perhaps"},
        {"sender_number": "=HYPERLINK(1)"},
        {"place": "x" * 501},
        {"place": "a\x00b"},
        {"a\x00b": "x"},
        {"k" * 41: "x"},
        {"__class__": "x"},
    ],
)
async def test_a_value_that_cannot_be_read_is_refused_by_the_name_of_its_field(
    tx: Transaction, facts: Mapping[str, str]
) -> None:
    case_id = await opened(tx)
    with pytest.raises(InputNotUnderstood) as refused:
        await cases.add_facts(tx, case_id=case_id, facts=facts, by="agent:1")
    assert set(refused.value.fields) == {f"facts.{key}" for key in facts}
    with pytest.raises(InputNotUnderstood):
        await opened(tx, facts=facts)


@pytest.mark.parametrize("text", ["=1+1", "+861390", "-2", "@sum", " =1+1", "\u202e=1"])
async def test_a_formula_is_kept_as_said_and_is_text_in_a_spreadsheet(tx: Transaction, text: str) -> None:
    whole = await cases.case(tx, await opened(tx, own_words=text, facts={"place": text}))
    assert (whole.words[0].text, whole.facts[0].value) == (text.strip(), text.strip())
    for shown in (whole.words[0].text, whole.case.title, whole.facts[0].value):
        assert cases.cell(shown).startswith("'")


@pytest.mark.parametrize("code", ["", "complaint", "../built_in", "a\x00b", "complaint/billing/\ud800", "x" * 10_000])
async def test_a_category_that_is_none_is_refused(tx: Transaction, code: str) -> None:
    with pytest.raises(cases.CategoryUnknown):
        await opened(tx, category_code=code)


@pytest.mark.parametrize("number", ["", "C-261123-0001'", "C-261123-0001\x00", "\ud800", "C-" + "1" * 10_000, "%"])
async def test_a_number_that_is_none_finds_nothing(tx: Transaction, number: str) -> None:
    assert await cases.case_by_number(tx, number) is None
