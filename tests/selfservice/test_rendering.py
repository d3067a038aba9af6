"""One output said as text, SMS, chat, form and script."""

from __future__ import annotations

import pytest

from qiao.bss import Allowance, Balance, Bill, BillLine, BillSummary, Plan, Subscription, UsageSum
from qiao.kernel.languages import LANGUAGES
from qiao.kernel.money import Money
from qiao.selfservice.facts import facts_of
from qiao.selfservice.model_session import Option, Output
from qiao.selfservice.rendering import as_chat, as_form, as_script, as_sms, as_text, one_sms, said, words
from tests.selfservice.writing import NOW

HELLO = Output("say", "f", "hello", "Hello.", do=("restart",), look=("bars",))
MENU = Output("menu", "f", "m", "Which?", (Option("1", "Bill"), Option("2", "Balance")), look=("speed",))
SURE = Output("ask", "f", "q", "Sure?", answer="yes_no")
MONTH = Output("ask", "f", "q", "Which month?", answer="month")
WORDS = Output("ask", "f", "q", "What happened?", answer="text")
CODE = Output("code", "f", "who")
PASSWORD = Output("password", "f", "who")
PRICE = Output("yes", "f", "buy", terms={"what": "10 GB", "price": "10.00", "digits": "4821"})


def test_a_text_menu_has_its_choices_on_lines_of_their_own_and_a_person_among_them() -> None:
    assert as_text([HELLO, MENU], "en") == "Hello.\nWhich?\n1  Bill\n2  Balance\n0  a person"
    assert as_text([HELLO, MENU], "en", elderly=True).splitlines()[2] == "0  a person"
    assert as_text([SURE], "fr") == "Sure?\n1  oui\n2  non\n0  un conseiller"
    assert as_text([HELLO], "en") == "Hello."
    assert as_text([], "en") == ""


def test_an_sms_is_one_text_and_leaves_the_person_out_rather_than_cost_a_second() -> None:
    assert as_sms([HELLO, MENU], "en") == "Hello.\nWhich?\n1 Bill\n2 Balance\n0 a person"
    long = Output("menu", "f", "m", "x" * 145, (Option("1", "Bill"),))
    assert as_sms([long], "en") == "x" * 145 + "\n1 Bill"
    assert as_sms([long], "en", elderly=True).endswith("0 a person")
    longer = Output("menu", "f", "m", "x" * 200, (Option("1", "Bill"),))
    assert as_sms([longer], "en").endswith("0 a person")
    assert as_sms([HELLO], "en") == "Hello."


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("a" * 160, True),
        ("a" * 161, False),
        ("好" * 70, True),
        ("好" * 71, False),
        ("😀" * 36, False),
        ("€" * 81, False),
    ],
)
def test_one_sms_is_160_letters_or_70_signs(text: str, fits: bool) -> None:
    assert one_sms(text) == fits


def test_a_chat_has_bubbles_with_quick_replies_under_the_last() -> None:
    bubbles = as_chat([HELLO, MENU], "en")
    assert [one.text for one in bubbles] == ["Hello.", "Which?"]
    assert [one.key for one in bubbles[-1].quick_replies] == ["1", "2", "0"]
    assert as_chat([PASSWORD], "en")[0].secret
    assert not as_chat([MENU], "en")[0].secret
    assert as_chat([HELLO], "en")[0].quick_replies == ()
    assert as_chat([], "en") == []
    assert as_chat([Output("menu", "f", "m", "", (Option("1", "x"),))], "en")[0].text == ""


