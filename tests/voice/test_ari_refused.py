"""An Asterisk that refuses what is only for speed is served all the same."""

from __future__ import annotations

import asyncio
import contextlib
import json

from websockets.asyncio.server import ServerConnection, serve

from qiao.channels.voice.ari import Ari


async def nothing(*_: object) -> None:
    """Nothing is compared."""


async def test_an_asterisk_without_an_event_filter_is_served() -> None:
    asked: list[str] = []

    async def refuses(socket: ServerConnection) -> None:
        async for told in socket:
            request = json.loads(told)
            asked.append(f"{request['method']} {request['uri']}")
            answer = {"status_code": 404, "reason_phrase": "Not Found", "message_body": "", "uri": request["uri"]}
            await socket.send(json.dumps({"type": "RESTResponse", "request_id": request["request_id"], **answer}))

    async with serve(refuses, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        ari = Ari(port=port, password="", app="qiao-test", on_open=nothing, on_event=lambda _: None)
        running = asyncio.create_task(ari.run())
        try:
            async with asyncio.timeout(20):
                await ari.stands.wait()
        finally:
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running
    assert asked == ["PUT applications/qiao-test/eventFilter"]
