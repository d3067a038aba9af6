"""What the operator's network says of a line and of a place, as measured at the moment of asking."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from qiao.kernel.service_ids import ServiceId

Access = Literal["mobile", "broadband"]


@dataclass(frozen=True, slots=True)
class Sighting:
    """Where the mobile network last saw a SIM; `country` ISO 3166 in two letters, "" when it was never seen."""

    service: ServiceId
    registered: bool
    country: str
    at: datetime | None

    def abroad(self, home: str) -> bool | None:
        """Whether it is in another country now; None while nobody can tell, as with a phone that is switched off."""
        return self.country != home if self.registered and self.country else None


@dataclass(frozen=True, slots=True)
class AreaFault:
    """A fault that the network operations centre knows of in an area; `until` is when it should be repaired."""

    area: str
    access: Access
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class LightReading:
    """What the exchange measures on a fibre line: received light in dBm, None when there is none."""

    service: ServiceId
    power_dbm: float | None
    online: bool
    """The box at home talks to the exchange."""
    at: datetime
