"""Catalogue: what can be asked and done for a customer, the same on every channel and at the desk."""

from qiao.catalogue.asking import NumberNoLongerHis, Question, ask, ask_all
from qiao.catalogue.confirming import (
    ConfirmationNotRight,
    TooManyWrongAnswers,
    Waiting,
    ask_confirmation,
    await_digits,
    confirm,
    waits_for_digits,
)
from qiao.catalogue.consents import hear_consent
from qiao.catalogue.events import OrderDone, OrderPending, OrderPlaced, OrderRefused, OrderUnknown
from qiao.catalogue.guarding import MoneyGuard, register_money_guard
from qiao.catalogue.model import Answer, NeedsConfirmation, NeedsGrant, Order, Parameter, ProofTooLow, Service
from qiao.catalogue.model_consents import digits_of
from qiao.catalogue.model_keywords import Found, example_of, options_named, read_choices, read_rest
from qiao.catalogue.model_terms import (
    FIELDS,
    GROUPS,
    REASONS,
    NotEligible,
    NotOffered,
    PriceHasChanged,
    Rule,
    Undo,
    way_back,
    why_not,
)
from qiao.catalogue.offering import Terms, terms_now
from qiao.catalogue.operations import KeyUsedForAnotherOrder, place_order
from qiao.catalogue.paying import came_back
from qiao.catalogue.pricing import price_now
from qiao.catalogue.queries import order, order_by_key, orders_by_ids, orders_of, unsettled
from qiao.catalogue.receipts import (
    Offer,
    about,
    answer_text,
    final_text,
    money,
    offers,
    receipt_text,
    refusal_text,
    why_text,
)
from qiao.catalogue.registry import Looks, Performs, Tells, register_act, register_look
from qiao.catalogue.sealing import SealBroken, seal
from qiao.catalogue.services import find_by_keyword, service, services
from qiao.catalogue.standing import may_have, standing, undo_of
from qiao.catalogue.waiting import wait_for_order

__all__ = [
    "FIELDS",
    "GROUPS",
    "REASONS",
    "Answer",
    "ConfirmationNotRight",
    "Found",
    "KeyUsedForAnotherOrder",
    "Looks",
    "MoneyGuard",
    "NeedsConfirmation",
    "NeedsGrant",
    "NotEligible",
    "NotOffered",
    "NumberNoLongerHis",
    "Offer",
    "Order",
    "OrderDone",
    "OrderPending",
    "OrderPlaced",
    "OrderRefused",
    "OrderUnknown",
    "Parameter",
    "Performs",
    "PriceHasChanged",
    "ProofTooLow",
    "Question",
    "Rule",
    "SealBroken",
    "Service",
    "Tells",
    "Terms",
    "TooManyWrongAnswers",
    "Undo",
    "Waiting",
    "about",
    "answer_text",
    "ask",
    "ask_all",
    "ask_confirmation",
    "await_digits",
    "came_back",
    "confirm",
    "digits_of",
    "example_of",
    "final_text",
    "find_by_keyword",
    "hear_consent",
    "may_have",
    "money",
    "offers",
    "options_named",
    "order",
    "order_by_key",
    "orders_by_ids",
    "orders_of",
    "place_order",
    "price_now",
    "read_choices",
    "read_rest",
    "receipt_text",
    "refusal_text",
    "register_act",
    "register_look",
    "register_money_guard",
    "seal",
    "service",
    "services",
    "standing",
    "terms_now",
    "undo_of",
    "unsettled",
    "wait_for_order",
    "waits_for_digits",
    "way_back",
    "why_not",
    "why_text",
]
