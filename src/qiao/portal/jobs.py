"""Work the portal's pages leave to a worker."""

from qiao import customers
from qiao.bss import OperatorAway
from qiao.kernel.ids import CustomerId
from qiao.kernel.origin import Origin
from qiao.kernel.service_ids import ServiceId
from qiao.platform.house import House
from qiao.portal.signing_in import PURPOSE


async def send_code(house: House, *, service: str, language: str) -> None:
    """The work behind "send me a code": a customer's number gets one, any other number gets nothing.

    When the operator's system is away, whoever is known here already still gets his code.
    """
    number = ServiceId.from_text(service)
    try:
        known = await customers.recognize(house, number)
    except OperatorAway:
        async with house.database.transaction() as tx:
            known = await customers.customer_of(tx, number)
    async with house.database.transaction() as tx:
        customer_id: CustomerId | None = known.id if known else None
        origin = Origin(channel="web", interaction=None, actor=f"customer:{customer_id or 'unknown'}", flow=None)
        await customers.send_code(
            tx, service=number, purpose=PURPOSE, customer_id=customer_id, language=language, origin=origin
        )
