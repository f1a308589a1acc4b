"""Small videos, made on the fly, whose frames carry their index in their pixels."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from studio.opencv import cv2
from studio.video.frame import Image

_BITS = 16  # as a grid of 4 by 4 blocks
_CODECS = {".webm": "libvpx-vp9", ".avi": "mpeg4", ".mpg": "mpeg2video", ".gif": "gif"}
_TICKS_PER_SECOND = 12_800


def coded_picture(index: int, width: int = 64, height: int = 48) -> Image:
    """A picture that says which frame it is: 16 bits as dark and bright blocks.

    A smaller picture than 8 by 8 pixels has its index as its brightness instead, up to 15.
    """
    if width < 8 or height < 8:
        return np.full((height, width, 3), 8 + 16 * index, np.uint8)
    bits = [(index >> bit) & 1 for bit in range(_BITS)]
    blocks = np.array(bits, np.uint8).reshape(4, 4) * 200 + 28
    grey = cv2.resize(blocks, (width, height), interpolation=cv2.INTER_NEAREST)
    picture = cv2.merge((grey, grey, grey))
    # Something that moves, so that frames lean on each other; it keeps off the blocks' centres.
    row = (3 * index) % height
    picture[row : row + 1, :: max(1, width // 16)] = (40, 160, 90)
    return np.asarray(picture, np.uint8)


def frame_code(image: Image) -> int:
    """The index that a picture carries; the inverse of `coded_picture`."""
    height, width = image.shape[:2]
    if width < 8 or height < 8:
        return round((float(image.mean()) - 8) / 16)
    code = 0
    for bit in range(_BITS):
        top, left = (bit // 4) * height // 4, (bit % 4) * width // 4
        block = image[top : top + height // 4, left : left + width // 4]
        code |= int(float(np.median(block)) > 128) << bit
    return code


def make_video(
    path: Path,
    *,
    frame_count: int = 40,
    width: int = 64,
    height: int = 48,
    codec: str | None = None,
    b_frames: int = 0,
    group_size: int = 12,
    times_seconds: Sequence[float] | None = None,
    frames_per_second: int = 25,
    pixel_format: str = "yuv420p",
    rotation_degrees: int = 0,
    is_mirrored: bool = False,
    pixel_aspect: Fraction | None = None,
    pictures: Sequence[Image] | None = None,
    matrix: int | None = None,
    is_full_range: bool = False,
    options: dict[str, str] | None = None,
) -> Path:
    """Write a video; each frame carries its index.

    Args:
        path: its suffix chooses the container.
        frame_count: how many frames; ignored where pictures or times are given.
        width: of the stored pictures.
        height: of the stored pictures.
        codec: FFmpeg's name of the encoder; None for the usual one.
        b_frames: how many pictures in a row may refer to a later one.
        group_size: key frames are no further apart than this.
        times_seconds: when each frame is shown, for a variable rate.
        frames_per_second: the rate otherwise.
        pixel_format: FFmpeg's name.
        rotation_degrees: the clockwise turn that a player has to apply.
        is_mirrored: whether a player has to mirror it, too.
        pixel_aspect: width by height of a pixel.
        pictures: other pictures than the coded ones.
        matrix: number of the YCbCr matrix to convert with and to tag; None for no tag.
        is_full_range: whether to use and tag the full range.
        options: of the encoder.
    """
    codec = codec or _CODECS.get(path.suffix, "libx264")
    if pictures is None:
        count = len(times_seconds) if times_seconds is not None else frame_count
        pictures = [coded_picture(index, width, height) for index in range(count)]
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=frames_per_second, options=options or {})
        assert isinstance(stream, VideoStream)
        stream.height, stream.width = pictures[0].shape[:2] if pictures else (height, width)
        stream.pix_fmt = pixel_format
        context = stream.codec_context
        context.gop_size = group_size
        context.max_b_frames = b_frames
        if times_seconds is not None:
            context.time_base = Fraction(1, _TICKS_PER_SECOND)
        if pixel_aspect is not None:
            context.sample_aspect_ratio = pixel_aspect
        if matrix is not None:
            context.colorspace = matrix
        if is_full_range:
            context.color_range = 2
        if rotation_degrees or is_mirrored:
            stream.set_display_rotation(-rotation_degrees, hflip=is_mirrored)
        if not pictures:
            container.start_encoding()
            return path
        for index, picture in enumerate(pictures):
            frame = VideoFrame.from_ndarray(picture, "bgr24").reformat(
                format=pixel_format,
                dst_colorspace=matrix,
                dst_color_range=2 if is_full_range else None,
            )
            if times_seconds is not None:
                frame.pts = round(times_seconds[index] * _TICKS_PER_SECOND)
                frame.time_base = Fraction(1, _TICKS_PER_SECOND)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def make_sound(path: Path) -> Path:
    """Write a file that holds a quarter of a second of silence and no picture."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=44_100, layout="stereo")
        silence = np.zeros((2, 1024), np.float32)
        for number in range(10):
            frame = av.AudioFrame.from_ndarray(silence, format="fltp", layout="stereo")
            frame.sample_rate = 44_100
            frame.pts = number * 1024
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def truncated(path: Path, share: float) -> Path:
    """A copy that ends early."""
    content = path.read_bytes()
    copy = path.with_name(f"cut_{path.name}")
    copy.write_bytes(content[: int(len(content) * share)])
    return copy


def with_damage(path: Path, start: float, byte_count: int = 300) -> Path:
    """A copy with noise over some of its bytes.

    Args:
        path: of the video.
        start: where the damage begins, as a share of the file.
        byte_count: how far it goes.
    """
    content = bytearray(path.read_bytes())
    first = int(len(content) * start)
    noise = np.random.default_rng(0).integers(0, 256, byte_count, np.uint8).tobytes()
    content[first : first + byte_count] = noise
    copy = path.with_name(f"damaged_{path.name}")
    copy.write_bytes(content)
    return copy


def with_later_start(path: Path, frame_count: int, frames_per_second: int = 25) -> Path:
    """A copy of an MP4 whose edit list hides its first frames, as a phone's trimming does."""
    content = bytearray(path.read_bytes())
    (scale,) = struct.unpack_from(">I", content, content.index(b"mdhd") + 16)
    # elst: size, type, version and flags, count, then duration, media time and rate.
    place = content.index(b"elst") + 16
    (media_time,) = struct.unpack_from(">i", content, place)
    later = media_time + frame_count * scale // frames_per_second
    struct.pack_into(">i", content, place, later)
    copy = path.with_name(f"trimmed_{path.name}")
    copy.write_bytes(content)
    return copy
