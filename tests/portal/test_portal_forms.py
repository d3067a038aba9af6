"""A service's parameters as fields: what is offered, what stands chosen, what is told again."""

from datetime import date

import pytest

from qiao.catalogue import Offer, Parameter, Service
from qiao.kernel.money import Money
from qiao.portal.forms import (
    Choice,
    chosen,
    fields_of,
    form_key,
    lacking,
    months_offered,
    spelled_out,
    told,
    with_defaults,
)

TODAY = date(2026, 11, 30)
NAMES = {"en": "Thing", "zh-CN": "东西"}
PARTS = {"now": {"en": "now", "zh-CN": "立即"}, "later": {"en": "later"}}


def service(*parameters: Parameter, kind: str = "act") -> Service:
    return Service("thing", NAMES, kind, 2, parameters)  # type: ignore[arg-type]


def test_each_kind_of_parameter_has_the_field_that_fits_it() -> None:
    wanted = service(
        Parameter("month", "month", names={"en": "Month"}),
        Parameter("starts", "choice", default="now", options=PARTS, names={"en": "From when", "zh-CN": "何时"}),
        Parameter("plan", "code", among="plans_offered"),
        Parameter("address", "line"),
        Parameter("pin", "secret"),
        Parameter("to", "number", needed=False),
        Parameter("sum", "amount", example="50"),
        Parameter("mail", "email"),
        Parameter("note", "text"),
        Parameter("short", "digits"),
    )
    offers = {"plan": [Offer("a", {"en": "A"}, Money.of("19")), Offer("b", {"en": "B"})]}
    fields = fields_of(wanted, language="en", today=TODAY, offered=offers, given={"address": "x", "pin": "1234"})
    shown = {one.name: one for one in fields}
    assert [one.control for one in fields] == [
        *("month", "options", "offers", "long", "secret"),
        *("line", "line", "line", "line", "line"),
    ]
    assert (shown["p.month"].label, shown["p.month"].value) == ("Month", "2026-11")
    assert shown["p.starts"].choices == (Choice("now", "now"), Choice("later", "later"))
    assert shown["p.starts"].value == "now"
    assert shown["p.plan"].choices == (Choice("a", "A", Money.of("19")), Choice("b", "B"))
    assert (shown["p.plan"].label, shown["p.plan"].value) == ("plan", "")
    assert (shown["p.address"].value, shown["p.pin"].value) == ("x", "")
    assert (shown["p.to"].type, shown["p.to"].needed) == ("tel", False)
    assert (shown["p.sum"].input_mode, shown["p.sum"].example) == ("decimal", "50")
    assert (shown["p.mail"].type, shown["p.short"].input_mode, shown["p.note"].type) == ("email", "numeric", "text")


def test_what_alone_can_be_chosen_is_chosen_and_what_he_chose_stays() -> None:
    wanted = service(Parameter("plan", "code", among="plans_offered"))
    one = {"plan": [Offer("a", {"en": "A"})]}
    assert fields_of(wanted, language="en", today=TODAY, offered=one, given={})[0].value == "a"
    two = {"plan": [Offer("a", {"en": "A"}), Offer("b", {"en": "B"})]}
    assert fields_of(wanted, language="en", today=TODAY, offered=two, given={"plan": "b"})[0].value == "b"
    assert fields_of(wanted, language="en", today=TODAY, offered={}, given={})[0].choices == ()


def test_a_month_stands_where_its_default_says_and_twelve_are_offered_over_the_new_year() -> None:
    last = service(Parameter("month", "month", default="last_month"), kind="look")
    assert fields_of(last, language="en", today=TODAY, offered={}, given={})[0].value == "2026-10"
    months = months_offered(date(2026, 2, 1))
    assert (months[0], months[1], months[2], months[-1], len(months)) == (
        "2026-02",
        "2026-01",
        "2025-12",
        "2025-03",
        12,
    )


def test_a_look_lacks_only_what_it_needs_and_has_no_default() -> None:
    assert not lacking(service(kind="look"), {})
    assert not lacking(service(Parameter("month", "month", default="last_month"), kind="look"), {})
    assert not lacking(service(Parameter("note", "text", needed=False), kind="look"), {})
    wanted = service(Parameter("short", "digits"), kind="look")
    assert lacking(wanted, {})
    assert not lacking(wanted, {"short": "3737"})


def test_of_a_form_only_parameters_with_something_in_them_are_taken() -> None:
    sent = [("p.a", "x"), ("p.b", " "), ("key", "k"), ("p.c", b"file"), ("_csrf", "t")]
    assert told(sent) == {"a": "x"}


@pytest.mark.parametrize("bad", [None, 7, "", "short", "x" * 65, "with space 1", "clé-00000001", "a/../b-000"])
def test_what_can_be_no_key_of_a_form_is_none(bad: object) -> None:
    assert form_key(bad) is None


def test_a_key_is_taken_as_it_is() -> None:
    assert form_key("0190aaaa-0000-7000-8000-000000000000") == "0190aaaa-0000-7000-8000-000000000000"


def test_what_was_chosen_is_named_with_its_price() -> None:
    wanted = service(Parameter("note", "text"), Parameter("plan", "code", among="plans_offered"))
    offers = {"plan": [Offer("a", {"en": "A"}, Money.of("19"))]}
    fields = fields_of(wanted, language="en", today=TODAY, offered=offers, given={})
    assert chosen(fields, {"plan": "a"}) == ("A", Money.of("19"))
    assert chosen(fields, {"plan": "z"}) == ("", None)
    assert chosen([], {"plan": "a"}) == ("", None)


def test_what_stands_chosen_counts_as_given() -> None:
    wanted = service(Parameter("month", "month"), Parameter("note", "text", needed=False), kind="look")
    fields = fields_of(wanted, language="en", today=TODAY, offered={}, given={})
    assert with_defaults(fields, {"note": ""}) == {"month": "2026-11"}
    assert with_defaults(fields, {"month": "2026-10", "note": "x"}) == {"month": "2026-10", "note": "x"}


def test_an_order_is_spelled_out_without_secrets_and_references() -> None:
    wanted = service(
        Parameter("starts", "choice", options=PARTS, names={"zh-CN": "何时", "en": "From when"}),
        Parameter("pin", "secret"),
        Parameter("ref", "text", among="services_list"),
        Parameter("line", "reference"),
        Parameter("address", "line"),
        Parameter("note", "text"),
    )
    given = {"starts": "now", "pin": "1234", "ref": "r", "line": "l", "address": "新街口1号"}
    assert spelled_out(wanted, given, "zh-CN") == [("何时", "立即"), ("address", "新街口1号")]
    assert spelled_out(wanted, {"starts": "later"}, "zh-CN") == [("何时", "later")]
    assert spelled_out(wanted, {"starts": "gone"}, "en") == [("From when", "gone")]
