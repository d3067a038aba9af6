"""What one process carries about: settings, clock, database, files, texts and the ports that app filled."""

from dataclasses import dataclass, field
from typing import TypeVar

from qiao.platform.clock import HouseClock
from qiao.platform.database import Database
from qiao.platform.files import FileStore
from qiao.platform.live import Hub
from qiao.platform.settings import Settings

Port = TypeVar("Port")


@dataclass
class House:
    """Made once by `app` for each process; rooms take what they need from it and keep nothing global."""

    settings: Settings
    clock: HouseClock
    database: Database
    files: FileStore
    hub: Hub
    ports: dict[type[object], object] = field(default_factory=dict)

    def get(self, kind: type[Port]) -> Port:
        """The port of this kind, such as `house.get(bss.Operator)`. Raises LookupError if app filled none."""
        try:
            found = self.ports[kind]
        except KeyError:
            raise LookupError(f"no {kind.__qualname__} in this house") from None
        assert isinstance(found, kind)
        return found
