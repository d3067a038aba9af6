"""Who is behind a cookie: staff by their roles now, customers by the number they signed in with."""

from qiao import customers, staff
from qiao.kernel.ids import CustomerId
from qiao.kernel.service_ids import ServiceId
from qiao.platform import sessions
from qiao.platform.database import Transaction
from qiao.platform.house import House
from qiao.platform.policy import Actor
from qiao.platform.sessions import Audience, Session


async def authenticate(house: House, side: Audience, token: str, by_hand: bool) -> Actor | None:
    """The actor, or None: unknown, over, locked, has left, or the number belongs to somebody else by now.

    Only what he did himself (`by_hand`) keeps his screen from being locked.
    """
    async with house.database.transaction() as tx:
        session = await sessions.find(tx, token=token, audience=side)
        if session is None or session.is_locked(tx.now, house.settings.session_idle_seconds_max):
            return None
        found = await staff.actor(tx, session) if side == "staff" else await _customer(tx, session)
        if found is not None and by_hand:
            await sessions.touch(tx, session, idle_seconds_max=house.settings.session_idle_seconds_max)
    return found


async def _customer(tx: Transaction, session: Session) -> Actor | None:
    service = str(session.data.get("service", ""))
    customer_id = CustomerId(session.subject_id)
    if not service or not await customers.holds(tx, customer_id, ServiceId.from_text(service)):
        return None
    found = await customers.customer(tx, customer_id)
    return Actor(
        kind="customer",
        id=customer_id,
        name=found.name,
        unit_id=found.unit_id,
        rights=frozenset(),
        language=session.language or found.language,
        session_id=session.id,
        csrf=session.csrf,
        level=session.level,
        service=service,
    )
