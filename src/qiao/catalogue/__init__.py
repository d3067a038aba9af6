"""Catalogue: what can be asked and done for a customer, the same on every channel and at the desk."""

from qiao.catalogue.asking import NumberNoLongerHis, ask
from qiao.catalogue.events import OrderDone, OrderPending, OrderPlaced, OrderRefused, OrderUnknown
from qiao.catalogue.guarding import MoneyGuard, register_money_guard
from qiao.catalogue.model import Answer, NeedsConfirmation, NeedsGrant, Order, Parameter, ProofTooLow, Service
from qiao.catalogue.operations import KeyUsedForAnotherOrder, place_order
from qiao.catalogue.queries import order, orders_of, unsettled
from qiao.catalogue.services import service, services
from qiao.catalogue.waiting import wait_for_order

__all__ = [
    "Answer",
    "KeyUsedForAnotherOrder",
    "MoneyGuard",
    "NeedsConfirmation",
    "NeedsGrant",
    "NumberNoLongerHis",
    "Order",
    "OrderDone",
    "OrderPending",
    "OrderPlaced",
    "OrderRefused",
    "OrderUnknown",
    "Parameter",
    "ProofTooLow",
    "Service",
    "ask",
    "order",
    "orders_of",
    "place_order",
    "register_money_guard",
    "service",
    "services",
    "unsettled",
    "wait_for_order",
]
