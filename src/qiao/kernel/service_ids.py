"""What a customer is served on: a mobile number, a broadband login or a set-top box."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal, cast

import phonenumbers

from qiao.kernel.languages import N_
from qiao.kernel.refused import Refused

Kind = Literal["mobile", "broadband", "tv"]


class NumberNotUnderstood(Refused):
    """The text is no number, login or box that could be served."""

    code = "kernel.number_not_understood"
    status = 400
    text = N_("“{text}” is not a number we can read. Check the digits and try again; nothing was changed.")


@dataclass(frozen=True, slots=True)
class ServiceId:
    """One service as the operator knows it; a mobile number is held in E.164."""

    kind: Kind
    value: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.value}"

    def __repr__(self) -> str:
        """Masked: what an error quotes ends in logs."""
        return f"ServiceId({self.kind}:{self.value[:3]}****{self.value[-4:] if len(self.value) > 10 else ''})"

    @classmethod
    def from_text(cls, text: str) -> "ServiceId":
        """The reverse of `str()`."""
        kind, _, value = text.partition(":")
        if kind not in ("mobile", "broadband", "tv") or not value:
            raise NumberNotUnderstood(text=text[:40])
        return cls(cast(Kind, kind), value)

    @property
    def national(self) -> str:
        """As people dial it at home: 13912345678."""
        if self.kind != "mobile":
            return self.value
        return str(phonenumbers.national_significant_number(phonenumbers.parse(self.value)))

    def masked(self) -> str:
        """Enough to recognize, too little to use: "139 **** 5678"."""
        digits = self.national
        if len(digits) < 7:
            return "*" * len(digits)
        return f"{digits[:3]} **** {digits[-4:]}"

    def masked_with_country(self) -> str:
        """The same of somebody whom we do not know, who may be from anywhere: "+86 139 **** 5678"."""
        if self.kind != "mobile":
            return self.masked()
        return f"+{phonenumbers.parse(self.value).country_code} {self.masked()}"


def parse_service_id(text: str, region: str = "CN") -> ServiceId:
    """Read what a person typed: full-width digits, spaces, +86, 0086, or "broadband:login" / "tv:box".

    Raises NumberNotUnderstood. Short codes and emergency numbers are no customers and are refused too.
    """
    plain = unicodedata.normalize("NFKC", text or "").strip()
    if len(plain) > 64:
        raise NumberNotUnderstood(text=plain[:40])
    kind, sep, rest = plain.partition(":")
    if sep and kind in ("broadband", "tv") and re.fullmatch(r"[A-Za-z0-9._@-]{3,48}", rest):
        return ServiceId(cast(Kind, kind), rest.lower())
    if sep and kind == "mobile":
        plain = rest
    try:
        parsed = phonenumbers.parse(re.sub(r"^00", "+", plain), region)
    except phonenumbers.NumberParseException:
        raise NumberNotUnderstood(text=plain[:40]) from None
    if not phonenumbers.is_valid_number(parsed):
        raise NumberNotUnderstood(text=plain[:40])
    return ServiceId("mobile", phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))
