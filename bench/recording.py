"""What recording costs Asterisk: a listener for each leg, as the house does, against MixMonitor with two files.

The same pairs talk all the time; each way is measured twice, in processor time of Asterisk alone, so that what else the
machine does counts little. MixMonitor is begun by the manager interface, which the house itself leaves closed.
"""

import asyncio
import json
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import httpx2

from bench._centre import HERE, cpu, free_port
from qiao.channels.voice.ari import Ari
from qiao.channels.voice.ari_events import AriEvent, CallBroadcast, StasisStart
from qiao.channels.voice.configuration import RunFolder
from qiao.channels.voice.model_recording import LEGS
from qiao.channels.voice.programs import Programs
from qiao.channels.voice.sandbox import Softphone
from qiao.channels.voice.sandbox.sound import tone
from qiao.channels.voice.server import AsteriskServer, ari_password
from qiao.platform.postgres.account import Account
from qiao.platform.settings import Settings

PAIRS: Final = 20
SECONDS: Final = 20.0
SETTLES_SECONDS: Final = 1.5
ROUNDS: Final = ("unrecorded", "listeners", "mixmonitor", "mixmonitor", "listeners", "unrecorded")
SECRET: Final = "bench-only"
Turn = Callable[[str], Awaitable[None]]


class Managed(AsteriskServer):
    """With the manager interface on the loopback, and MixMonitor."""

    port = 0

    def _write(self, programs: Programs, run: RunFolder, account: Account) -> None:
        super()._write(programs, run, account)
        told = f"[general]\nenabled=yes\nwebenabled=yes\nbindaddr={HERE}\nport={self.port}\n\n"
        told += f"[bench]\nsecret={SECRET}\nwrite=system,call\n"
        (run.etc / "manager.conf").write_text(told, "utf-8")
        modules = run.etc / "modules.conf"
        modules.write_text(modules.read_text("utf-8") + "load = app_mixmonitor.so\n", "utf-8")


@asynccontextmanager
async def pairs(server: AsteriskServer, ari: Ari, came: "asyncio.Queue[str]") -> AsyncIterator[list[str]]:
    """Callers two by two in a bridge, each saying a tone; the channels of the first of each."""
    phones, first = [], ""
    firsts = []
    for number in range(PAIRS * 2):
        phone = await Softphone.open((HERE, server.voice.sip_port), f"+86137{number:08d}")
        phones.append(phone)
        calling = asyncio.create_task(phone.call("10086"))
        channel = await came.get()
        await ari.answer(channel)
        (await calling).media.say(tone(440.0 + number, 1) * 600)
        if number % 2 == 0:
            first = channel
            firsts.append(channel)
        else:
            await ari.ensure_bridge(f"pair-{number}", "mixing")
            for one in (first, channel):
                await ari.join(f"pair-{number}", one)
    try:
        yield firsts
    finally:
        for phone in phones:
            await phone.close()


def ways(ari: Ari, manager: httpx2.AsyncClient, spool: Path) -> dict[str, tuple[Turn, Turn]]:
    """How each way begins and ends for one channel."""

    async def nothing(channel: str) -> None:
        return

    async def listen(channel: str) -> None:
        for leg in LEGS:
            await ari.listen(channel, f"rec-{channel}-{leg}", leg, ["rec"])

    async def leave(channel: str) -> None:
        for leg in LEGS:
            await ari.hang_up(f"rec-{channel}-{leg}")

    async def ask(action: str, channel: str, options: str = "") -> None:
        told = await manager.get("rawman", params={"action": action, "channel": channel, "options": options})
        if "Response: Success" not in told.text:
            raise RuntimeError(told.text)

    async def mix(channel: str) -> None:
        await ask("MixMonitor", channel, f"r({spool}/mix-{channel}-in.wav)t({spool}/mix-{channel}-out.wav)")

    async def unmix(channel: str) -> None:
        await ask("StopMixMonitor", channel)

    return {"unrecorded": (nothing, nothing), "listeners": (listen, leave), "mixmonitor": (mix, unmix)}


async def measured(folder: Path) -> dict[str, object]:
    """Cores of Asterisk in each round, and files written."""
    voice: dict[str, object] = {
        "sip_port": free_port(socket.SOCK_DGRAM),
        "http_port": free_port(socket.SOCK_STREAM),
        "trunks": [{"name": "bench", "host": HERE, "allow": [f"{HERE}/32"]}],
    }
    told: dict[str, object] = {"voice": voice, "data_folder": folder, "mode": "test"}
    settings = Settings(**told)  # type: ignore[arg-type]
    server = Managed(settings)
    server.port = free_port(socket.SOCK_STREAM)
    await server.start()
    came: asyncio.Queue[str] = asyncio.Queue()
    doing: set[asyncio.Task[object]] = set()

    def on_event(event: AriEvent) -> None:
        work: Awaitable[object] | None = None
        match event:
            case CallBroadcast(channel=channel):
                work = ari.claim(channel.id)
            case StasisStart(channel=channel, args=["rec", *_]):
                work = ari.record(channel.id, channel.id)
            case StasisStart(channel=channel):
                came.put_nowait(channel.id)
        if work is not None:
            task = asyncio.ensure_future(work)
            doing.add(task)
            task.add_done_callback(doing.discard)

    async def on_open() -> None:
        return

    port, password = settings.voice.http_port, ari_password(settings)
    ari = Ari(port=port, password=password, app="qiao-bench", on_open=on_open, on_event=on_event)
    running = asyncio.create_task(ari.run())
    await ari.stands.wait()
    spool = server.folder / "asterisk" / "spool" / "recording"
    found: dict[str, list[float]] = {name: [] for name in ROUNDS}
    files: dict[str, int] = {}
    async with httpx2.AsyncClient(base_url=f"http://{HERE}:{port}/", trust_env=False) as manager:
        await manager.get("rawman", params={"action": "login", "username": "bench", "secret": SECRET})
        async with pairs(server, ari, came) as channels:
            for name in ROUNDS:
                begin, end = ways(ari, manager, spool)[name]
                for channel in channels:
                    await begin(channel)
                await asyncio.sleep(SETTLES_SECONDS)
                before = cpu(server.pid or 0)
                await asyncio.sleep(SECONDS)
                found[name].append(round((cpu(server.pid or 0) - before) / SECONDS, 3))
                for channel in channels:
                    await end(channel)
                await asyncio.sleep(SETTLES_SECONDS)
                left = await asyncio.to_thread(lambda: list(spool.glob("*.wav")))
                files[name] = len(left)
                for path in left:
                    path.unlink()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await server.stop()
    extra = {name: sum(told) / 2 - sum(found["unrecorded"]) / 2 for name, told in found.items()}
    ratio = round(extra["mixmonitor"] / extra["listeners"], 2)
    return {"pairs": PAIRS, "cores": found, "files": files, "mixmonitor_against_listeners": ratio}


def main() -> None:
    """Print it as JSON."""
    with tempfile.TemporaryDirectory(prefix="qiao-bench-") as folder:
        Path(folder).chmod(0o755)
        sys.stdout.write(json.dumps(asyncio.run(measured(Path(folder))), indent=1) + "\n")


if __name__ == "__main__":
    main()
