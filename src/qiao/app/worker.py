"""The worker: reads events, works timers and jobs off, and runs the rooms' own loops."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

import structlog
from psycopg import Error as DriverError
from sqlalchemy.exc import DBAPIError

from qiao.app.housekeeping import HOUSEKEEPING
from qiao.app.rooms import all_rooms
from qiao.platform.events import REPLAYED, Reader
from qiao.platform.house import House
from qiao.platform.jobs import make_app, work
from qiao.platform.live import ALL, CLOCK, EVENTS, TIMERS, Subscription
from qiao.platform.room import Listener
from qiao.platform.timers import next_due, run_due

log = structlog.get_logger(__name__)
LOOK_AGAIN_SECONDS = 1.0
UNTOLD_SECONDS = 5.0
"""A listener looks so often though nobody told it anything: told it is, also after its line to the database broke."""


async def run_worker(house: House) -> None:
    """Work until cancelled; each part restarts by itself after a fault."""
    rooms, parts = (HOUSEKEEPING, *all_rooms()), house.settings.worker_parts
    async with asyncio.TaskGroup() as group:
        for room in rooms:
            for listener in room.listeners if "listeners" in parts else ():
                group.create_task(_forever(f"listener {listener.name}", partial(follow, house, listener)))
            for loop in room.loops if "loops" in parts else ():
                group.create_task(_forever(f"loop of {room.name}", partial(loop, house)))
        if "listeners" in parts:
            group.create_task(_forever("timers", partial(keep_timers, house)))
        if "jobs" in parts:
            group.create_task(_forever("jobs", partial(_jobs, house)))


async def _jobs(house: House) -> None:
    rooms = (HOUSEKEEPING, *all_rooms())
    app = make_app(
        house,
        [job for room in rooms for job in room.jobs],
        [periodic for room in rooms for periodic in room.periodics],
    )
    await work(app, concurrency=house.settings.worker_concurrency)


async def _forever(name: str, part: Callable[[], Awaitable[None]]) -> None:
    pause = 0.2
    while True:
        began = asyncio.get_running_loop().time()
        try:
            await part()
        except asyncio.CancelledError:
            raise
        except (DBAPIError, DriverError, OSError) as error:
            log.warning("worker.part_restarts", part=name, error=type(error).__name__)
        except Exception:
            log.exception("worker.part_restarts", part=name)
        if asyncio.get_running_loop().time() - began > 10:
            pause = 0.2
        await asyncio.sleep(pause)
        pause = min(pause * 2, 5.0)


async def follow(house: House, listener: Listener) -> None:
    """Handle the events of one listener as they come, and those set aside when their pause is over."""
    reader = Reader(house.database, listener)
    concern = {ALL, REPLAYED, *(kind.wire_name() for kind in listener.on)}
    loop = asyncio.get_running_loop()
    looked_at = read_at = -UNTOLD_SECONDS
    async with house.hub.subscribe(EVENTS) as woken:
        while True:
            told = await woken.get(LOOK_AGAIN_SECONDS)
            if not told.isdisjoint(concern) and (pause := read_at + listener.gather_seconds - loop.time()) > 0:
                await asyncio.sleep(pause)
                told |= await woken.get(0)
            soon = reader.has_set_aside or reader.interrupted
            due = loop.time() - looked_at >= (LOOK_AGAIN_SECONDS if soon else UNTOLD_SECONDS)
            if due or not told.isdisjoint(concern):
                read_at = loop.time()
                await reader.catch_up()
            if due or REPLAYED in told:
                looked_at = loop.time()
                if reader.has_set_aside or REPLAYED in told:
                    await reader.retry_due()


async def keep_timers(house: House) -> None:
    """Run what is due, then sleep until the next timer, a new one, or a move of the clock."""
    kinds = {timer.kind: timer for room in all_rooms() for timer in room.timers}
    async with house.hub.subscribe(TIMERS) as set_anew, house.hub.subscribe(CLOCK) as moved:
        while True:
            await run_due(house.database, kinds)
            async with house.database.transaction() as tx:
                due_at = await next_due(tx, kinds)
            seconds = LOOK_AGAIN_SECONDS
            if due_at is not None:
                seconds = min(max((due_at - house.clock.now()).total_seconds(), 0.0), LOOK_AGAIN_SECONDS)
            await _first_of(set_anew, moved, seconds)


async def _first_of(one: Subscription, other: Subscription, seconds: float) -> None:
    waiting = [asyncio.ensure_future(one.get()), asyncio.ensure_future(other.get())]
    try:
        await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for future in waiting:
            future.cancel()
