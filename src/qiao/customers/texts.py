"""The room's words to customers, in nine languages."""

from typing import Final

from qiao.platform.i18n import CustomerTexts

TEXTS: Final = CustomerTexts.load("qiao.customers")
