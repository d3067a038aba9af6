"""What became of an order placed by text, told by text."""

from qiao import catalogue
from qiao.kernel.ids import OrderId
from qiao.platform.database import Transaction


async def tell(tx: Transaction, *, order_id: OrderId) -> None:
    """The receipt of an order that was placed by text; of any other nothing is said here."""
    order = await catalogue.order(tx, order_id)
    if order.origin.channel != "sms":
        return
