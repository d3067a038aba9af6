"""The signed file of a case: whole it is told so, and every way of changing it is named."""

from __future__ import annotations

import io
import json
import warnings
import zipfile
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from qiao.app.cli import main
from qiao.cases.model_archive import FORMAT, KEY, MANIFEST, OURS, SIGNATURE, examine, fingerprint_of, public_of, seal

SEED, OTHER = bytes(range(32)), bytes(range(1, 33))
if TYPE_CHECKING:
    from pathlib import Path

PARTS = {"case.json": b'{"number": "C-1"}', "case.html": b"<p>C-1</p>", "files/1-a.txt": b"evidence"}
ABOUT = {"number": "C-1", "reason": "asked by the regulator"}
OURS_IS = fingerprint_of(public_of(SEED))
names = st.text("abcdefgh/._-", min_size=1, max_size=12).filter(lambda name: name not in OURS)


def packed(parts: list[tuple[str, bytes]]) -> bytes:
    made = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(made, "w") as out:
        warnings.simplefilter("ignore")  # a part that is there twice
        for name, told in parts:
            out.writestr(zipfile.ZipInfo(name), told)
    return made.getvalue()


def inside(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def codes(content: bytes, trusted: str = "") -> list[tuple[str, str]]:
    return [(fault.code, fault.part) for fault in examine(content, trusted=trusted).faults]


@given(st.dictionaries(names, st.binary(max_size=60), max_size=6))
def test_what_was_sealed_is_whole_and_says_who_sealed_it(parts: dict[str, bytes]) -> None:
    found = examine(seal(parts, ABOUT, SEED), trusted=OURS_IS.upper().replace(" ", ""))
    assert found.ok
    assert (found.fingerprint, found.about) == (OURS_IS, ABOUT)
    assert seal(parts, ABOUT, SEED) == seal(parts, ABOUT, SEED)


@settings(max_examples=200)
@given(st.data())
def test_a_changed_byte_of_any_part_is_told(data: st.DataObject) -> None:
    parts = inside(seal(PARTS, ABOUT, SEED))
    name = data.draw(st.sampled_from(sorted(parts)))
    at = data.draw(st.integers(0, len(parts[name]) - 1))
    changed = bytes([parts[name][at] ^ data.draw(st.sampled_from([1, 2, 64]))])
    parts[name] = parts[name][:at] + changed + parts[name][at + 1 :]
    found = codes(packed(list(parts.items())), OURS_IS)
    assert found in ([("altered", name)], [("signature", MANIFEST)])


@settings(max_examples=300)
@given(st.data())
def test_no_byte_of_the_file_can_differ_unseen(data: st.DataObject) -> None:
    whole = seal({**PARTS, "files/2-证据.txt": "证据".encode()}, ABOUT, SEED)
    at = data.draw(st.integers(0, len(whole)))
    put = data.draw(st.binary(max_size=3))
    cut = data.draw(st.integers(0 if put else 1, 3))
    changed = whole[:at] + put + whole[at + cut :]
    assert changed == whole or not examine(changed).ok


def test_any_program_can_open_it_and_one_packed_anew_is_told() -> None:
    whole = seal(PARTS, ABOUT, SEED)
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in PARTS} == PARTS
        assert all(entry.external_attr >> 16 == 0o600 and not entry.extra for entry in archive.infolist())
    for other in (packed(list(inside(whole).items())), b"before" + whole, whole + b"after"):
        assert codes(other) == [("wrapping", "")]


def test_a_key_or_signature_in_other_letters_is_told() -> None:
    parts = inside(seal(PARTS, ABOUT, SEED))
    for name in (KEY, SIGNATURE):
        assert codes(packed([*(parts | {name: parts[name].upper()}).items()])) == [("altered", name)]


@given(st.binary(max_size=400), st.integers(0, 1200))
def test_no_bytes_make_it_stumble(noise: bytes, cut: int) -> None:
    whole = seal(PARTS, ABOUT, SEED)
    for content in (noise, whole[:cut], whole[:cut] + noise + whole[cut:]):
        examine(content)


def test_parts_that_are_missing_added_or_twice_are_named() -> None:
    parts = list(inside(seal(PARTS, ABOUT, SEED)).items())
    assert codes(packed([one for one in parts if one[0] != "case.html"])) == [("missing", "case.html")]
    assert codes(packed([*parts, ("more.txt", b"x")])) == [("extra", "more.txt")]
    assert codes(packed([*parts, ("case.json", b"x")])) == [("twice", "case.json")]
    assert codes(packed([one for one in parts if one[0] not in {KEY, SIGNATURE}])) == [
        ("missing", min(KEY, SIGNATURE)), ("missing", max(SIGNATURE, KEY)),
    ]  # fmt: skip
    assert codes(packed([("a", b"")] * 2 + [(f"n{number}", b"") for number in range(10_000)]))[0][0] == "too_large"


def test_another_key_is_told_where_ours_is_asked_for() -> None:
    forged = seal({**PARTS, "case.json": b"{}"}, ABOUT, OTHER)
    assert examine(forged).ok, "anybody can sign something; whose key it is must be compared"
    assert codes(forged, OURS_IS) == [("other_key", KEY)]


@pytest.mark.parametrize(
    "manifest",
    [
        *([], {}, {"parts": [], "about": {}}, {"parts": {"case.json": 1}, "about": {}, "format": "x/1"}, None),
        *({"parts": [[1, 2]], "about": [], "format": FORMAT}, b"[" * 100_000, b"\xff"),
    ],
)
def test_a_signed_manifest_that_says_nothing_of_use_is_told(manifest: object) -> None:
    told = manifest if isinstance(manifest, bytes) else json.dumps(manifest).encode()
    signed = Ed25519PrivateKey.from_private_bytes(SEED).sign(told).hex().encode()
    parts = [("case.json", b"{}"), (MANIFEST, told), (SIGNATURE, signed), (KEY, public_of(SEED).hex().encode())]
    assert "format" in {code for code, _ in codes(packed(parts))}


def test_a_part_may_not_take_the_name_of_ours() -> None:
    with pytest.raises(ValueError, match=r"manifest\.json"):
        seal({MANIFEST: b""}, ABOUT, SEED)


def test_the_command_checks_a_file_offline_and_names_what_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "C-1.zip"
    file.write_bytes(seal(PARTS, ABOUT, SEED))
    whole = CliRunner().invoke(main, ["case", "verify", str(file), "--key", OURS_IS])
    assert (whole.exit_code, "the file is whole" in whole.output) == (0, True), whole.output
    parts = inside(file.read_bytes()) | {"case.html": b"<p>C-2</p>"}
    file.write_bytes(packed(list(parts.items())))
    told = CliRunner().invoke(main, ["case", "verify", str(file)])
    assert told.exit_code == 1
    assert "altered: case.html" in told.output
    said = json.loads(CliRunner().invoke(main, ["case", "verify", str(file), "--json"]).output)
    assert (said["ok"], said["faults"][0]["part"]) == (False, "case.html")
    file.write_bytes(b"no zip at all")
    assert CliRunner().invoke(main, ["case", "verify", str(file)]).exit_code == 1
