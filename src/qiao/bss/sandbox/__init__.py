"""The sandbox operator: customers, products, usage, bills; small but honest, on the one clock, behind the ports."""

from qiao.bss.sandbox.filling import (
    charge_late,
    fill,
    mails_to,
    misbehave,
    owe,
    party_ref,
    plant_unwanted_subscription,
    print_voucher,
    send_text,
    set_price,
    texts_to,
    transfer_number,
)
from qiao.bss.sandbox.lines import SandboxLines
from qiao.bss.sandbox.network import SandboxNetwork, break_area, put_reading, repair_area
from qiao.bss.sandbox.notices import due_notices, note_told
from qiao.bss.sandbox.operator import SandboxOperator
from qiao.bss.sandbox.people import CAST, UNITS, Person
from qiao.bss.sandbox.provider import SandboxPayments, looks_like_a_card, page_of, settle_page

__all__ = [
    "CAST",
    "UNITS",
    "Person",
    "SandboxLines",
    "SandboxNetwork",
    "SandboxOperator",
    "SandboxPayments",
    "break_area",
    "charge_late",
    "due_notices",
    "fill",
    "looks_like_a_card",
    "mails_to",
    "misbehave",
    "note_told",
    "owe",
    "page_of",
    "party_ref",
    "plant_unwanted_subscription",
    "print_voucher",
    "put_reading",
    "repair_area",
    "send_text",
    "set_price",
    "settle_page",
    "texts_to",
    "transfer_number",
]
