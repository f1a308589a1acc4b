"""The packet index says where each frame lies and from where it can be decoded."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from studio.video.packet_index import (
    NO_TIME,
    PacketRecord,
    fingerprint,
    has_exact_times,
    index_by_decoding,
    index_by_time,
)


def _record(
    pts: int, *, is_key: bool = False, is_shown: bool = True, content: bytes = b"", at: int = 0
) -> PacketRecord:
    return PacketRecord(
        pts=pts,
        dts=pts,
        position_bytes=at,
        duration=1,
        fingerprint=fingerprint(memoryview(content)),
        is_key=is_key,
        is_shown=is_shown,
    )


@given(
    groups=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5)), min_size=1, max_size=8),
    start=st.integers(-100, 100),
)
def test_a_frame_is_decoded_from_a_key_packet_that_comes_and_is_shown_no_later(
    groups: list[tuple[int, int]], start: int
) -> None:
    # Each group: pictures shown before its key packet, which lean on the group before, and
    # pictures shown after it.
    records: list[PacketRecord] = []
    expected: dict[int, int] = {}
    time, last_key = start, 0
    for number, (leading, trailing) in enumerate(groups):
        leading = leading if number else 0
        key = len(records)
        records.append(_record(time + leading, is_key=True))
        for step in range(leading):
            expected[len(records)] = last_key
            records.append(_record(time + step))
        expected[key] = key
        for step in range(trailing):
            expected[len(records)] = key
            records.append(_record(time + leading + 1 + step))
        time += leading + 1 + trailing
        last_key = key
    index = index_by_time(records)
    assert index.times_ticks.tolist() == list(range(len(records)))
    assert index.end_ticks == len(records)
    for frame in range(index.frame_count):
        packet = int(index.packet_of_frame[frame])
        assert records[packet].pts == start + frame
        assert index.frame_of_packet[packet] == frame
        assert index.key_of_frame[frame] == expected[packet]


def test_hidden_packets_are_no_frames_but_may_be_needed_to_decode_them() -> None:
    records = [_record(-2, is_key=True, is_shown=False), _record(-1, is_shown=False)]
    records += [_record(time) for time in range(3)]
    index = index_by_time(records)
    assert index.packet_of_frame.tolist() == [2, 3, 4]
    assert index.frame_of_packet.tolist() == [-1, -1, 0, 1, 2]
    assert index.key_of_frame.tolist() == [0, 0, 0]


def test_times_are_exact_only_if_each_packet_has_its_own() -> None:
    assert has_exact_times([_record(0), _record(2), _record(1)])
    assert not has_exact_times([_record(0), _record(1), _record(1)])
    assert not has_exact_times([_record(0), _record(NO_TIME)])


def test_without_usable_times_frames_come_as_the_decoder_gave_them() -> None:
    records = [_record(NO_TIME, is_key=number == 0) for number in range(4)]
    index = index_by_decoding(records, [0, 2, 1, 3], step_ticks=5)
    assert index.packet_of_frame.tolist() == [0, 2, 1, 3]
    assert index.times_ticks.tolist() == [0, 5, 10, 15]
    assert index.end_ticks == 20


def test_left_out_first_frames_do_not_move_the_others() -> None:
    index = index_by_time([_record(time, is_key=time in (0, 2)) for time in range(5)])
    rest = index.without_first(2)
    assert rest.frame_count == 3
    assert rest.packet_of_frame.tolist() == [2, 3, 4]
    assert rest.frame_of_packet.tolist() == [-1, -1, 0, 1, 2]
    assert rest.times_ticks.tolist() == [0, 1, 2]
    assert rest.end_ticks == index.end_ticks - 2


def test_a_packet_is_recognised_only_when_it_is_beyond_doubt() -> None:
    records = [
        _record(0, content=b"one", at=10, is_key=True),
        _record(1, content=b"still", at=20),
        _record(2, content=b"still", at=30),
        _record(3, content=b"twice", at=40),
        _record(4, content=b"twice", at=40),
    ]
    index = index_by_time(records)
    for ordinal, record in enumerate(records):
        assert index.ordinal(record.pts, record.position_bytes, record.fingerprint) == ordinal
    still = fingerprint(memoryview(b"still"))
    assert index.ordinal(77, NO_TIME, fingerprint(memoryview(b"one"))) == 0
    assert index.ordinal(1, NO_TIME, still) is None
    assert index.ordinal(1, 99, still) is None
    assert index.ordinal(0, 10, fingerprint(memoryview(b"new"))) is None
    assert index.ordinal(5, 40, records[3].fingerprint) is None


@given(content=st.binary(max_size=2000))
def test_size_and_beginning_make_the_fingerprint(content: bytes) -> None:
    number = fingerprint(memoryview(content))
    assert 0 <= number < np.iinfo(np.int64).max
    assert number != fingerprint(memoryview(content + b"\0"))
    assert number != fingerprint(memoryview(b"\1" + content)[: len(content)]) or (
        content == (b"\1" + content)[: len(content)]
    )
