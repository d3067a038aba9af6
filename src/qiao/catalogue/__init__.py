"""Catalogue: what can be asked and done for a customer, the same on every channel and at the desk."""

from qiao.catalogue.asking import NumberNoLongerHis, Question, ask, ask_all
from qiao.catalogue.confirming import (
    ConfirmationNotRight,
    TooManyWrongAnswers,
    Waiting,
    ask_confirmation,
    confirm,
    waits_for_digits,
)
from qiao.catalogue.events import OrderDone, OrderPending, OrderPlaced, OrderRefused, OrderUnknown
from qiao.catalogue.guarding import MoneyGuard, register_money_guard
from qiao.catalogue.model import Answer, NeedsConfirmation, NeedsGrant, Order, Parameter, ProofTooLow, Service
from qiao.catalogue.model_keywords import Found, options_named, read_rest
from qiao.catalogue.operations import KeyUsedForAnotherOrder, place_order
from qiao.catalogue.queries import order, order_by_key, orders_of, unsettled
from qiao.catalogue.receipts import Offer, about, answer_text, money, offers, receipt_text
from qiao.catalogue.services import find_by_keyword, service, services
from qiao.catalogue.waiting import wait_for_order

__all__ = [
    "Answer",
    "ConfirmationNotRight",
    "Found",
    "KeyUsedForAnotherOrder",
    "MoneyGuard",
    "NeedsConfirmation",
    "NeedsGrant",
    "NumberNoLongerHis",
    "Offer",
    "Order",
    "OrderDone",
    "OrderPending",
    "OrderPlaced",
    "OrderRefused",
    "OrderUnknown",
    "Parameter",
    "ProofTooLow",
    "Question",
    "Service",
    "TooManyWrongAnswers",
    "Waiting",
    "about",
    "answer_text",
    "ask",
    "ask_all",
    "ask_confirmation",
    "confirm",
    "find_by_keyword",
    "money",
    "offers",
    "options_named",
    "order",
    "order_by_key",
    "orders_of",
    "place_order",
    "read_rest",
    "receipt_text",
    "register_money_guard",
    "service",
    "services",
    "unsettled",
    "wait_for_order",
    "waits_for_digits",
]
