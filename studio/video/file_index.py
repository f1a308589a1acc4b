"""Build the packet index of a video file, and learn what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import av.error
from av.packet import Packet
from av.video.stream import VideoStream

from studio.errors import VideoError
from studio.video.container import OpenVideo, open_container
from studio.video.packet_index import (
    NO_TIME,
    PacketIndex,
    PacketRecord,
    fingerprint,
    has_exact_times,
    index_by_decoding,
    index_by_time,
)

_GUESSED_TIMES = frozenset({"avi"})
"""Containers that store no presentation times: FFmpeg guesses them, wrongly with B-frames."""


def build_index(path: Path, threads: int) -> tuple[PacketIndex, tuple[str, ...]]:
    """Read all packets of a file once, without decoding them where that is enough.

    Only a container that keeps no presentation times, with pictures out of order in it, is
    decoded once from end to end; its order cannot be known otherwise.

    Args:
        path: the file.
        threads: decoding threads.

    Returns:
        The index, and warnings in words.

    Raises:
        VideoError: the file cannot be read or holds no frames.
    """
    opened = open_container(path, threads)
    try:
        records, is_broken = _read_records(opened)
        warnings = _cut_off_warnings(opened, records, is_broken)
        shown = [record for record in records if record.is_shown]
        if not shown:
            raise VideoError(
                f"Expected a video, but {path.name} holds no frames.",
                remedy="Choose a file with a video in it.",
            )
        is_reordered = opened.stream.codec_context.reorder_depth > 0
        is_guessed = is_reordered and opened.container.format.name in _GUESSED_TIMES
        if has_exact_times(records) and not is_guessed:
            return index_by_time(records), warnings
        step_ticks = _step_ticks(opened.stream)
    finally:
        opened.close()
    decoded = _decode_order(path, threads)
    if not decoded:
        raise no_frame_decoded(path)
    return index_by_decoding(records, decoded, step_ticks), warnings


def no_frame_decoded(path: Path) -> VideoError:
    """The error for a file whose packets give not one picture."""
    return VideoError(
        f"Not one frame of {path.name} can be decoded: it is damaged.",
        remedy="Copy, download or record it again.",
    )


def packets(opened: OpenVideo) -> Iterator[Packet[VideoStream]]:
    """Read the packets that hold data, up to the end or to where the file breaks.

    An empty packet (AVI repeats a picture with one) would tell a decoder that all is over.
    """
    try:
        for packet in opened.container.demux(opened.stream):
            if packet.size:
                yield packet
    except av.error.FFmpegError:
        return


def ticks(value: int | None) -> int:
    """A time stamp or position of a packet as the index keeps it."""
    return NO_TIME if value is None else value


def name_packet(packet: Packet[VideoStream], ordinal: int) -> None:
    """Have the frame that comes out of a packet carry the packet's ordinal, as its `pts`.

    Decoders pass that number through and order frames by what the codec says. `opaque` would be
    made for this, but PyAV frees such objects with the interpreter's lock, in the decoder's
    threads, while a flush that holds this lock waits for these threads: they block each other.
    """
    packet.pts = ordinal
    packet.dts = None


def _read_records(opened: OpenVideo) -> tuple[list[PacketRecord], bool]:
    """All packets but those cut off by the end of the file, and whether it broke."""
    is_vp8 = opened.stream.codec_context.name in ("vp8", "libvpx")
    records = []
    is_broken = False
    try:
        for packet in opened.container.demux(opened.stream):
            if not packet.size:
                continue
            if packet.is_corrupt:
                is_broken = True
                continue
            # The lowest bits of a VP8 packet: key frame, version, and whether it is shown.
            is_hidden = is_vp8 and not bytes(memoryview(packet)[:1])[0] & 0x10
            records.append(
                PacketRecord(
                    pts=ticks(packet.pts),
                    dts=ticks(packet.dts),
                    position_bytes=ticks(packet.pos),
                    fingerprint=fingerprint(memoryview(packet)),
                    duration=packet.duration or 0,
                    is_key=packet.is_keyframe,
                    is_shown=not (is_hidden or packet.is_discard),
                )
            )
    except av.error.FFmpegError:
        is_broken = True
    return records, is_broken


def _decode_order(path: Path, threads: int) -> list[int]:
    """Packet ordinal of every frame, in the order the decoder puts them out."""
    opened = open_container(path, threads)
    context = opened.stream.codec_context
    decoded: list[int] = []
    try:
        ordinal = 0
        for packet in chain(packets(opened), (None,)):
            if packet is not None:
                if packet.is_corrupt:
                    continue
                name_packet(packet, ordinal)
                ordinal += 1
            try:
                frames = context.decode(packet)
            except av.error.FFmpegError:
                continue  # a damaged packet costs its own frame only
            for frame in frames:
                if frame.pts is not None:
                    decoded.append(frame.pts)
        return decoded
    finally:
        opened.close()


def _step_ticks(stream: VideoStream) -> int:
    rate = stream.average_rate or stream.guessed_rate or 25
    return max(1, round(1 / (rate * stream.time_base))) if stream.time_base else 1


def _cut_off_warnings(
    opened: OpenVideo, records: list[PacketRecord], is_broken: bool
) -> tuple[str, ...]:
    """Compare what was found with what the header promises."""
    promised = opened.stream.frames
    if promised > len(records):
        return (f"The file is cut off: {len(records)} of its {promised} frames are there.",)
    promised_seconds = _promised_seconds(opened)
    time_base = opened.stream.time_base
    times = [record.pts for record in records if record.pts != NO_TIME]
    if promised_seconds and time_base and times:
        end_seconds = float((max(times) - min(times)) * time_base)
        if end_seconds < 0.98 * promised_seconds - 0.1:
            return (
                f"The file is cut off: {end_seconds:.1f} s of its {promised_seconds:.1f} s "
                "are there.",
            )
    if is_broken:
        return ("The file is damaged or cut off at its end; what is there is shown.",)
    return ()


def _promised_seconds(opened: OpenVideo) -> float | None:
    """How long the header says the video is, where its word can be trusted."""
    tag = opened.stream.metadata.get("DURATION", "")  # Matroska: HH:MM:SS.nanoseconds
    parts = tag.split(":")
    if len(parts) == 3:
        try:
            return int(parts[0]) * 3600 + int(parts[1]) * 60 + float(parts[2])
        except ValueError:
            return None
    if len(opened.container.streams) == 1 and opened.container.duration:
        return opened.container.duration / 1_000_000
    return None
