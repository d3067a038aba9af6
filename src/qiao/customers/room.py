"""Wiring of customers."""

from qiao.customers import jobs
from qiao.platform.room import Periodic, Room

ROOM = Room(
    name="customers",
    periodics=(Periodic("customers.forget_codes", cron="*/10 * * * *", run=jobs.forget_codes),),
    rights={"customers.break_glass": "look at a customer without a contact or a case, with a reason, on record"},
)
