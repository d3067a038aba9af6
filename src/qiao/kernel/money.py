"""Money as whole minor units: no float ever touches it."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from qiao.kernel.languages import N_
from qiao.kernel.refused import Refused

_SMALLEST = Decimal("0.01")


class AmountNotUnderstood(Refused):
    """The text is no amount with at most two decimals."""

    code = "kernel.amount_not_understood"
    status = 400
    text = N_("“{text}” is not an amount. Write it like 12.80; nothing was changed.")


class CurrenciesDiffer(Refused):
    """Two currencies in one sum."""

    code = "kernel.currencies_differ"
    status = 400
    text = N_("Amounts in {one} and {other} cannot be added; nothing was changed.")


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount in minor units (fen, cents) of one currency (ISO 4217)."""

    minor: int
    currency: str = "CNY"

    @classmethod
    def of(cls, text: str | int | Decimal, currency: str = "CNY") -> "Money":
        """Read "12.80" as 1280 minor units. Raises AmountNotUnderstood for more than two decimals."""
        try:
            amount = Decimal(str(text).strip())
            if not amount.is_finite() or abs(amount) > 10**13 or amount != amount.quantize(_SMALLEST):
                raise InvalidOperation
        except ArithmeticError:
            raise AmountNotUnderstood(text=str(text)[:40]) from None
        return cls(int(amount * 100), currency)

    def _same(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise CurrenciesDiffer(one=self.currency, other=other.currency)

    def __add__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        self._same(other)
        return self.minor < other.minor

    def __le__(self, other: "Money") -> bool:
        self._same(other)
        return self.minor <= other.minor

    def __bool__(self) -> bool:
        return self.minor != 0

    def __str__(self) -> str:
        sign = "-" if self.minor < 0 else ""
        whole, cents = divmod(abs(self.minor), 100)
        return f"{sign}{whole}.{cents:02d}"
