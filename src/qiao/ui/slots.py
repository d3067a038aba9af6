"""Places of the shell that rooms fill: a fragment that stands on every desk page and outlives what is swapped there."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from qiao.platform.settings import Settings


@dataclass(frozen=True, slots=True)
class Slot:
    """`href` is fetched into the strip above the bar; `script` is a built module that goes with it.

    Shown to whoever holds `right`, in a house whose settings say so.
    """

    code: str
    href: str
    script: str
    right: str
    when: Callable[[Settings], bool]


_slots: dict[str, Slot] = {}


def register_slot(slot: Slot) -> None:
    """Fill a place; the same code again replaces it. Called from a room's `register`."""
    _slots[slot.code] = slot


def slots(rights: Collection[str], request: Any) -> list[Slot]:
    """What stands there for somebody with these rights."""
    settings: Settings = request.app.state.house.settings
    return [slot for slot in _slots.values() if slot.right in rights and slot.when(settings)]
