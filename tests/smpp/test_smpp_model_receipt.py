"""Receipts as centres really write them."""

import pytest

from qiao.channels.smpp import model_pdu as smpp
from qiao.channels.smpp.model_pdu import Pdu
from qiao.channels.smpp.model_receipt import Receipt, one_form, receipt_of

USUAL = "id:0123 sub:001 dlvrd:001 submit date:2611241200 done date:2611241201 stat:DELIVRD err:000 text:Hello"


@pytest.mark.parametrize(
    ("words", "tlvs", "told"),
    [
        (USUAL, {}, Receipt("0123", "delivered")),
        (USUAL.replace("DELIVRD err:000", "UNDELIV err:104"), {}, Receipt("0123", "failed", "104")),
        (USUAL.replace("DELIVRD", "EXPIRED"), {}, Receipt("0123", "failed")),
        (USUAL.replace("DELIVRD", "delivrd"), {}, Receipt("0123", "delivered")),
        (USUAL.replace("DELIVRD", "ENROUTE"), {}, Receipt("0123", "under way")),
        (USUAL.replace("DELIVRD", "ACCEPTD"), {}, Receipt("0123", "under way")),
        (USUAL.replace("DELIVRD", "GIBBERISH"), {}, Receipt("0123", "unknown")),
        (USUAL.replace("stat:DELIVRD", "stat:"), {}, Receipt("0123", "unknown")),
        (USUAL.replace("2611241200", "000000"), {}, Receipt("0123", "delivered")),
        ("ID:7 STAT:DELIVRD", {}, Receipt("7", "delivered")),
        ("id: 7 stat: DELIVRD", {}, Receipt("7", "delivered")),
        ("stat:DELIVRD err:000", {}, Receipt("", "delivered")),
        ("", {smpp.RECEIPTED_ID: b"A330\0", smpp.MESSAGE_STATE: b"\2"}, Receipt("A330", "delivered")),
        (USUAL, {smpp.MESSAGE_STATE: b"\5"}, Receipt("0123", "failed")),
        (USUAL, {smpp.MESSAGE_STATE: b"\x63"}, Receipt("0123", "delivered")),
        (USUAL, {smpp.MESSAGE_STATE: b""}, Receipt("0123", "delivered")),
        ("\x00\xff noise", {}, Receipt("", "unknown")),
    ],
)
def test_a_receipt_says_of_which_message_and_what_became_of_it(
    words: str, tlvs: dict[int, bytes], told: Receipt
) -> None:
    fields = {"esm_class": 0x04, "short_message": words.encode("latin-1")}
    assert receipt_of(Pdu(smpp.DELIVER_SM, fields=fields, tlvs=tlvs)) == told


def test_an_ordinary_text_that_looks_like_a_receipt_is_none() -> None:
    assert receipt_of(Pdu(smpp.DELIVER_SM, fields={"short_message": USUAL.encode()})) is None
    assert receipt_of(Pdu(smpp.DELIVER_SM, fields={"esm_class": 0x40, "short_message": USUAL.encode()})) is None


@pytest.mark.parametrize(
    ("form", "answered", "in_receipt"),
    [
        ("text", "00ab ", "00ab"),
        ("hex", "00AB", "ab"),
        ("decimal", "0171", "171"),
        ("hex in receipts", "171", "AB"),
        ("decimal in receipts", "ab", "0171"),
        ("hex", "not-hex", "not-hex"),
    ],
)
def test_the_two_forms_of_an_id_are_one(form: str, answered: str, in_receipt: str) -> None:
    assert one_form(answered, form, in_receipt=False) == one_form(in_receipt, form, in_receipt=True)
