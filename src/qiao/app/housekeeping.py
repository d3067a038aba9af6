"""Work that belongs to the house and to no room: sealing the audit, sweeping, next month's partitions."""

from qiao.platform import audit, partitions, rate_limits, sessions, sign_in
from qiao.platform.audit_chain import keep_sealing
from qiao.platform.house import House
from qiao.platform.room import Periodic, Room


async def sweep(house: House) -> None:
    """Forget what no longer counts, each in a transaction of its own."""
    for forget in (sessions.sweep, sign_in.forget_failures, rate_limits.forget_full, audit.forget_seen):
        async with house.database.transaction() as tx:
            await forget(tx)


async def look_ahead(house: House) -> None:
    """Make the partitions of the coming months."""
    async with house.database.transaction() as tx:
        await partitions.ensure_partitions(tx)


HOUSEKEEPING = Room(
    name="platform",
    loops=(keep_sealing,),
    periodics=(
        Periodic("platform.sweep", cron="23 * * * *", run=sweep),
        Periodic("platform.look_ahead", cron="41 3 * * *", run=look_ahead),
    ),
)
