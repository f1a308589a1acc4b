"""Where every frame of a video file lies: which packet holds it, and from where to decode it."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

NO_TIME = np.iinfo(np.int64).min
"""Stands for a time stamp or a file position that the container does not give."""

_FINGERPRINT_BYTES = 512


@dataclass(frozen=True, slots=True)
class PacketRecord:
    """What is kept of one packet.

    Attributes:
        pts: presentation time stamp in ticks of the stream, or NO_TIME.
        dts: decoding time stamp in ticks of the stream, or NO_TIME.
        position_bytes: where it lies in the file, or NO_TIME.
        fingerprint: of its content; see `fingerprint`.
        duration: in ticks; 0 when it is not known.
        is_key: whether decoding can start here.
        is_shown: whether it yields a picture that is to be shown.
    """

    pts: int
    dts: int
    position_bytes: int
    fingerprint: int
    duration: int
    is_key: bool
    is_shown: bool


@dataclass(frozen=True, slots=True)
class PacketIndex:
    """All packets of a stream in decoding order, and the frames in presentation order.

    A packet is named by its ordinal, its place in decoding order. That name is exact where time
    stamps are not: some containers give none, or guess them.

    Attributes:
        pts: int64 [packets].
        dts: int64 [packets].
        position_bytes: int64 [packets].
        fingerprints: int64 [packets].
        is_key: bool [packets].
        packet_of_frame: int64 [frames]: the ordinal of the packet that holds a frame.
        frame_of_packet: int64 [packets]: the frame that a packet holds, or -1.
        key_of_frame: int64 [frames]: the ordinal of the packet to start decoding a frame from.
        times_ticks: int64 [frames]: presentation time, strictly increasing, from 0.
        end_ticks: when the last frame ends.
    """

    pts: NDArray[np.int64]
    dts: NDArray[np.int64]
    position_bytes: NDArray[np.int64]
    fingerprints: NDArray[np.int64]
    is_key: NDArray[np.bool_]
    packet_of_frame: NDArray[np.int64]
    frame_of_packet: NDArray[np.int64]
    key_of_frame: NDArray[np.int64]
    times_ticks: NDArray[np.int64]
    end_ticks: int

    @property
    def frame_count(self) -> int:
        """How many frames can be shown."""
        return len(self.packet_of_frame)

    def ordinal(self, pts: int, position_bytes: int, fingerprint: int) -> int | None:
        """Recognise a packet after a jump in the file; None when it is not known for sure.

        The content comes first, because several demuxers work out time stamps and places from
        what they read before. Packets may be alike in still scenes, or come twice by an edit list.
        """
        hits = np.flatnonzero(self.fingerprints == fingerprint)
        if len(hits) > 1 and position_bytes != NO_TIME:
            hits = hits[self.position_bytes[hits] == position_bytes]
            if len(hits) > 1:
                hits = hits[self.pts[hits] == pts]
        return int(hits[0]) if len(hits) == 1 else None

    def without_first(self, count: int) -> PacketIndex:
        """Drop the first frames, because no decoder can give them."""
        start_ticks = int(self.times_ticks[count])
        packet_of_frame = self.packet_of_frame[count:]
        return replace(
            self,
            packet_of_frame=packet_of_frame,
            frame_of_packet=_frames_of_packets(len(self.pts), packet_of_frame),
            key_of_frame=self.key_of_frame[count:],
            times_ticks=self.times_ticks[count:] - start_ticks,
            end_ticks=self.end_ticks - start_ticks,
        )


def fingerprint(content: memoryview) -> int:
    """A number that tells one packet from another: its size, and a checksum of its beginning."""
    return len(content) << 32 | zlib.crc32(content[:_FINGERPRINT_BYTES])


def has_exact_times(records: list[PacketRecord]) -> bool:
    """Whether every packet has a presentation time of its own."""
    times = [record.pts for record in records]
    return NO_TIME not in times and len(set(times)) == len(times)


def index_by_time(records: list[PacketRecord]) -> PacketIndex:
    """Order frames by their presentation times.

    Args:
        records: the packets in decoding order, at least one of them shown, with exact times.

    Returns:
        The index.
    """
    pts = np.array([record.pts for record in records], np.int64)
    is_shown = np.array([record.is_shown for record in records], np.bool_)
    by_time = np.argsort(pts, kind="stable")
    packet_of_frame = by_time[is_shown[by_time]]
    times = pts[packet_of_frame]
    # MP4 gives the distance to the next packet of the file, which is the next picture shown only
    # at its very end.
    last = int(packet_of_frame[-1])
    duration = records[last].duration
    if last < len(records) - 1:
        duration = _usual_step(times) or duration
    return _assemble(records, packet_of_frame, times, duration or _usual_step(times))


def index_by_decoding(
    records: list[PacketRecord], shown: Iterable[int], step_ticks: int
) -> PacketIndex:
    """Order frames as a decoder put them out, for containers without usable times.

    Args:
        records: the packets in decoding order.
        shown: ordinal of the packet of each frame, in the order of the decoder's output; at least
            one.
        step_ticks: the distance of two frames where no time helps.

    Returns:
        The index.
    """
    seen = list(dict.fromkeys(shown))
    packet_of_frame = np.array(seen, np.int64)
    guesses = np.array([records[ordinal].pts for ordinal in seen], np.int64)
    decoding_times = np.sort([records[ordinal].dts for ordinal in seen])
    if guesses.min() != NO_TIME and np.all(np.diff(guesses) > 0):
        times = guesses
    elif decoding_times[0] != NO_TIME and np.all(np.diff(decoding_times) > 0):
        times = decoding_times
    else:
        times = np.arange(len(seen), dtype=np.int64) * step_ticks
    return _assemble(records, packet_of_frame, times, _usual_step(times) or step_ticks)


def _usual_step(times: NDArray[np.int64]) -> int:
    """The median distance of two frames; 0 for a single frame."""
    return int(np.median(np.diff(times))) if len(times) > 1 else 0


def _frames_of_packets(packet_count: int, packet_of_frame: NDArray[np.int64]) -> NDArray[np.int64]:
    frame_of_packet = np.full(packet_count, -1, np.int64)
    frame_of_packet[packet_of_frame] = np.arange(len(packet_of_frame))
    return frame_of_packet


def _assemble(
    records: list[PacketRecord],
    packet_of_frame: NDArray[np.int64],
    times: NDArray[np.int64],
    last_ticks: int,
) -> PacketIndex:
    """Put the packets' fields into arrays, a hundredth of the memory of the records."""
    pts = np.array([record.pts for record in records], np.int64)
    is_key = np.array([record.is_key for record in records], np.bool_)
    frame_of_packet = _frames_of_packets(len(records), packet_of_frame)
    return PacketIndex(
        pts=pts,
        dts=np.array([record.dts for record in records], np.int64),
        position_bytes=np.array([record.position_bytes for record in records], np.int64),
        fingerprints=np.array([record.fingerprint for record in records], np.int64),
        is_key=is_key,
        packet_of_frame=packet_of_frame,
        frame_of_packet=frame_of_packet,
        key_of_frame=_keys_of_frames(pts, np.flatnonzero(is_key), packet_of_frame, frame_of_packet),
        times_ticks=times - times[0],
        end_ticks=int(times[-1] - times[0]) + last_ticks,
    )


def _keys_of_frames(
    pts: NDArray[np.int64],
    keys: NDArray[np.int64],
    packet_of_frame: NDArray[np.int64],
    frame_of_packet: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Find the packet to decode each frame from; the first one where no key packet helps.

    A frame can be decoded from a key packet that comes no later in the file *and* is shown no
    later: pictures that follow a key packet in the file but are shown before it (an open group
    of pictures) lean on the group before.
    """
    # Packets that are decoded but not shown (before the start of an edit list) have no place
    # among the frames; their time stamps, which such files always have, give them one.
    shown_at = frame_of_packet[keys].astype(np.float64)
    hidden = shown_at < 0
    times = np.sort(pts[packet_of_frame])
    shown_at[hidden] = np.searchsorted(times, pts[keys[hidden]]) - 0.5
    choice = np.searchsorted(keys, packet_of_frame, "right") - 1
    frames = np.arange(len(packet_of_frame))
    while True:
        candidates = np.flatnonzero(choice >= 0)
        too_late = candidates[shown_at[choice[candidates]] > frames[candidates]]
        if not len(too_late):
            break
        choice[too_late] -= 1
    found = np.zeros(len(packet_of_frame), np.int64)
    found[choice >= 0] = keys[choice[choice >= 0]]
    return found
