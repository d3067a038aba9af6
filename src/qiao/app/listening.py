"""How our web processes listen."""

import uvicorn

from qiao.platform.settings import Settings


def uvicorn_config(app: object, settings: Settings) -> uvicorn.Config:
    """Our limits: sockets pinged every 4 s, frames over 64 KiB closed with 1009."""
    return uvicorn.Config(
        app,  # type: ignore[arg-type]
        host=settings.host,
        port=settings.port,
        ws="websockets-sansio",
        ws_max_size=settings.chat_message_bytes_max,
        ws_ping_interval=4.0,
        ws_ping_timeout=8.0,
        timeout_graceful_shutdown=3,
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
    )
