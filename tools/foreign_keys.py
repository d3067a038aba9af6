"""Foreign keys point downward only: a lower room's rows never depend on those of a room above it."""

import importlib
import pkgutil
import sys
from collections.abc import Mapping

from sqlalchemy import MetaData

from tools.floors import floors, room_of
from tools.sources import told


def main() -> int:
    """Import every room from the lowest floor up, so that new tables belong to the room just imported."""
    from qiao.platform.database import metadata

    owners: dict[str, str] = {}
    for floor in reversed(floors()):
        for room in floor:
            _import_all(f"qiao.{room}")
            for name in metadata.tables:
                owners.setdefault(name, room)
    return told(upward(metadata, owners))


def upward(metadata: MetaData, owners: Mapping[str, str]) -> list[str]:
    """Each foreign key from a table to another room's table that is not on a lower floor."""
    height = {room: level for level, floor in enumerate(reversed(floors())) for room in floor}
    problems = []
    for table in metadata.tables.values():
        for key in table.foreign_keys:
            target = key.column.table
            own, other = owners[table.key], owners[target.key]
            if own != other and height[other] >= height[own]:
                problems.append(f"{table.key}.{key.parent.name} of {own} points up to {target.key} of {other}")
    return sorted(problems)


def _import_all(package: str) -> None:
    """Import a room and what lies in it; its migrations and __main__ are no tables."""
    try:
        found = importlib.import_module(package)
    except ModuleNotFoundError as error:
        if error.name == package:
            return  # a room that is not built yet
        raise
    for module in pkgutil.walk_packages(found.__path__, f"{package}."):
        if module.name.rpartition(".")[2] == "store" or (module.ispkg and "migrations" not in module.name):
            importlib.import_module(module.name)


if __name__ == "__main__":
    assert room_of("qiao.channels.chat.store") == "channels.chat"
    sys.exit(main())
