"""Keeps one link standing: binds, and binds again with growing pauses when it is lost or refused."""

import asyncio
import random
from collections.abc import Callable
from typing import Final

import structlog

from qiao.channels.smpp.link import Address, BindRefused, Link, LinkLost, Manners, Told, connect
from qiao.platform.settings import SmppLink

log = structlog.get_logger(__name__)
PAUSE_SECONDS: Final = 0.5
PAUSE_SECONDS_MAX: Final = 30.0
STEADY_SECONDS: Final = 10.0
"""A link that stood so long begins its pauses anew."""


def pause_after(failures: int, chance: float) -> float:
    """Seconds to wait after so many failures in a row: doubling, a quarter off or on by `chance` in 0..1."""
    doubled = min(PAUSE_SECONDS * 2.0 ** min(max(failures - 1, 0), 16), PAUSE_SECONDS_MAX)
    return doubled * (0.75 + 0.5 * chance)


async def keep(known: SmppLink, told: Told, up: Callable[[Link, SmppLink], None], down: Callable[[Link], None]) -> None:
    """Keep a link of this kind for ever; when cancelled, it unbinds first."""
    address = Address(
        known.host,
        known.port,
        known.system_id,
        known.password.get_secret_value(),
        known.mode,
        known.system_type,
        known.tls,
    )
    manners = Manners(window=known.window, answer_seconds=known.answer_seconds, quiet_seconds=known.quiet_seconds)
    failures = 0
    loop = asyncio.get_running_loop()
    while True:
        try:
            link = await connect(address, told, manners)
        except BindRefused as refused:
            log.warning("smpp.bind_refused", centre=known.name, status=f"{refused.status:#x}")
            failures += 1
        except (LinkLost, OSError) as error:
            log.warning("smpp.not_connected", centre=known.name, error=type(error).__name__)
            failures += 1
        else:
            log.info("smpp.bound", centre=known.name, system_id=link.system_id)
            began = loop.time()
            up(link, known)
            try:
                await link.closed.wait()
            except asyncio.CancelledError:
                await link.leave()
                raise
            finally:
                down(link)
            log.warning("smpp.lost", centre=known.name, why=link.why_closed)
            failures = 1 if loop.time() - began > STEADY_SECONDS else failures + 1
        await asyncio.sleep(pause_after(failures, random.random()))  # noqa: S311 - spreads reconnects
