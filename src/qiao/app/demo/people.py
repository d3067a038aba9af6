"""The customers of the sandbox's cast, as the demo names them."""

from dataclasses import dataclass

from qiao.bss import sandbox
from qiao.kernel.service_ids import ServiceId


@dataclass(frozen=True, slots=True)
class Person:
    """A customer to play, named in the handset's list."""

    service: ServiceId
    name: str
    about: str


def people() -> tuple[Person, ...]:
    """Everybody who has a part."""
    return tuple(Person(one.service, one.name, one.about) for one in sandbox.CAST)
