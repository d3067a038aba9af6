"""Customers: who they are as far as we know, which numbers are theirs and since when, and how they prove it."""

from qiao.customers.events import CustomerKnown, NumberChangedHands, ProvingBlocked
from qiao.customers.model import CodeCheck, CodeSent, Customer, NumberPeriod, Snapshot, masked_name
from qiao.customers.operations import (
    choose_elderly_mode,
    choose_language,
    choose_person_first,
    correct_address,
    keep,
    keep_snapshot,
    recognize,
)
from qiao.customers.proving import check_code, send_code
from qiao.customers.queries import customer, customer_of, customers_by_ids, customers_of, holds, numbers_of, snapshot
from qiao.customers.recognition import Finding, account_as_told, look_up
from qiao.customers.tries import check_password, may_try_password, note_wrong

__all__ = [
    "CodeCheck",
    "CodeSent",
    "Customer",
    "CustomerKnown",
    "Finding",
    "NumberChangedHands",
    "NumberPeriod",
    "ProvingBlocked",
    "Snapshot",
    "account_as_told",
    "check_code",
    "check_password",
    "choose_elderly_mode",
    "choose_language",
    "choose_person_first",
    "correct_address",
    "customer",
    "customer_of",
    "customers_by_ids",
    "customers_of",
    "holds",
    "keep",
    "keep_snapshot",
    "look_up",
    "masked_name",
    "may_try_password",
    "note_wrong",
    "numbers_of",
    "recognize",
    "send_code",
    "snapshot",
]
