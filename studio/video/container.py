"""Open a video file with FFmpeg and say in words why it cannot be used."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import av
import av.error
from av.container.input import InputContainer
from av.stream import Discard
from av.video.stream import VideoStream

from studio.errors import VideoError

_NOT_VIDEOS = frozenset({"tty"})
"""Formats that FFmpeg makes pictures of, though nobody calls them a video (a text file)."""

_CUT_OFF_REMEDY = "Copy, download or record it again, in full."


@dataclass(slots=True)
class OpenVideo:
    """An open container and its video stream, ready to decode.

    Attributes:
        container: the open file.
        stream: its main video stream; packets of all other streams are thrown away unread.
    """

    container: InputContainer
    stream: VideoStream

    def close(self) -> None:
        """Close the file."""
        self.container.close()


def open_container(path: Path, threads: int) -> OpenVideo:
    """Open a video file.

    Args:
        path: the file.
        threads: decoding threads.

    Returns:
        The open file; the caller closes it.

    Raises:
        VideoError: it is missing, empty, damaged, no video, or needs an unknown codec.
    """
    _check_file(path)
    try:
        # "file:" keeps FFmpeg from taking a name with a colon for an address, and the white list
        # keeps a play list from opening anything on the network.
        container = av.open(
            f"file:{path}",
            "r",
            container_options={"protocol_whitelist": "file"},
            metadata_errors="replace",
        )
    except av.error.FFmpegError as error:
        raise _opening_error(path, error) from error
    try:
        stream = _video_stream(path, container)
    except VideoError:
        container.close()
        raise
    for other in container.streams:
        if other is not stream:
            other.discard = Discard.all
    context = stream.codec_context
    context.thread_count = threads
    context.thread_type = "AUTO"
    return OpenVideo(container, stream)


def _check_file(path: Path) -> None:
    try:
        size_bytes = path.stat().st_size
    except FileNotFoundError as error:
        raise VideoError(f"There is no file {path}.", remedy="Check the path.") from error
    except OSError as error:
        raise VideoError(f"Could not read {path}.", details=repr(error)) from error
    if size_bytes == 0:
        raise VideoError(
            f"Expected a video, but {path.name} is empty (0 bytes).", remedy=_CUT_OFF_REMEDY
        )


def _opening_error(path: Path, error: av.error.FFmpegError) -> VideoError:
    details = repr(error)
    if isinstance(error, PermissionError):
        return VideoError(
            f"You may not read {path}.",
            remedy="Change its rights or copy it to a folder of yours.",
            details=details,
        )
    if isinstance(error, EOFError):
        return VideoError(
            f"{path.name} ends before its first frame: it holds no frames.",
            remedy=_CUT_OFF_REMEDY,
            details=details,
        )
    with path.open("rb") as file:
        is_movie = file.read(12)[4:8] == b"ftyp"
    if is_movie:
        return VideoError(
            f"{path.name} is cut off or damaged: the index of an MP4 or MOV file, often at its "
            "end, is missing.",
            remedy=_CUT_OFF_REMEDY,
            details=details,
        )
    return VideoError(
        f"Expected a video, but {path.name} is not one that can be read.",
        remedy="Choose an MP4, AVI, MOV, MKV or WebM file, or a folder of images.",
        details=details,
    )


def _video_stream(path: Path, container: InputContainer) -> VideoStream:
    # An attached picture is a cover in a sound file, not a video.
    streams = [
        stream
        for stream in container.streams.video
        if not stream.disposition & stream.disposition.attached_pic
    ]
    if container.format.name in _NOT_VIDEOS:
        streams = []
    elif not streams and container.streams.audio:
        raise VideoError(
            f"Expected a video, but {path.name} holds only sound, no pictures.",
            remedy="Choose a file with a video in it.",
        )
    if not streams:
        raise VideoError(
            f"Expected a video, but {path.name} holds no frames.",
            remedy="Choose a file with a video in it.",
        )
    best = container.streams.best("video")
    stream = next((stream for stream in streams if stream is best), streams[0])
    if stream.codec_context is None:
        raise VideoError(
            f"{path.name} needs a decoder that is not built in.",
            remedy="Convert it to H.264 in MP4.",
        )
    return stream
