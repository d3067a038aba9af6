"""Secrets on their way to the operator: sealed by the door that took them, opened where the order is performed.

A new password has to reach the operator and nobody else. The catalogue takes it sealed only, so that no row, event or
log ever has it in clear, and drops even the sealed one when the order is over.
"""

import base64
from typing import Final

from cryptography.fernet import Fernet, InvalidToken

from qiao.kernel.languages import N_
from qiao.kernel.refused import InputNotUnderstood, Refused
from qiao.kernel.service_ids import ServiceId
from qiao.platform.house import House
from qiao.platform.signing import Keys

PURPOSE: Final = "catalogue.sealed"
PREFIX: Final = "sealed."
SECRET_CHARACTERS_MAX: Final = 64
GONE: Final = "•"
"""What stands in an order that is over instead of a secret."""


class SealBroken(Refused):
    """It was not sealed here, or for another number."""

    code = "catalogue.seal_broken"
    status = 400
    text = N_("What was typed cannot be read any more. Nothing was changed; please type it again.")


def seal(house: House, target: ServiceId, secret: str) -> str:
    """A secret for this number as the value of a parameter of kind "secret". Raises InputNotUnderstood."""
    if not 0 < len(secret) <= SECRET_CHARACTERS_MAX:
        raise InputNotUnderstood
    return PREFIX + _fernet(house).encrypt(f"{target}\0{secret}".encode()).decode()


def unseal(house: House, target: ServiceId, sealed: str) -> str:
    """The secret. Raises SealBroken."""
    try:
        about, _, secret = _fernet(house).decrypt(sealed.removeprefix(PREFIX)).decode().partition("\0")
    except InvalidToken:
        raise SealBroken from None
    if about != str(target):
        raise SealBroken
    return secret


def _fernet(house: House) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(house.get(Keys).key(PURPOSE)))
