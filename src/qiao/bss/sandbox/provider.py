"""The sandbox's payment provider: a page of his own, a signed way back, and the truth for whoever asks with the key.

What is paid with is looked at once, on his page, and written down nowhere.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote

from sqlalchemy import RowMapping, select, update
from sqlalchemy.dialects.postgresql import insert

from qiao.bss.model_lines import Payment
from qiao.bss.ports import OperatorAway
from qiao.bss.sandbox.store_lines import payment_pages
from qiao.bss.sandbox.wire import Wired
from qiao.kernel.ids import new_id
from qiao.kernel.money import Money
from qiao.kernel.refused import NotFound
from qiao.platform.database import Database, Transaction
from qiao.platform.signing import LinkNotValid, Signer

GOOD: Final = timedelta(minutes=30)
BACK_SECONDS: Final = 3600.0
NOTICE_SECONDS: Final = 300.0
NOTICE_BYTES_MAX: Final = 4096


class SandboxPayments(Wired):
    """The provider behind the port. `pages`: where his pages stand, "" for nowhere; `signer` seals what he says."""

    def __init__(
        self, database: Database, *, pages: Callable[[], str], signer: Signer, answer_seconds: float = 2.0
    ) -> None:
        super().__init__(database, answer_seconds=answer_seconds)
        self._pages = pages
        self._signer = signer

    async def begin(self, *, key: str, amount: Money, what: str, return_url: str, notice_url: str) -> Payment:
        async def look(tx: Transaction) -> Payment:
            values = {"minor": amount.minor, "currency": amount.currency, "what": what}
            values |= {"return_url": return_url, "notice_url": notice_url}
            made = insert(payment_pages).values(
                ref=f"pay_{new_id()}", key=key, state="waiting", begun_at=tx.now, until=tx.now + GOOD, **values
            )
            await tx.execute(made.on_conflict_do_nothing(index_elements=["key"]))
            row = await tx.one(select(payment_pages).where(payment_pages.c.key == key))
            assert row is not None
            return self._payment(row, tx.now)

        if not self._pages():
            raise OperatorAway
        return await self._ask(key, look)

    def key_of_return(self, token: str, now: datetime) -> str:
        claims = self._signer.read(token, now=now)
        if "key" not in claims:
            raise LinkNotValid
        return str(claims["key"])

    def key_of_notice(self, body: bytes, now: datetime) -> str:
        if len(body) > NOTICE_BYTES_MAX or not body.isascii():
            raise LinkNotValid
        claims = self._signer.read(body.decode().strip(), now=now)
        if "notice" not in claims:  # what a payer carries back is no notice
            raise LinkNotValid
        return str(claims["notice"])

    def way_back(self, row: RowMapping, now: datetime) -> str:
        """Where the payer is sent when he is done: our page, with what says that it is he who comes back."""
        token = self._signer.sign({"key": row["key"]}, now=now, seconds=BACK_SECONDS)
        return f"{row['return_url']}?token={quote(token)}"

    def notice(self, row: RowMapping, now: datetime) -> bytes:
        """What is sent to `notice_url`: which payment was settled, sealed anew for each try."""
        return self._signer.sign({"notice": row["key"]}, now=now, seconds=NOTICE_SECONDS).encode()

    def _payment(self, row: RowMapping, now: datetime) -> Payment:
        over = row["state"] == "waiting" and now >= row["until"]
        url = f"{self._pages()}/{row['ref']}"
        return Payment(row["ref"], url, Money(row["minor"], row["currency"]), "given_up" if over else row["state"])


async def page_of(tx: Transaction, ref: str) -> RowMapping:
    """What stands on a page. Raises NotFound."""
    row = await tx.one(select(payment_pages).where(payment_pages.c.ref == ref))
    if row is None:
        raise NotFound
    return row


async def settle_page(tx: Transaction, ref: str, *, card: str | None) -> str:
    """Pay with a card, or give up with None; returns "paid", "given_up", or "not_a_card" when nothing changed."""
    if card is not None and not looks_like_a_card(card):
        return "not_a_card"
    state = "paid" if card is not None else "given_up"
    open_still = (payment_pages.c.ref == ref) & (payment_pages.c.state == "waiting") & (payment_pages.c.until > tx.now)
    settled = {"state": state, "settled_at": tx.now, "notice_due_at": tx.now}
    await tx.execute(update(payment_pages).where(open_still).values(settled))
    row = await page_of(tx, ref)
    return "paid" if row["state"] == "paid" else "given_up"


def looks_like_a_card(typed: str) -> bool:
    """12 to 19 digits whose check digit is right (ISO/IEC 7812-1, the Luhn formula)."""
    digits = typed.replace(" ", "").replace("-", "")
    if not digits.isascii() or not digits.isdecimal() or not 12 <= len(digits) <= 19:
        return False
    doubled = [int(one) * (2 if place % 2 else 1) for place, one in enumerate(reversed(digits))]
    return sum(one - 9 if one > 9 else one for one in doubled) % 10 == 0
