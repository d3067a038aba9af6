"""The port to the network's own systems: where a SIM is, what is broken where, what a line measures."""

from typing import Protocol, runtime_checkable

from qiao.bss.model_network import AreaFault, LightReading, Sighting
from qiao.kernel.service_ids import ServiceId


@runtime_checkable
class Network(Protocol):
    """Questions only; they raise OperatorAway. Never called while a transaction is open."""

    async def sighting(self, service: ServiceId) -> Sighting | None:
        """Where the SIM is registered now or was last; None for a number that is not known."""
        ...

    async def faults_at(self, service: ServiceId) -> list[AreaFault]:
        """Faults that stand in the area where this line is, oldest first."""
        ...

    async def light(self, service: ServiceId) -> LightReading | None:
        """Measure the fibre line of this login, or of the holder of this number; None where there is none."""
        ...
