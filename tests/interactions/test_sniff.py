"""What files are, by their bytes; and under which headers they leave."""

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiao.interactions.sniff import (
    FileIsEmpty,
    FileIsNotWhatItSays,
    FileKindNotTaken,
    FileTooLarge,
    accept,
    inline_allowed,
    media_type_of,
    safe_name,
    serving_headers,
    size_text,
)


def png(width: int = 2, height: int = 2) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = b"".join(b"\x00" + b"\x7f\x7f\x7f" * width for _ in range(min(height, 8)))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + b"\x00" * 10 + b"\xff\xff\xc0\x00\x11\x08\x00\x20\x00\x40\x03" + b"\x00" * 12
GIF = b"GIF89a" + struct.pack("<HH", 3, 4) + b"\x00" * 8
WEBP_X = b"RIFF\x00\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x00\x00\x00\x00" + b"\x0f\x00\x00\x1f\x00\x00"
WEBP_L = b"RIFF\x00\x00\x00\x00WEBPVP8L\x0a\x00\x00\x00\x2f" + (15 | 31 << 14).to_bytes(4, "little")
WEBP_LOSSY = b"RIFF\x00\x00\x00\x00WEBPVP8 \x0a\x00\x00\x00\x00\x00\x00\x9d\x01\x2a" + struct.pack("<HH", 16, 32)
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
HTML = b"<!doctype html><script>alert(1)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'


@pytest.mark.parametrize(
    ("name", "content", "media_type", "inline"),
    [
        ("shot.png", png(), "image/png", True),
        ("photo.JPG", JPEG, "image/jpeg", True),
        ("photo.jpeg", JPEG, "image/jpeg", True),
        ("fun.gif", GIF, "image/gif", True),
        ("new.webp", WEBP_X, "image/webp", True),
        ("new.webp", WEBP_L, "image/webp", True),
        ("new.webp", WEBP_LOSSY, "image/webp", True),
        ("bill.pdf", PDF, "application/pdf", False),
        ("note.txt", "短信原文:1729".encode(), "text/plain", False),
        ("page.txt", HTML, "text/plain", False),
        ("pasted", png(), "image/png", True),
        ("huge.png", png(20_000, 20_000), "image/png", False),
        ("torn.webp", WEBP_X[:12] + b"XXXX", "image/webp", False),
        ("torn.jpg", b"\xff\xd8\xff\xe0\x00\x04ab??" + b"\x00" * 12, "image/jpeg", False),
        ("torn.jpg", b"\xff\xd8\xff\xd8\xff\xe0\x00\x02", "image/jpeg", False),
        ("torn.gif", b"GIF89a\x01", "image/gif", False),
        ("empty.gif", b"GIF89a\x00\x00\x00\x00", "image/gif", False),
    ],
)
def test_a_file_that_is_what_it_says_is_taken(name: str, content: bytes, media_type: str, inline: bool) -> None:
    found = accept(content, name=name)
    assert (found.media_type, found.inline) == (media_type, inline)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("photo.png", HTML),
        ("photo.png", JPEG),
        ("photo.jpg", PDF),
        ("note.txt", png()),
        ("note.txt", "短信".encode("utf-16")),
        ("bill.pdf", b"MZ\x90\x00"),
        ("photo.gif", b""),
    ],
)
def test_a_file_that_lies_is_refused_and_told_what_was_kept(name: str, content: bytes) -> None:
    with pytest.raises((FileIsNotWhatItSays, FileIsEmpty)) as refused:
        accept(content, name=name)
    assert name in str(refused.value) and "kept" in str(refused.value)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("page.html", HTML),
        ("image.svg", SVG),
        ("run.exe", b"MZ\x90\x00"),
        ("archive.zip", b"PK\x03\x04"),
        ("noname", b"\x00\x01\x02"),
        ("cal.ics", b"BEGIN:VCALENDAR"),
        ("x.lnk", b"L\x00\x00\x00"),
    ],
)
def test_kinds_that_could_act_are_not_taken(name: str, content: bytes) -> None:
    with pytest.raises(FileKindNotTaken):
        accept(content, name=name)


def test_ten_megabytes_are_taken_and_one_byte_more_is_not() -> None:
    whole = b"a" * (10 * 1024 * 1024)
    assert accept(whole, name="log.txt").media_type == "text/plain"
    with pytest.raises(FileTooLarge) as refused:
        accept(whole + b"a", name="log.txt")
    assert refused.value.params == {"name": "log.txt", "size": "10.01 MB", "limit": "10 MB"}


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\x\\y.png", "y.png"),
        ("gpj.\u202eexe.png", "gpj.exe.png"),
        ('a"b<c>.png', "a_b_c_.png"),
        ("a\r\nSet-Cookie: x.png", "aSet-Cookie_ x.png"),
        ("", "file"),
        ("...", "file"),
        ("长" * 200 + ".png", "长" * 116 + ".png"),
        ("长" * 200, "长" * 120),
    ],
)
def test_names_cannot_climb_turn_around_or_break_a_header(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_only_an_image_that_still_is_one_leaves_inline() -> None:
    shown = serving_headers(png(), name="图.png", inline=True)
    assert shown["Content-Type"] == "image/png" and shown["Content-Disposition"].startswith("inline")
    swapped = serving_headers(HTML, name="图.png", inline=True)
    assert swapped["Content-Type"].startswith("text/plain") and swapped["Content-Disposition"].startswith("attachment")
    unknown = serving_headers(b"MZ\x00", name="x", inline=True)
    assert unknown["Content-Type"] == "application/octet-stream"
    for headers in (shown, swapped, unknown):
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in headers["Content-Security-Policy"]


@given(st.binary(max_size=300), st.text(max_size=60))
def test_no_bytes_under_any_name_break_the_reading(content: bytes, name: str) -> None:
    found = media_type_of(content)
    assert inline_allowed(content, found or "") in (True, False)
    for value in serving_headers(content, name=safe_name(name), inline=True).values():
        value.encode("latin-1")
        assert "\n" not in value and "\r" not in value


def test_sizes_read_as_people_read_them() -> None:
    assert [size_text(n) for n in (1, 1024, 1025, 1024 * 1024, 1_600_000)] == [
        "1 KB",
        "1 KB",
        "2 KB",
        "1 MB",
        "1.53 MB",
    ]
