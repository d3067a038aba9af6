"""What a room brings to the house: its `room.py` exports one `ROOM`, and app reads nothing else of it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from qiao.kernel.events import Event
from qiao.platform.database import Transaction
from qiao.platform.house import House

Hears = Callable[[Transaction, Any], Awaitable[None]]
HearsMany = Callable[[Transaction, Sequence[Any]], Awaitable[None]]
Performs = Callable[..., Awaitable[None]]
TimesOut = Callable[[Transaction, list[str]], Awaitable[None]]
Loops = Callable[[House], Awaitable[None]]


@dataclass(frozen=True)
class Listener:
    """One cursor over the events: for each kind of event, one operation of the listener's own room.

    `together` does for many events, in their order, what `on` does for each, in fewer statements. When it raises, all
    it wrote is undone and each event is heard by itself. Told again sooner than `gather_seconds` after it has read, it
    waits for more: under load it reads many events in one transaction.
    """

    name: str
    on: Mapping[type[Event], Hears]
    together: HearsMany | None = None
    gather_seconds: float = 0.2


@dataclass(frozen=True)
class Job:
    """Deferred work: `run(house, **arguments)`, at least once, so it must bear being run twice."""

    name: str
    run: Performs
    tries_max: int = 5


@dataclass(frozen=True)
class Periodic:
    """Work done by one worker at each tick of a cron line (minutes at the finest; real time)."""

    name: str
    cron: str
    run: Callable[[House], Awaitable[None]]


@dataclass(frozen=True)
class Timer:
    """A kind of timer row: `run(tx, refs)` in one transaction with the removal of those rows."""

    kind: str
    run: TimesOut


@dataclass(frozen=True)
class Room:
    """A room's wiring. `loops` run for ever in each worker (they hold leases of their own)."""

    name: str
    routes: Sequence[Any] = ()
    listeners: Sequence[Listener] = ()
    jobs: Sequence[Job] = ()
    periodics: Sequence[Periodic] = ()
    timers: Sequence[Timer] = ()
    loops: Sequence[Loops] = ()
    rights: Mapping[str, str] = field(default_factory=dict)
    failpoints: Sequence[str] = ()
    register: Callable[[], None] | None = None
    """Fills registries of lower rooms; called once, before anything is served."""
