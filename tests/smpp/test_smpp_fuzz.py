"""Whatever octets come, and however they are cut: both ends of a link stay on their feet."""

from __future__ import annotations

import asyncio
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from qiao.channels.smpp import Link, Manners
from qiao.channels.smpp import model_pdu as smpp
from qiao.channels.smpp.model_pdu import Frame, FrameBroken, Pdu, frames_of, written
from qiao.channels.smpp.sandbox import Centre
from tests.smpp.lines import Heard, body
from tests.smpp.raw import SUBMITTED, raw, submit


@given(
    st.lists(st.one_of(st.binary(max_size=60), st.just(submit()), st.just(raw(smpp.ENQUIRE_LINK, 1))), max_size=5),
    st.lists(st.integers(1, 64), min_size=1, max_size=40),
)
def test_the_stream_is_split_alike_however_it_is_cut(sent: list[bytes], cuts: list[int]) -> None:
    def split(pieces: list[bytes]) -> tuple[list[Frame], bool, bytes]:
        found, buffer = list[Frame](), b""
        for piece in pieces:
            buffer += piece
            try:
                frames, taken = frames_of(buffer)
            except FrameBroken as broken:
                return found + broken.found, True, b""
            found, buffer = found + frames, buffer[taken:]
        return found, False, buffer

    stream = b"".join(sent)
    pieces, at = list[bytes](), 0
    for cut in [*cuts, len(stream) or 1]:
        pieces.append(stream[at : at + cut])
        at += cut
    at_once, bit_by_bit = split([stream]), split(pieces)
    assert bit_by_bit == at_once


MUTATED = st.tuples(
    st.sampled_from([submit(), raw(smpp.ENQUIRE_LINK, 1), raw(smpp.UNBIND, 2), raw(SUBMITTED, 1, b"1\0"),
                     written(Pdu(smpp.DELIVER_SM, 0, 3, {"source": "8613900001111", "esm_class": 4})),
                     written(Pdu(smpp.BIND_TRANSCEIVER, 0, 4, {"system_id": "qiao"}))]),
    st.lists(st.tuples(st.integers(0, 80), st.integers(0, 255)), max_size=4),
)  # fmt: skip


def mutated(octets: bytes, changes: list[tuple[int, int]]) -> bytes:
    changed = bytearray(octets)
    for at, value in changes:
        changed[at % len(changed)] = value
    return bytes(changed)


class Wire(asyncio.Transport):
    """A transport that goes nowhere."""

    def __init__(self) -> None:
        super().__init__()
        self.out, self.over = b"", False

    def write(self, octets: Any) -> None:
        self.out += octets

    def is_closing(self) -> bool:
        return self.over

    def close(self) -> None:
        self.over = True

    abort = close

    def get_write_buffer_size(self) -> int:
        return 0

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass


@settings(max_examples=150, deadline=None)
@given(st.lists(MUTATED, max_size=6), st.integers(1, 50), st.integers(0, 3))
def test_a_link_and_a_centre_bear_any_octets_and_say_only_whole_pdus(
    sent: list[tuple[bytes, list[tuple[int, int]]]], cut: int, submitted: int
) -> None:
    async def run() -> None:
        heard = Heard()
        ours, there = Link(heard.told(), Manners(window=10)), Centre({"qiao": ""})
        session = there_session(there)
        stream = b"".join(mutated(*one) for one in sent)
        for end in (ours, session):
            wire = Wire()
            end.connection_made(wire)
            for number in range(submitted if end is ours else 0):
                ours.submit(number, body())
            for at in range(0, len(stream), cut):
                if not wire.over:
                    end.data_received(stream[at : at + cut])
            await asyncio.sleep(0)
            end.connection_lost(None)
            said, taken = frames_of(wire.out)
            assert taken == len(wire.out), "whole PDUs"
            assert len(said) <= len(stream) // 16 + submitted + 1
        done = [one.reference for one in heard.answers] + heard.lost
        assert sorted(done) == list(range(submitted)), "each submission has one end"

    asyncio.run(run())


def there_session(there: Centre) -> Any:
    from qiao.channels.smpp.sandbox.centre import _Session

    return _Session(there)
