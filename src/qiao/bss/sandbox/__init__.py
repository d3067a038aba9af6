"""The sandbox operator: customers, products, usage, bills; small but honest, on the one clock, behind the ports."""

from qiao.bss.sandbox.filling import (
    charge_late,
    fill,
    misbehave,
    party_ref,
    plant_unwanted_subscription,
    send_text,
    texts_to,
    transfer_number,
)
from qiao.bss.sandbox.operator import SandboxOperator
from qiao.bss.sandbox.people import CAST, UNITS, Person

__all__ = [
    "CAST",
    "UNITS",
    "Person",
    "SandboxOperator",
    "charge_late",
    "fill",
    "misbehave",
    "party_ref",
    "plant_unwanted_subscription",
    "send_text",
    "texts_to",
    "transfer_number",
]
