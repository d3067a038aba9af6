"""A small call log in the format of the Technion's bank, made by a queue of its own: it knows nothing of the core."""

import random
from dataclasses import dataclass
from datetime import date
from heapq import heappop, heappush
from pathlib import Path

HEADING = (
    "vru+line\tcall_id\tcustomer_id\tpriority\ttype\tdate\tvru_entry\tvru_exit\tvru_time\tq_start\tq_exit\tq_time\t"
    "outcome\tser_start\tser_exit\tser_time\tserver"
)
NINE = 9 * 3600
LOAD = 1.15
"""Callers' minutes to agents' minutes: the rest hang up, so that nobody is idle for long."""


@dataclass
class Caller:
    """Seconds of the day; `waited` and `served` as they came to be."""

    number: int
    priority: int
    at: int
    service: int
    patience: int
    waited: int = 0
    served: bool = False


def row(
    *,
    number: int = 1,
    priority: int = 1,
    day: date = date(1999, 1, 4),
    at: int = NINE,
    waited: int = 0,
    service: int | None = 60,
    **cells: str,
) -> str:
    """One line of a log; `service` None for who hung up; `cells` replace columns by name."""
    begins = at + waited
    found = {
        "vru+line": "AA0101",
        "call_id": str(number),
        "customer_id": str(1000 + number),
        "priority": str(priority),
        "type": "PS",
        "date": day.strftime("%y%m%d"),
        "vru_entry": clock(at - 6),
        "vru_exit": clock(at),
        "vru_time": "6",
        "q_start": clock(at if waited else 0),
        "q_exit": clock(begins if waited else 0),
        "q_time": str(waited),
        "outcome": "HANG" if service is None else "AGENT",
        "ser_start": clock(0 if service is None else begins),
        "ser_exit": clock(0 if service is None else begins + service),
        "ser_time": str(service or 0),
        "server": "NO_SERVER" if service is None else "MICHAL",
    } | cells
    return "\t".join(found.values())


def clock(seconds: int) -> str:
    """Seconds of a day as 9:00:00; the day after begins at 0:00:00."""
    seconds %= 86_400
    return f"{seconds // 3600}:{seconds % 3600 // 60:02}:{seconds % 60:02}"


def written(path: Path, rows: list[str], encoding: str = "utf-8") -> Path:
    """The file with its heading and these lines, as Windows writes them."""
    path.write_bytes("\r\n".join([HEADING, *rows, ""]).encode(encoding))
    return path


def busy_days(days: int = 3, agents: int = 6, seed: int = 7) -> list[str]:
    """Lines of some days of ten hours on which agents are nearly all busy, VIPs pass and some hang up."""
    chance = random.Random(seed)
    return [
        row(
            number=caller.number,
            priority=caller.priority,
            day=date(1999, 1, 4 + number),
            at=caller.at,
            waited=caller.waited,
            service=caller.service if caller.served else None,
        )
        for number in range(days)
        for caller in _played(_callers(chance, agents), agents)
    ]


def _callers(chance: random.Random, agents: int) -> list[Caller]:
    at = float(NINE)
    callers: list[Caller] = []
    while at < NINE + 36_000:
        at += chance.expovariate(agents * LOAD / 180)
        callers.append(
            Caller(
                len(callers),
                priority=chance.choice((0, 1, 2)),
                at=int(at),
                service=1 + int(chance.expovariate(1 / 180)),
                patience=1 + int(chance.expovariate(1 / 300)),
            )
        )
    return callers


def _played(callers: list[Caller], agents: int) -> list[Caller]:
    """First come, first served, with 90 s of credit for priority 2; second by second."""
    ends: list[int] = []
    queue: list[Caller] = []
    coming = list(reversed(callers))
    now = NINE
    while coming or queue:
        while ends and ends[0] <= now:
            heappop(ends)
        while coming and coming[-1].at <= now:
            queue.append(coming.pop())
        queue.sort(key=lambda caller: (caller.at - 90 * (caller.priority == 2), caller.number))
        while queue and len(ends) < agents:
            caller = queue.pop(0)
            caller.served, caller.waited = True, now - caller.at
            heappush(ends, now + caller.service)
        for caller in [caller for caller in queue if now - caller.at >= caller.patience]:
            caller.waited = now - caller.at
            queue.remove(caller)
        now += 1
    return callers
