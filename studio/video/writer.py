"""Write a video file, with the timing of its source."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import av.error
import numpy as np
from av.container.output import OutputContainer
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter
from av.video.stream import VideoStream

from studio.errors import OutputError, SpecError, StudioError, output_error
from studio.opencv import cv2
from studio.video.atomic_file import AtomicFile
from studio.video.colour import usual_matrix
from studio.video.frame import Image

_TICKS_PER_SECOND = 90_000  # divides by 24, 25, 30, 50, 60 and by 30000/1001
_KEY_FRAME_SECONDS = 2  # so that a player need not decode far to show any frame
_TAGS = {Colorspace.ITU709: 1, Colorspace.ITU601: 6}  # AVCOL_SPC_BT709, AVCOL_SPC_SMPTE170M
_RANGE_LIMITED = 1  # AVCOL_RANGE_MPEG


@dataclass(frozen=True, slots=True)
class _Format:
    """How files with one suffix are made.

    Attributes:
        container: FFmpeg's name of it.
        codec: the encoder used unless another is asked for.
        is_even: whether the encoder takes only even widths and heights.
        has_times: whether frames may come at any time, or only on a fixed beat.
    """

    container: str
    codec: str
    is_even: bool = False
    has_times: bool = True


_FORMATS = {
    ".mp4": _Format("mp4", "libx264", is_even=True),
    ".m4v": _Format("mp4", "libx264", is_even=True),
    ".mov": _Format("mov", "libx264", is_even=True),
    ".mkv": _Format("matroska", "libx264", is_even=True),
    ".webm": _Format("webm", "libvpx-vp9"),
    ".avi": _Format("avi", "mpeg4", has_times=False),
}

VIDEO_SUFFIXES = tuple(_FORMATS)
"""The suffixes that can be written."""


class VideoWriter:
    """A video file under construction.

    It is written beside its final place and renamed at `close`, so nothing half-written ever
    bears the final name. As a context manager it closes at the end and aborts on an exception.

    H.264 in 4:2:0, which alone plays everywhere, has even sides only: a picture with an odd side
    gets a copy of its last column or row there, so that it grows by a pixel and its content
    stays untouched. VP9 (.webm) and MPEG-4 (.avi) keep odd sizes.

    Args:
        path: where to write; its suffix chooses the container: .mp4, .m4v, .mov, .mkv, .webm,
            .avi.
        width: of the pictures, in pixels.
        height: of the pictures, in pixels.
        frames_per_second: the distance of pictures that come without a time.
        codec: FFmpeg's name of an encoder; None for the usual one of the container.
        crf: quality, 0 (best) to 51; 18 looks like the original.

    Raises:
        SpecError: the suffix or the codec is unknown.
        OutputError: the file cannot be written.
    """

    def __init__(
        self,
        path: Path | str,
        width: int,
        height: int,
        frames_per_second: float,
        *,
        codec: str | None = None,
        crf: int = 18,
    ) -> None:
        path = Path(path)
        if width < 1 or height < 1 or not frames_per_second > 0:
            raise SpecError(
                "Expected a picture of at least 1x1 pixels and a positive frame rate. Received "
                f"instead: {width}x{height} at {frames_per_second}."
            )
        form = output_format(path)
        self._size = (width, height)
        self._matrix = usual_matrix(width, height)  # also what is assumed where no tag is kept
        self._rate = _rate(frames_per_second, form)
        self._time_base = Fraction(1, _TICKS_PER_SECOND) if form.has_times else 1 / self._rate
        self._pad = (width % 2, height % 2) if form.is_even else (0, 0)
        self._reformatter = VideoReformatter()
        self._first_seconds: float | None = None
        self._frame_count = 0
        self._last_ticks = -1
        self._is_open = False
        self._atomic = AtomicFile(path)
        try:
            self._container: OutputContainer = av.open(
                self._atomic.file, "w", format=form.container, buffer_size=1 << 20
            )
            self._stream = self._add_stream(codec or form.codec, crf)
            self._is_open = True
        except BaseException as error:
            self._atomic.discard()
            if isinstance(error, av.error.FFmpegError):
                raise self._failure(error) from error
            raise

    @property
    def path(self) -> Path:
        """The final name."""
        return self._atomic.path

    @property
    def is_open(self) -> bool:
        """Whether it takes pictures: not any more when it was closed, given up, or has failed."""
        return self._is_open

    @property
    def frame_count(self) -> int:
        """How many pictures were written."""
        return self._frame_count

    def write(self, image: Image, time_seconds: float | None = None) -> None:
        """Append a picture.

        Args:
            image: uint8 [height, width, 3] BGR.
            time_seconds: when it is shown; the first picture's time becomes 0. Pictures on a
                fixed beat have None. A time that is not after the one before is moved
                there, and on the fixed beat of .avi times are rounded to that beat.

        Raises:
            OutputError: the disk is full or gone; the temporary file is removed.
        """
        width, height = self._size
        if image.shape != (height, width, 3) or image.dtype != np.uint8:
            raise ValueError(
                f"Expected a uint8 picture of shape {(height, width, 3)}. "
                f"Received instead: {image.dtype} {image.shape}."
            )
        if not self._is_open:
            raise ValueError("The writer is closed.")
        ticks = self._ticks(time_seconds)
        try:
            frame = self._encodable(image)
            frame.pts = ticks
            frame.time_base = self._time_base
            frame.duration = max(1, round(1 / (self._rate * self._time_base)))
            self._container.mux(self._stream.encode(frame))
        except (av.error.FFmpegError, OSError) as error:
            self.abort()
            raise self._failure(error) from error
        self._last_ticks = ticks
        self._frame_count += 1

    def close(self, path: Path | None = None) -> None:
        """Finish the file and give it its final name. A second call does nothing.

        Args:
            path: another name in the same folder, for a video that was not finished; None for
                the one that the writer was made for.

        Raises:
            OutputError: the disk is full or gone, or not one picture was written.
        """
        if not self._is_open:
            return
        if not self._frame_count:
            self.abort()
            raise OutputError(f"Could not write {self.path}: not one picture was given.")
        try:
            self._container.mux(self._stream.encode(None))
            self._is_open = False
            self._container.close()
        except (av.error.FFmpegError, OSError) as error:
            self.abort()
            raise self._failure(error) from error
        self._atomic.commit(path)

    def abort(self) -> None:
        """Give up and remove what was written. After `close` it does nothing."""
        self._is_open = False
        # It may not be able to write its trailer, but the file is removed anyway.
        with contextlib.suppress(av.error.FFmpegError, OSError):
            self._container.close()
        self._atomic.discard()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.abort()

    def _add_stream(self, codec: str, crf: int) -> VideoStream:
        try:
            stream = self._container.add_stream(
                codec, rate=self._rate, options=_options(codec, crf)
            )
        except (av.error.FFmpegError, ValueError, TypeError) as error:
            raise SpecError(
                f"{codec!r} is no video codec that can be written to {self.path.suffix}.",
                remedy="Leave the codec out to use the usual one.",
                details=repr(error),
            ) from error
        if not isinstance(stream, VideoStream):
            raise SpecError(f"{codec!r} is no video codec.", remedy="Leave the codec out.")
        stream.width = self._size[0] + self._pad[0]
        stream.height = self._size[1] + self._pad[1]
        stream.pix_fmt = "yuv420p"
        context = stream.codec_context
        context.time_base = self._time_base
        context.gop_size = max(1, round(_KEY_FRAME_SECONDS * self._rate))
        context.color_range = _RANGE_LIMITED
        # The numbers of matrix, primaries and transfer are the same for these two.
        tag = _TAGS[self._matrix]
        context.colorspace = context.color_primaries = context.color_trc = tag
        if codec == "mpeg4":
            context.qscale = True
            context.global_quality = 118 * max(1, min(31, crf // 6))  # 118: FF_QP2LAMBDA
        self._container.start_encoding()
        return stream

    def _encodable(self, image: Image) -> VideoFrame:
        """Convert to 4:2:0, with an even size where the codec needs one."""
        right, bottom = self._pad
        if right or bottom:
            image = np.asarray(
                cv2.copyMakeBorder(image, 0, bottom, 0, right, cv2.BORDER_REPLICATE), np.uint8
            )
        return self._reformatter.reformat(
            VideoFrame.from_numpy_buffer(np.ascontiguousarray(image), "bgr24"),
            format="yuv420p",
            dst_colorspace=self._matrix,
            dst_color_range=ColorRange.MPEG,
            threads=1,
        )

    def _ticks(self, time_seconds: float | None) -> int:
        if time_seconds is None:
            seconds = self._frame_count / self._rate
        else:
            if self._first_seconds is None:
                self._first_seconds = time_seconds
            seconds = Fraction(time_seconds - self._first_seconds)
        return max(self._last_ticks + 1, round(seconds / self._time_base))

    def _failure(self, error: Exception) -> StudioError:
        if isinstance(error, OSError):
            return output_error(self.path, error)
        return OutputError(
            f"Could not write {self.path}: the encoder failed.",
            remedy="Choose another format or size.",
            details=repr(error),
        )


def output_format(path: Path) -> _Format:
    """Choose the container by suffix, or say which there are."""
    form = _FORMATS.get(path.suffix.lower())
    if form is None:
        raise SpecError(
            f"Expected a video file name that ends with {', '.join(VIDEO_SUFFIXES)}. "
            f"Received instead: {path.name}.",
            remedy="Change its ending.",
        )
    return form


def _rate(frames_per_second: float, form: _Format) -> Fraction:
    """The rate as a fraction: exact for 30000/1001 and the like."""
    most = 1001
    if not form.has_times:  # MPEG-4 counts at most 65535 ticks in a second
        most = min(most, max(1, int(65_535 / frames_per_second)))
    return Fraction(frames_per_second).limit_denominator(most) or Fraction(1, most)


def _options(codec: str, crf: int) -> dict[str, str]:
    if codec in ("libx264", "libx265"):
        return {"preset": "veryfast", "crf": str(crf)}
    if codec.startswith("libvpx"):
        # VP9 counts quality to 63; without a bit rate of 0 it would keep to a default one.
        return {
            "deadline": "realtime",
            "cpu-used": "8",
            "row-mt": "1",
            "crf": str(min(63, round(crf * 63 / 51))),
            "b:v": "0",
        }
    return {}
