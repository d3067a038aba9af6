"""Delivery receipts: what became of a message, as centres tell it. Pure. Source: SMPP 3.4 appendix B, 5.2.28, 5.3.2.35.

Receipts are the least standard part of SMPP. The id stands in a TLV or in the text, in decimal or hex, with zeros
before it or without; the state stands in a TLV as a number or in the text as seven letters.
"""

import re
from dataclasses import dataclass
from typing import Final, Literal

from qiao.channels.smpp.model_pdu import MESSAGE_PAYLOAD, MESSAGE_STATE, RECEIPT, RECEIPT_TYPES, RECEIPTED_ID, Pdu

Fate = Literal["under way", "delivered", "failed", "unknown"]
IdForm = Literal["text", "hex", "decimal", "hex in receipts", "decimal in receipts"]
"""How a centre writes ids: as they are; as a number; as a number whose two forms differ."""

STATES: Final[dict[int, Fate]] = {
    1: "under way", 2: "delivered", 3: "failed", 4: "failed", 5: "failed", 6: "under way", 7: "unknown", 8: "failed",
}  # fmt: skip
"""ENROUTE, DELIVERED, EXPIRED, DELETED, UNDELIVERABLE, ACCEPTED, UNKNOWN, REJECTED. Accepted: by the operator, read
"manually", so nobody knows yet whether it arrived."""
WORDS: Final[dict[str, Fate]] = {
    "ENROUTE": "under way", "DELIVRD": "delivered", "EXPIRED": "failed", "DELETED": "failed", "UNDELIV": "failed",
    "ACCEPTD": "under way", "UNKNOWN": "unknown", "REJECTD": "failed", "FAILED": "failed", "SKIPPED": "failed",
}  # fmt: skip
_ID: Final = re.compile(r"\bid:\s*([^\s:\0]+)", re.IGNORECASE)
_STATE: Final = re.compile(r"\bstat:\s*([A-Za-z]{4,10})", re.IGNORECASE)
ID_MAX: Final = 65
"""Characters of a message id (5.2.23); whatever is longer is kept so far, and no row grows without bounds."""
_ERROR: Final = re.compile(r"\berr:\s*(\w{1,6})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one submitted part; `id` is empty where the centre forgot to say of which."""

    id: str
    fate: Fate
    error: str = ""


def receipt_of(pdu: Pdu) -> Receipt | None:
    """The receipt in a deliver_sm or data_sm, or None when it is an ordinary message."""
    if (pdu.number("esm_class") & RECEIPT_TYPES) != RECEIPT:
        return None
    words = (pdu.octets("short_message") or pdu.tlvs.get(MESSAGE_PAYLOAD, b"")).decode("latin-1")
    told = pdu.tlvs.get(RECEIPTED_ID, b"").partition(b"\0")[0].decode("latin-1")
    in_text = _ID.search(words)
    number = pdu.tlvs.get(MESSAGE_STATE, b"")
    state, error = _STATE.search(words), _ERROR.search(words)
    fate = STATES.get(number[0]) if len(number) == 1 else None
    if fate is None:
        fate = WORDS.get(state[1].upper(), "unknown") if state else "unknown"
    code = error[1] if error else ""
    return Receipt(told or (in_text[1] if in_text else ""), fate, code if code.strip("0") else "")


def one_form(message_id: str, form: IdForm, *, in_receipt: bool) -> str:
    """An id as it is kept, so that the id of a response and that of its receipt are equal.

    "hex in receipts": responses say decimal and receipts hex; "decimal in receipts": the other way round.
    """
    words = message_id.strip()[:ID_MAX]
    if form == "text":
        return words
    if form in ("hex", "decimal"):
        base = 16 if form == "hex" else 10
    else:
        base = 16 if in_receipt == (form == "hex in receipts") else 10
    try:
        return str(int(words, base))
    except ValueError:
        return words
