"""What the build made: `asset("desk.js")` is its address under a name that changes with its content."""

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

from litestar import Request, Response, get
from litestar.params import FromPath

from qiao.kernel.refused import NotFound
from qiao.platform.policy import Access

BUILT: Final = Path(__file__).parent / "static" / "built"
TYPES: Final = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".map": "application/json",
    ".png": "image/png",
    ".woff2": "font/woff2",
}
FOREVER: Final = "public, max-age=31536000, immutable"
ENCODINGS: Final = {"br": ".br", "gzip": ".gz"}


def asset(name: str) -> str:
    """The address of a built file: "desk.js" and "ui.css" of the kit, "portal/talk.js" of a room's frontend folder.

    Before the first build the address leads nowhere and pages come without style, rather than not at all.
    """
    built = manifest().get(name)
    return f"/static/{built}" if built else f"/static/not-built-{name.replace('/', '-')}"


def manifest() -> dict[str, str]:
    """Name -> file name, read again whenever the build has run."""
    path = BUILT / "manifest.json"
    try:
        return _read(path, path.stat().st_mtime_ns)
    except OSError:
        return {}


@cache
def _read(path: Path, written_ns: int) -> dict[str, str]:
    told: dict[str, str] = json.loads(path.read_text("utf-8"))
    return told


@get("/static/{name:str}", opt={"access": Access(audience="public")}, include_in_schema=False, sync_to_thread=False)
def static(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
    """One built file, good for ever under this name; only files that the build wrote can be had."""
    path = BUILT / name
    media_type = TYPES.get(path.suffix)
    if media_type is None or name.startswith(".") or "/" in name or "\\" in name or not path.is_file():
        raise NotFound
    headers = {"Content-Type": media_type, "Cache-Control": FOREVER, "Vary": "Accept-Encoding"}
    accepted = {part.split(";")[0].strip() for part in request.headers.get("accept-encoding", "").split(",")}
    for encoding, suffix in ENCODINGS.items():
        packed = path.with_name(path.name + suffix)
        if encoding in accepted and packed.is_file():
            return Response(packed.read_bytes(), headers=headers | {"Content-Encoding": encoding})
    return Response(path.read_bytes(), headers=headers)
