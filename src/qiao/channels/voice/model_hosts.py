"""Which dead workers' calls a worker may take: those of its own machine, whose Asterisk it commands. Pure.

Another machine's calls go on in an Asterisk that cannot be asked from here; they are given up for lost only once nobody
there has taken them for so long that the machine must be gone.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

NAMED: Final = "qiao-"
GONE_SECONDS: Final = 60.0
"""A machine that restarts its workers has one within seconds; a caller of one that is gone hears nothing any more."""


def worker_name(host: str, mark: str) -> str:
    """What a worker is called: `host` is the same for all of one machine, `mark` for no other."""
    return f"{NAMED}{host}-{mark}"


def host_of(name: str) -> str:
    """The machine in a worker's name; "" for one that names none, as calls that nobody has begun yet."""
    host, dash, _ = name.removeprefix(NAMED).rpartition("-")
    return host if dash and name.startswith(NAMED) else ""


@dataclass(slots=True)
class Elsewhere:
    """Since when each dead worker of another machine has been seen with calls; seconds of one clock."""

    since: dict[str, float] = field(default_factory=dict)

    def may_take(self, name: str, dead: Collection[str], at: float) -> list[str]:
        """Whose calls the worker of this name takes now, of all that are dead."""
        mine: list[str] = []
        theirs: list[str] = []
        for one in dead:
            here = "" in {host_of(one), host_of(name)} or host_of(one) == host_of(name)
            (mine if here else theirs).append(one)
        self.since = {one: self.since.get(one, at) for one in theirs}
        return [*mine, *(one for one in theirs if at - self.since[one] >= GONE_SECONDS)]
