"""Decode the frames of a video file from any key frame on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av.error
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from studio.video.container import open_container
from studio.video.file_index import name_packet, packets, ticks
from studio.video.packet_index import NO_TIME, PacketIndex, fingerprint

_LANDING_SECONDS = (0, 1, 4, 16)
"""How far before a key frame to aim when a container lands behind it."""

_LANDING_PACKETS = 64
"""How many packets to look at for one that the index knows."""


class FrameDecoder:
    """Puts out decoded frames with their index, in presentation order, from a key packet on.

    Args:
        path: the file.
        threads: decoding threads.
        index: its packets.

    Attributes:
        index: the file's packets.
        fed: ordinal of the last packet that the decoder was given, -1 for none.
        skip_below: frames before this one may stay undecoded if no other frame needs them.
    """

    def __init__(self, path: Path, threads: int, index: PacketIndex) -> None:
        self._path = path
        self._threads = threads
        self._opened = open_container(path, threads)
        self.index = index
        self.fed = -1
        self.skip_below = 0
        self._frames = self._decode(0, 0, packets(self._opened))

    @property
    def stream(self) -> VideoStream:
        """The stream that is decoded."""
        return self._opened.stream

    def close(self) -> None:
        """Close the file."""
        self._frames = iter(())
        self._opened.close()

    def next(self) -> tuple[int, VideoFrame] | None:
        """The next frame and its index; None after the last one."""
        return next(self._frames, None)

    def jump(self, key: int) -> None:
        """Go on at a key packet.

        Args:
            key: its ordinal.

        Raises:
            VideoError: the file had to be opened again and is gone.
        """
        self.fed = -1
        self.skip_below = 0
        self._frames = iter(())
        for seconds in _LANDING_SECONDS:
            landed = self._land(key, seconds)
            if landed is not None:
                self._frames = self._decode(key, *landed)
                return
        # The container cannot jump (a raw stream) or cannot be trusted to: from the start.
        self._opened.close()
        self._opened = open_container(self._path, self._threads)
        self._frames = self._decode(key, 0, packets(self._opened))

    def _land(
        self, key: int, seconds_before: int
    ) -> tuple[int, Iterator[Packet[VideoStream]]] | None:
        """Jump in the file to a key packet or before it.

        Returns:
            The ordinal of the first packet to come, and the packets; None if the jump failed or
            led behind the key packet.
        """
        stream = self.stream
        time_ticks = int(self.index.pts[key])
        if time_ticks == NO_TIME:
            time_ticks = int(self.index.dts[key])
        if time_ticks == NO_TIME:
            return None
        time_ticks -= round(seconds_before / (stream.time_base or 1))
        try:
            self._opened.container.seek(time_ticks, stream=stream)
        except av.error.FFmpegError:
            return None
        source = packets(self._opened)
        for _ in range(_LANDING_PACKETS):
            packet = next(source, None)
            if packet is None:
                return None
            content = fingerprint(memoryview(packet))
            ordinal = self.index.ordinal(ticks(packet.pts), ticks(packet.pos), content)
            if ordinal is not None:
                return (ordinal, _chain(packet, source)) if ordinal <= key else None
        return None

    def _decode(
        self, key: int, ordinal: int, source: Iterator[Packet[VideoStream]]
    ) -> Iterator[tuple[int, VideoFrame]]:
        """Feed packets from the key packet on, and put out the frames that are shown.

        Args:
            key: the ordinal to begin at; packets before it are not decoded.
            ordinal: the ordinal of the first packet of the source.
            source: packets in decoding order.
        """
        frame_of_packet = self.index.frame_of_packet
        context = self.stream.codec_context
        is_skipping = False
        context.skip_frame = "DEFAULT"
        packet: Packet[VideoStream] | None = None
        while packet is not None or ordinal <= len(frame_of_packet):
            packet = next(source, None)
            if packet is not None:
                if packet.is_corrupt:
                    continue  # as in the index: cut off by the end of the file
                if ordinal < key:
                    ordinal += 1
                    continue
                if ordinal >= len(frame_of_packet):
                    packet = None  # the file has grown since
                else:
                    name_packet(packet, ordinal)
                    self.fed = ordinal
                    # Only frames that no other frame refers to are skipped by this, so what is
                    # decoded stays the same to the bit.
                    may_skip = int(frame_of_packet[ordinal]) < self.skip_below
                    if may_skip is not is_skipping:
                        is_skipping = may_skip
                        context.skip_frame = "NONREF" if is_skipping else "DEFAULT"
                    ordinal += 1
            try:
                frames = context.decode(packet)
            except av.error.FFmpegError:
                frames = []  # a damaged packet costs its own frame only
            for frame in frames:
                index = -1 if frame.pts is None else int(frame_of_packet[frame.pts])
                if index >= 0:
                    yield index, frame
            if packet is None:
                return


def _chain(
    first: Packet[VideoStream], rest: Iterator[Packet[VideoStream]]
) -> Iterator[Packet[VideoStream]]:
    yield first
    yield from rest
