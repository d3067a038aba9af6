"""What customers are told of looks and orders: in nine languages, complete, short, the same on every channel."""

from datetime import UTC, datetime

import pytest

from qiao.bss import Allowance, Balance, Bill, BillLine, BillSummary, Plan, Subscription, UsageSum
from qiao.catalogue.model import Order, State
from qiao.catalogue.receipts import answer_text, confirmation_text, offers, receipt_text
from qiao.catalogue.services import service
from qiao.kernel.ids import CustomerId, OrderId, new_id
from qiao.kernel.languages import LANGUAGES
from qiao.kernel.money import Money
from qiao.kernel.origin import Origin
from qiao.kernel.service_ids import ServiceId

AT = datetime(2026, 11, 24, 5, 30, tzinfo=UTC)
ZONE = "Asia/Shanghai"
PLAN = Plan(
    "free59",
    {"zh-CN": "畅享 59", "en": "Free 59"},
    Money.of("59.00"),
    (Allowance("data", 20_480, 10_240, "MB"), Allowance("voice", 300, 20, "min"), Allowance("sms", 0, 0, "sms")),
)
RING = Subscription(
    "s1", "ringback", {"zh-CN": "个性彩铃", "en": "Ring-back tone"}, "12530", "", "12530", Money.of("5.00"), AT, "him"
)
LINE = BillLine("l1", AT, "plan", {"zh-CN": "套餐", "en": "Plan"}, Money.of("59.00"))
ANSWERS = {
    "balance": Balance(Money.of("50.00"), AT, Money.of("0")),
    "plan": PLAN,
    "plans_offered": [PLAN],
    "bill": Bill("2026-10", (LINE,), Money.of("59.00"), "issued", None),
    "bills": [BillSummary("2026-10", Money.of("59.00"), "issued")],
    "usage": [UsageSum("data", 500, "MB", Money(0)), UsageSum("voice", 20, "min", Money.of("3.00"))],
    "services_list": [RING],
}


def order(state: State, reason: str = "") -> Order:
    return Order(
        id=OrderId(new_id()),
        code="cancel_subscription",
        customer_id=CustomerId(new_id()),
        target=ServiceId("mobile", "+8613900000001"),
        parameters={},
        state=state,
        reason=reason,
        actor="customer:x",
        basis="self",
        origin=Origin("sms"),
        placed_at=AT,
        finished_at=None,
        tries=1,
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", ANSWERS)
def test_every_answer_is_told_in_every_language(code: str, language: str) -> None:
    told = answer_text(service(code), ANSWERS[code], language, zone=ZONE)
    assert told
    assert "{" not in told
    assert len(told) <= 134, "two short messages at the most"
    if code == "balance":
        assert "50" in told


def test_an_answer_says_what_matters_in_chinese_and_english() -> None:
    assert (
        answer_text(service("balance"), ANSWERS["balance"], "zh-CN", zone=ZONE) == "余额¥50.00（截至11月24日 13:30）。"
    )
    assert answer_text(service("plan"), PLAN, "en", zone=ZONE) == (
        "Your plan: Free 59, CN¥59.00 a month. Left this month: data 10 GB; calls 280 min."
    )
    assert answer_text(service("services_list"), [RING], "zh-CN", zone=ZONE) == "您有1项增值业务：个性彩铃 ¥5.00。"
    told = answer_text(service("usage"), ANSWERS["usage"], "zh-CN", zone=ZONE)
    assert told == "已用：流量500MB；语音20分钟 (¥3.00)。"
    running = Bill("2026-11", (LINE,), Money.of("59.00"), "open", None)
    assert answer_text(service("bill"), running, "zh-CN", zone=ZONE).startswith("2026年11月至今¥59.00（尚未出账）")


@pytest.mark.parametrize("value", [None, []])
def test_nothing_there_is_said_as_such(value: object) -> None:
    assert answer_text(service("services_list"), value, "en", zone=ZONE) == "“Value-added services”: there is nothing."


def test_a_long_list_is_cut_and_says_so() -> None:
    told = answer_text(service("services_list"), [RING] * 9, "en", zone=ZONE)
    assert told.count("Ring-back") == 4
    assert "…" in told


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_receipt_is_told_in_every_language(language: str) -> None:
    asked = service("cancel_subscription")
    told = [receipt_text(asked, order(state), language, what="X") for state in ("done", "pending", "unknown")]
    told += [receipt_text(asked, order("refused", why), language) for why in ("not_running", "some_new_reason")]
    told += [confirmation_text(asked, "4821", language, what="X", price=price) for price in (None, Money.of("5.00"))]
    assert len(set(told)) == 6, "pending and unknown are the same to him: we do not know yet"
    assert all(words and "{" not in words for words in told)
    assert all("4821" in words for words in told[-2:])


def test_what_may_be_chosen_has_a_value_a_name_and_a_price() -> None:
    [ring, plan] = offers([RING, PLAN])
    assert (ring.value, ring.name("zh-CN"), ring.name("fr"), ring.price) == (
        "s1",
        "个性彩铃",
        "Ring-back tone",
        Money.of("5.00"),
    )
    assert (plan.value, plan.price) == ("free59", Money.of("59.00"))
    assert offers(None) == []
    assert offers([ANSWERS["balance"]]) == []
