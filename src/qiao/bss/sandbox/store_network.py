"""The sandbox's network: faults by area, and lines that are not as they should be."""

from sqlalchemy import Boolean, Column, DateTime, Float, Index, Table, Text

from qiao.bss.sandbox.store import SCHEMA
from qiao.platform.database import metadata

area_faults = Table(
    "area_faults",
    metadata,
    Column("ref", Text, primary_key=True),
    Column("area", Text, nullable=False),
    Column("access", Text, nullable=False),
    Column("since", DateTime(timezone=True), nullable=False),
    Column("until", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True)),
    Index("ix_sandbox_area_faults_open", "area", postgresql_where="ended_at is null"),
    schema=SCHEMA,
)
"""`area` is how addresses in it begin; `until` is what the repairers expect."""

line_readings = Table(
    "line_readings",
    metadata,
    Column("service", Text, primary_key=True),
    Column("registered", Boolean, nullable=False),
    Column("country", Text, nullable=False),
    Column("power_dbm", Float),
    Column("at", DateTime(timezone=True), nullable=False),
    schema=SCHEMA,
)
"""Lines that are not as usual; all others are registered at home, and their light is good."""
