"""What a file really is: decided by its bytes, never by its name or by what the sender claims."""

import re
import struct
import unicodedata
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from qiao.interactions.model import for_display
from qiao.kernel.languages import N_
from qiao.kernel.refused import Refused

FILE_BYTES_MAX: Final = 10 * 1024 * 1024
INLINE_PIXELS_MAX: Final = 40_000_000
NAME_CHARACTERS_MAX: Final = 120

_EXTENSIONS: Final = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "jfif": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "pdf": "application/pdf",
    "txt": "text/plain",
    "log": "text/plain",
    "csv": "text/plain",
}
_INLINE: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")


class FileTooLarge(Refused):
    """Over the limit of bytes."""

    code = "interactions.file_too_large"
    status = 413
    text = N_(
        "“{name}” is {size}; {limit} is the most. The file was not sent, everything you wrote is kept. "
        "Make it smaller or send it in parts."
    )


class FileIsEmpty(Refused):
    """Nothing in it."""

    code = "interactions.file_is_empty"
    status = 400
    text = N_("“{name}” is empty, so it was not sent. Everything you wrote is kept; check the file and try again.")


class FileKindNotTaken(Refused):
    """Not among the kinds that are safe to hand on."""

    code = "interactions.file_kind_not_taken"
    status = 415
    text = N_(
        "“{name}” is of a kind we cannot take, so it was not sent. Everything you wrote is kept. "
        "Send a picture (PNG, JPEG, GIF, WebP), a PDF or plain text."
    )


class FileIsNotWhatItSays(Refused):
    """The name says one kind, the bytes another."""

    code = "interactions.file_is_not_what_it_says"
    status = 415
    text = N_(
        "“{name}” is not what its name says, so it was not sent. Everything you wrote is kept. "
        "Save it again in its own kind and send that."
    )


@dataclass(frozen=True, slots=True)
class Sniffed:
    """A file that may be kept: safe name, media type from its bytes, whether a browser may show it in the page."""

    name: str
    media_type: str
    inline: bool


def accept(content: bytes, *, name: str, limit_bytes: int = FILE_BYTES_MAX) -> Sniffed:
    """Take a file or say why not. Raises FileTooLarge, FileIsEmpty, FileKindNotTaken, FileIsNotWhatItSays."""
    safe = safe_name(name)
    if len(content) > limit_bytes:
        raise FileTooLarge(name=safe, size=size_text(len(content)), limit=size_text(limit_bytes))
    if not content:
        raise FileIsEmpty(name=safe)
    found = media_type_of(content)
    _, dot, extension = safe.rpartition(".")
    claimed = _EXTENSIONS.get(extension.lower()) if dot else found
    if claimed is None or found is None:
        raise FileIsNotWhatItSays(name=safe) if claimed else FileKindNotTaken(name=safe)
    if claimed != found:
        raise FileIsNotWhatItSays(name=safe)
    return Sniffed(safe, found, inline_allowed(content, found))


def media_type_of(content: bytes) -> str | None:
    """PNG, JPEG, GIF, WebP, PDF or plain UTF-8 text by the bytes themselves; None for anything else."""
    if content.startswith(b"\x89PNG\r\n\x1a\n") and content[12:16] == b"IHDR":
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content[:6] in (b"GIF87a", b"GIF89a"):
        return "image/gif"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    if content.startswith(b"%PDF-"):
        return "application/pdf"
    if _CONTROL.search(content):
        return None
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return "text/plain"


def inline_allowed(content: bytes, media_type: str) -> bool:
    """An image of ours that a browser can draw without choking: its pixels are read from its header."""
    if media_type not in _INLINE:
        return False
    size = _pixels(content, media_type)
    return size is not None and 0 < size[0] * size[1] <= INLINE_PIXELS_MAX


def _pixels(content: bytes, media_type: str) -> tuple[int, int] | None:
    try:
        match media_type:
            case "image/png":
                width, height = struct.unpack(">II", content[16:24])
            case "image/gif":
                width, height = struct.unpack("<HH", content[6:10])
            case "image/webp":
                return _webp_pixels(content)
            case _:
                return _jpeg_pixels(content)
    except struct.error:
        return None
    return width, height


def _webp_pixels(content: bytes) -> tuple[int, int] | None:
    kind = content[12:16]
    if kind == b"VP8X":
        return (int.from_bytes(content[24:27], "little") + 1, int.from_bytes(content[27:30], "little") + 1)
    if kind == b"VP8L":
        bits = int.from_bytes(content[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 ":
        width, height = struct.unpack("<HH", content[26:30])
        return width & 0x3FFF, height & 0x3FFF
    return None


def _jpeg_pixels(content: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 <= len(content):
        if content[at] != 0xFF:
            return None
        marker = content[at + 1]
        if marker == 0xFF or marker == 0x01 or 0xD0 <= marker <= 0xD7:
            at += 1 if marker == 0xFF else 2
            continue
        (length,) = struct.unpack(">H", content[at + 2 : at + 4])
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return width, height
        at += 2 + max(length, 2)
    return None


def safe_name(name: str) -> str:
    """The last part of a name, without controls and direction tricks, at most 120 characters, never empty."""
    last = re.split(r"[/\\]", for_display(name))[-1]
    kept = "".join(c for c in unicodedata.normalize("NFC", last) if unicodedata.category(c)[0] != "C")
    kept = re.sub(r'[<>:"|?*]', "_", kept).strip(" .")
    if len(kept) > NAME_CHARACTERS_MAX:
        stem, dot, extension = kept.rpartition(".")
        tail = f".{extension}" if dot and len(extension) <= 8 else ""
        kept = (stem if tail else kept)[: NAME_CHARACTERS_MAX - len(tail)] + tail
    return kept or "file"


def size_text(size_bytes: int) -> str:
    """ "10.0 MB" or "12 KB", of 1024s, as people read it on their own machine; just over a limit shows as such."""
    if size_bytes < 1024 * 1024:
        return f"{-(-size_bytes // 1024)} KB"
    hundredths = -(-size_bytes * 100 // (1024 * 1024))
    return f"{hundredths // 100}.{hundredths % 100:02d} MB".replace(".00 MB", " MB")


def serving_headers(content: bytes, *, name: str, inline: bool) -> dict[str, str]:
    """Headers under which a kept file may leave: its type read again from its bytes, nothing active, nothing guessed.

    Only an image that still is one is shown in the page; all else is a download in an empty sandbox.
    """
    found = media_type_of(content) or "application/octet-stream"
    shown = inline and inline_allowed(content, found)
    ascii_name = "".join(c if c.isascii() and c.isprintable() and c not in '"\\;%' else "_" for c in name)
    disposition = "inline" if shown else "attachment"
    return {
        "Content-Type": f"{found}; charset=utf-8" if found == "text/plain" else found,
        "Content-Disposition": f"{disposition}; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(name, safe='')}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "private, max-age=3600",
    }
