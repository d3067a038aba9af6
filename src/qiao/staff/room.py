"""Wiring of staff: tables and rights; it serves no page of its own."""

from qiao.platform.room import Room
from qiao.staff import store

assert store.agents is not None

ROOM = Room(name="staff", rights={"staff.administer": "set up staff, roles and units", "audit.read": "read the audit"})
