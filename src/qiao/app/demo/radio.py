"""The demo's own SMS centre and the telephones it reaches: real SMPP to the gateway, rows for the handset's page."""

import asyncio
import signal
from typing import Final

from qiao.app.demo.handset import arrived
from qiao.app.house import open_house
from qiao.channels.smpp.sandbox import Centre, Control
from qiao.kernel.service_ids import ServiceId
from qiao.platform.house import House
from qiao.platform.settings import Settings, SmppLink

ACCOUNT: Final = ("demo", "demo")
"""Good on loopback, for a centre that lives as long as the demo."""


def link(port: int) -> SmppLink:
    """The gateway's link to this centre."""
    system_id, password = ACCOUNT
    told = {"name": "demo", "host": "127.0.0.1", "port": port, "system_id": system_id, "password": password}
    return SmppLink.model_validate({**told, "sender": "10086"})


async def serve(settings: Settings) -> None:
    """Until told to stop; the ports are those of the settings' link and `demo_control_port`."""
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    system_id, password = ACCOUNT
    centre = Centre({system_id: password})
    await Control(centre).listen(port=settings.demo_control_port)
    came: asyncio.Queue[tuple[str, str, str]] = asyncio.Queue()
    centre.arrived = lambda to, sender, text: came.put_nowait((to, sender, text))
    async with open_house(settings) as house:
        ringing = asyncio.create_task(_ring(house, came))
        await centre.listen(port=settings.smpp_links[0].port)
        await stop.wait()
        await centre.stop()
        ringing.cancel()


async def _ring(house: House, came: asyncio.Queue[tuple[str, str, str]]) -> None:
    while True:
        to, sender, text = await came.get()
        async with house.database.transaction() as tx:
            await arrived(tx, ServiceId("mobile", f"+{to}"), text, sender=sender)
