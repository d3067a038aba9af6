"""One case as a sealed file that anybody can check without us: a zip whose manifest is signed. Pure.

manifest.json names every other part with its length and SHA-256; manifest.sig is the Ed25519 signature (RFC 8032) over
the manifest's bytes, public.key the raw public key in hexadecimal. Whoever wants to know *who* signed compares the
fingerprint with the one he got from us in another way. The zip itself is packed in one way only, stored and without
dates, so that no byte of the file can differ unseen.
"""

import hashlib
import io
import json
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

FORMAT: Final = "qiao-case-archive/1"
MANIFEST, SIGNATURE, KEY = "manifest.json", "manifest.sig", "public.key"
OURS: Final = frozenset({MANIFEST, SIGNATURE, KEY})
PARTS_MAX: Final = 10_000
BYTES_MAX: Final = 512 * 1024 * 1024
"""Of all parts unpacked; more is no archive of ours."""
UNREADABLE: Final = (
    *(zipfile.BadZipFile, zlib.error, struct.error, NotImplementedError),
    *(RuntimeError, EOFError, OSError, ValueError, IndexError, MemoryError),
)
"""What zipfile raises for bytes that are no zip, or a broken, an encrypted or an unknown one."""
VERSION, NAMES_ARE_UTF8, DAY_ZERO, UNIX, FOR_OWNER = 20, 0x800, 0x21, 3, 0o600 << 16
"""Fields of a zip's headers (APPNOTE 4.4); its own day zero, for when it was made stands in the manifest."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: `code` for programs, `part` where, `told` in words."""

    code: str
    part: str
    told: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found: sealed by the key of `fingerprint`, `about` what the manifest says of it."""

    faults: tuple[Fault, ...]
    fingerprint: str = ""
    about: Mapping[str, Any] | None = None

    @property
    def ok(self) -> bool:
        """Nothing is wrong with it."""
        return not self.faults


def fingerprint_of(public: bytes) -> str:
    """The key's SHA-256 in groups of eight, as people compare it."""
    found = hashlib.sha256(public).hexdigest()[:32]
    return " ".join(found[at : at + 8] for at in range(0, len(found), 8))


def public_of(seed: bytes) -> bytes:
    """The 32 bytes of the public key that belongs to a private seed of 32 bytes."""
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def seal(parts: Mapping[str, bytes], about: Mapping[str, Any], seed: bytes) -> bytes:
    """The archive. `about` is JSON: whose it is, when and why. Raises ValueError for a name that is ours."""
    if taken := OURS & set(parts):
        raise ValueError(f"a part may not be called {', '.join(sorted(taken))}")
    listed = {name: {"bytes": len(told), "sha256": _sum(told)} for name, told in sorted(parts.items())}
    manifest = json.dumps({"format": FORMAT, "about": about, "parts": listed}, ensure_ascii=False, indent=1).encode()
    signature = Ed25519PrivateKey.from_private_bytes(seed).sign(manifest)
    every = {**parts, MANIFEST: manifest, SIGNATURE: signature.hex().encode(), KEY: public_of(seed).hex().encode()}
    return packed(every)


def packed(parts: Mapping[str, bytes]) -> bytes:
    """The one zip of these parts: in the order of their names, stored, nothing before, between or after them."""
    made, listed = bytearray(), bytearray()
    for name, told in sorted(parts.items()):
        called, crc, at = name.encode(), zlib.crc32(told), len(made)
        same = struct.pack(
            *("<HHHHHLLLHH", VERSION, NAMES_ARE_UTF8, zipfile.ZIP_STORED, 0, DAY_ZERO),
            *(crc, len(told), len(told), len(called), 0),
        )
        made += b"PK\x03\x04" + same + called + told
        listed += b"PK\x01\x02" + bytes([VERSION, UNIX]) + same + struct.pack("<HHHLL", 0, 0, 0, FOR_OWNER, at) + called
    end = struct.pack("<HHHHLLH", 0, 0, len(parts), len(parts), len(listed), len(made), 0)
    return bytes(made + listed) + b"PK\x05\x06" + end


def examine(content: bytes, *, trusted: str = "") -> Verdict:
    """Whether the archive is whole and signed; `trusted` is the fingerprint that its key must have, empty for any."""
    try:
        parts = _unpacked(content)
    except _Broken as broken:
        return Verdict((broken.fault,))
    missing = [Fault("missing", name, "this part is not there") for name in sorted(OURS - set(parts))]
    if missing:
        return Verdict(tuple(missing))
    try:
        public, signature = bytes.fromhex(parts[KEY].decode()), bytes.fromhex(parts[SIGNATURE].decode())
        Ed25519PublicKey.from_public_bytes(public).verify(signature, parts[MANIFEST])
    except (ValueError, InvalidSignature):
        return Verdict((Fault("signature", MANIFEST, "the manifest is not what was signed"),))
    for name, told in ((KEY, public), (SIGNATURE, signature)):
        if parts[name] != told.hex().encode():
            return Verdict((Fault("altered", name, "this part is not written as we write it"),))
    try:
        manifest = json.loads(parts[MANIFEST])
    except (ValueError, RecursionError):
        manifest = None
    listed, about = (manifest.get(name) if isinstance(manifest, dict) else None for name in ("parts", "about"))
    if not isinstance(manifest, dict) or not isinstance(listed, dict) or not isinstance(about, dict):
        return Verdict((Fault("format", MANIFEST, "the manifest does not say what it should"),))
    faults = [] if manifest.get("format") == FORMAT else [Fault("format", MANIFEST, f"this is no {FORMAT}")]
    fingerprint = fingerprint_of(public)
    if trusted and _plain(trusted) != _plain(fingerprint):
        faults.append(Fault("other_key", KEY, f"it was signed by another key: {fingerprint}"))
    faults += _compared(parts, listed)
    if not faults and packed(parts) != content:
        faults.append(Fault("wrapping", "", "every part is as signed, but the file was packed anew or added to"))
    return Verdict(tuple(faults), fingerprint, about)


def _compared(parts: Mapping[str, bytes], listed: Mapping[str, Mapping[str, Any]]) -> list[Fault]:
    there = set(parts) - OURS
    faults = [Fault("missing", name, "this part is not there") for name in sorted(set(listed) - there)]
    faults += [Fault("extra", name, "the manifest knows no such part") for name in sorted(there - set(listed))]
    for name in sorted(there & set(listed)):
        told, seen = listed[name], {"bytes": len(parts[name]), "sha256": _sum(parts[name])}
        if told != seen:
            faults.append(Fault("altered", name, "this part is not what was signed"))
    return faults


class _Broken(Exception):
    def __init__(self, code: str, part: str, told: str) -> None:
        super().__init__(told)
        self.fault = Fault(code, part, told)


def _unpacked(content: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            names = [entry.filename for entry in entries]
            if len(entries) > PARTS_MAX or sum(entry.file_size for entry in entries) > BYTES_MAX:
                raise _Broken("too_large", "", "there is more in it than any archive of ours holds")
            if len(set(names)) < len(names):
                twice = next(name for name in names if names.count(name) > 1)
                raise _Broken("twice", twice, "this part is there twice")
            return {entry.filename: archive.read(entry) for entry in entries}
    except UNREADABLE as error:
        raise _Broken("unreadable", "", f"the file cannot be read: {error}") from None


def _sum(told: bytes) -> str:
    return hashlib.sha256(told).hexdigest()


def _plain(fingerprint: str) -> str:
    return "".join(fingerprint.split()).casefold()
