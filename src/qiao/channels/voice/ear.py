"""An ear in a call: what one party says, as frames for a recognizer, over Asterisk's chan_websocket.

A snoop channel hears the call's channel, a WebSocket channel is bridged with it, and we read that. The call notices
nothing. Nobody may open one while a secret is said: who opens it also closes it.
"""

import asyncio
import base64
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from uuid import uuid4

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

from qiao.channels.voice.ari import Ari, AriAway, AriRefused
from qiao.channels.voice.configuration import ARI_USER
from qiao.channels.voice.recognition import FRAME_OCTETS, Recognized, Recognizer
from qiao.channels.voice.server import ari_password
from qiao.platform.settings import Settings

EAR: Final = "ear-"
"""What the names of an ear's channels begin with; they are no calls."""
MEDIA: Final = Subprotocol("media")
CONNECTION: Final = "MEDIA_WEBSOCKET_CONNECTION_ID"
OPEN_SECONDS: Final = 5.0
AGAIN_SECONDS: Final = 0.02
SILENT_SECONDS: Final = 2.0
"""A channel that lives sends each 20 ms, silence too; after so long without anything it is gone."""


class RecognitionOff(Exception):
    """`voice.speech_recognition` is off, so Asterisk has no such channels."""


async def recognized(
    settings: Settings, ari: Ari, channel: str, recognizer: Recognizer, *, language: str
) -> AsyncIterator[Recognized]:
    """What the party of this channel says, until it hangs up or the stream is closed.

    Raises RecognitionOff, LanguageNotKnown, AriRefused (404: gone already), AriAway.
    """
    async with listening(settings, ari, channel) as frames, contextlib.aclosing(frames):
        told = recognizer.recognize(frames, language=language)
        async for one in told:
            yield one


@asynccontextmanager
async def listening(settings: Settings, ari: Ari, channel: str) -> AsyncIterator[AsyncGenerator[bytes, None]]:
    """Frames of what the party of this channel says, for as long as the block lasts. Raises as `recognized` does."""
    if not settings.voice.speech_recognition:
        raise RecognitionOff
    name = f"{EAR}{uuid4().hex}"
    snoop, socket_channel = f"{name}-in", f"{name}-out"
    try:
        await ari.listen(channel, snoop, "in", [EAR])
        await _open(ari, socket_channel)
        connection = await ari.variable(socket_channel, CONNECTION)
        async with _connected(settings, connection) as socket:
            await ari.ensure_bridge(name, "mixing")
            for one in (snoop, socket_channel):
                await _join(ari, name, one)
            yield frames_of(socket)
    except (OSError, TimeoutError, WebSocketException) as error:
        raise AriAway(f"no sound of the call: {type(error).__name__}") from None
    finally:
        with contextlib.suppress(AriAway):
            for one in (socket_channel, snoop):
                await ari.hang_up(one)
            await ari.end_bridge(name)


async def _open(ari: Ari, channel: str) -> None:
    told = {
        "app": ari.app,
        "channelId": channel,
        "external_host": "INCOMING",
        "encapsulation": "none",
        "transport": "websocket",
        "connection_type": "server",
        "format": "alaw",
        "transport_data": "f(json)",
    }
    await ari.request("POST", "channels/externalMedia", query=told)


def _connected(settings: Settings, connection: str) -> connect:
    told = base64.b64encode(f"{ARI_USER}:{ari_password(settings)}".encode()).decode()
    return connect(
        f"ws://127.0.0.1:{settings.voice.http_port}/media/{connection}",
        subprotocols=[MEDIA],
        additional_headers={"Authorization": f"Basic {told}"},
        open_timeout=OPEN_SECONDS,
        proxy=None,
    )


async def _join(ari: Ari, bridge: str, channel: str) -> None:
    """A channel that we made is ours a moment after it was made."""
    async with asyncio.timeout(OPEN_SECONDS):
        while True:
            try:
                await ari.join(bridge, channel)
            except AriRefused as refused:
                if refused.status == 404:
                    raise
                await asyncio.sleep(AGAIN_SECONDS)
            else:
                return


async def frames_of(socket: ClientConnection) -> AsyncGenerator[bytes, None]:
    """Whole frames, however they came; ends when nothing comes any more."""
    kept = b""
    with contextlib.suppress(TimeoutError, WebSocketException):
        while True:
            async with asyncio.timeout(SILENT_SECONDS):
                came = await socket.recv()
            if isinstance(came, str):  # what Asterisk tells of the channel
                continue
            kept += came
            while len(kept) >= FRAME_OCTETS:
                yield kept[:FRAME_OCTETS]
                kept = kept[FRAME_OCTETS:]