def test_a_form_has_buttons_or_one_field_and_needs_no_script() -> None:
    form = as_form([HELLO, MENU], "en")
    assert (form.sentences, form.question, form.field) == (("Hello.",), "Which?", "")
    assert [one.key for one in form.buttons] == ["1", "2"]
    assert as_form([MONTH], "en").field == "month"
    assert (as_form([WORDS], "en").field, as_form([WORDS], "en").wide) == ("text", True)
    assert (as_form([CODE], "en").field, as_form([CODE], "en").input_mode) == ("text", "numeric")
    assert as_form([PASSWORD], "en").field == "password"
    assert as_form([PRICE], "en").input_mode == "numeric"
    over = as_form([HELLO], "ar")
    assert (over.question, over.field, over.buttons, over.right_to_left) == ("", "", (), True)


def test_the_agent_reads_out_what_to_say_and_never_asks_for_a_secret() -> None:
    script = as_script([HELLO, MENU], "en")
    assert script.say == ("Hello.", "Which?")
    assert (script.do, script.look) == (("restart",), ("bars", "speed"))
    assert [one.text for one in script.hears] == ["Bill", "Balance"]
    assert as_script([MONTH], "en").asks == "month"
    assert as_script([CODE], "en").never_asks
    assert not as_script([HELLO], "en").never_asks


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_price_and_the_digits_are_said_in_every_language(language: str) -> None:
    told = said(PRICE, language)
    assert "10.00" in told
    assert "4821" in told
    free = said(Output("yes", "f", "x", terms={"what": "10 GB"}), language)
    assert words("the_digits", language) in free
    for kind in ("unclear", "no_back", "wait", "handed", "callback", "cancelled", "code", "password", "wrong"):
        assert said(Output(kind, "f", "x"), language)
        assert said(Output(kind, "f", "x", "own words"), language) == "own words"


def test_what_the_operator_says_becomes_plain_facts_in_the_language() -> None:
    names = {"zh-CN": "新闻", "en": "News"}
    bill = Bill("2026-10", (BillLine("L1", NOW, "plan", names, Money(800)),), Money(800), "issued", None, Money(100))
    assert facts_of(bill, "fr") == {
        "month": "2026-10", "total": "8.00", "due": "7.00", "held": "1.00", "lines": 1,
        "rows": [("L1", "新闻 8,00 CNY")], "list": "新闻 8,00 CNY",
    }  # fmt: skip
    assert facts_of(Balance(Money(-5), NOW, Money(0)), "en") == {
        "amount": "-0.05",
        "owed": True,
        "credit_limit": "0.00",
    }
    plan = Plan("p", names, Money(5900), (Allowance("data", 100, 40, "MB"), Allowance("voice", 10, 20, "min")))
    assert facts_of(plan, "en") == {
        "name": "News", "code": "p", "fee": "59.00", "data_left": 60, "data_total": 100, "data_used": 40,
        "voice_left": 0,
    }  # fmt: skip
    one = Subscription("S1", "c", names, "p", "P", "3737", Money(800), NOW, "sms")
    assert facts_of([one, one], "en")["fee"] == "16.00"  # type: ignore[index]
    assert facts_of([BillSummary("2026-10", Money(1), "issued")], "en")["rows"] == [("2026-10", "2026-10 CN¥0.01")]  # type: ignore[index]
    assert facts_of([UsageSum("data", 5, "MB", Money(3))], "en")["charge"] == "0.03"  # type: ignore[index]
    assert facts_of([plan], "en")["rows"] == [("p", "News CN¥59.00")]  # type: ignore[index]
    assert facts_of([{"ref": "r", "name": "n"}], "en")["rows"] == [("r", "n")]  # type: ignore[index]
    assert facts_of({"points": 30, "left": Money(5), "names": names, "at": NOW, "odd": object()}, "en") == {
        "points": 30, "left": "0.05", "names": "News", "at": NOW.isoformat(),
    }  # fmt: skip
    assert facts_of(UsageSum("data", 5, "MB", Money(3)), "en") == {
        "kind": "data", "quantity": 5, "unit": "MB", "charge": "0.03",
    }  # fmt: skip
    assert facts_of(7, "en") == {"value": 7}
    assert facts_of(NOW, "en") == {"value": str(NOW)}
    assert facts_of(None, "en") is None
