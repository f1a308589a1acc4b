"""The shell protocol is understood however the stream is cut."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import PhoneError
from studio.targets.phone.shell import PacketDecoder

_packets = st.lists(st.tuples(st.integers(1, 3), st.binary(max_size=40)), max_size=8)


@given(_packets, st.lists(st.integers(1, 30), max_size=40))
def test_cutting_the_stream_changes_nothing(
    packets: list[tuple[int, bytes]], cuts: list[int]
) -> None:
    stream = b"".join(struct.pack("<BI", kind, len(data)) + data for kind, data in packets)
    decoder = PacketDecoder()
    found: list[tuple[int, bytes]] = []
    for cut in cuts:
        found += decoder.feed(stream[:cut])
        stream = stream[cut:]
    assert found + decoder.feed(stream) == packets


@given(_packets, st.integers(5, 255), st.binary(min_size=4, max_size=20))
def test_what_is_no_shell_protocol_is_refused_in_words(
    packets: list[tuple[int, bytes]], kind: int, rest: bytes
) -> None:
    decoder = PacketDecoder()
    for good, data in packets:
        decoder.feed(struct.pack("<BI", good, len(data)) + data)
    with pytest.raises(PhoneError, match="shell protocol"):
        decoder.feed(bytes([kind]) + rest)


def test_an_old_phones_plain_text_is_no_shell_protocol() -> None:
    with pytest.raises(PhoneError, match="shell protocol"):
        PacketDecoder().feed(b"/system/bin/sh: not found\n")
