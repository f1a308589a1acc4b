"""Clips made of DAVIS' frames: still ones, ones of many cuts, ones at 720p."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.classes import voc_palette
from studio.data.reading import read_image, read_mask
from studio.data.samples import Sample
from studio.evaluation.davis import Sequence as Video
from studio.opencv import cv2
from studio.video.mask_writer import write_mask_png
from tests.benchmarks.temporal_videos import frame_sizes

_NOISE_GREY_LEVELS = 2.0
_ANY_INDEX = 255


def still_clips(videos: Sequence[Video], folder: Path, frames: int) -> tuple[Video, ...]:
    """The middle frame of each video again and again, with a sensor's noise.

    Args:
        videos: whence the frames.
        folder: to write into.
        frames: of each clip.
    """
    clips = []
    for video in videos:
        chosen = video.frames[len(video.frames) // 2]
        image = read_image(chosen.image)
        random = np.random.default_rng(0)
        samples = []
        for index in range(frames):
            noise = random.normal(0.0, _NOISE_GREY_LEVELS, image.shape)
            noisy = np.clip(image + noise, 0, 255).astype(np.uint8)
            path = folder / f"still-{video.name}-{index:03d}.jpg"
            _write_jpeg(path, noisy)
            samples.append(Sample(path.stem, path, chosen.mask))
        clips.append(Video(f"still {video.name}", tuple(samples), video.foreground))
    return tuple(clips)


def cut_clips(videos: Sequence[Video], every: int, scenes: int) -> tuple[Video, ...]:
    """Clips of scenes from one video after the other.

    Args:
        videos: those of the first one's size are used.
        every: frames of a scene.
        scenes: of each clip.

    Returns:
        As many clips as there are videos; the foreground of each is that of all its scenes.
    """
    sizes = list(frame_sizes(videos))
    usable = [
        video
        for video, size in zip(videos, sizes, strict=True)
        if size == sizes[0] and len(video.frames) >= every
    ]
    clips = []
    for first in range(len(usable)):
        samples: list[Sample] = []
        foreground: dict[str, None] = {}
        for scene in range(scenes):
            video = usable[(first + scene) % len(usable)]
            room = len(video.frames) - every + 1
            start = (first * every + scene * 7) % room
            samples += video.frames[start : start + every]
            foreground |= dict.fromkeys(video.foreground)
        clips.append(Video(f"cuts {first}", tuple(samples), tuple(foreground)))
    return tuple(clips)


def hd_clips(videos: Sequence[Video], folder: Path, height: int = 720) -> tuple[Video, ...]:
    """The same videos, enlarged to a height.

    Args:
        videos: any.
        folder: to write into.
        height: in pixels.
    """
    clips = []
    for video in videos:
        samples = []
        for frame in video.frames:
            assert frame.mask is not None
            image, mask = read_image(frame.image), read_mask(frame.mask, _ANY_INDEX)
            width = 2 * round(image.shape[1] * height / image.shape[0] / 2)
            path = folder / f"{video.name}-{frame.image.stem}.jpg"
            _write_jpeg(path, cv2.resize(image, (width, height), interpolation=cv2.INTER_CUBIC))
            large = cv2.resize(
                (mask > 0).astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST_EXACT
            )
            truth = path.with_suffix(".png")
            write_mask_png(truth, np.asarray(large, np.uint8), voc_palette())
            samples.append(Sample(path.stem, path, truth))
        clips.append(Video(video.name, tuple(samples), video.foreground))
    return tuple(clips)


def _write_jpeg(path: Path, rgb: NDArray[np.uint8] | cv2.typing.MatLike) -> None:
    bgr = np.ascontiguousarray(np.asarray(rgb)[..., ::-1])
    written = cv2.imwrite(str(path), bgr, [cv2.IMWRITE_JPEG_QUALITY, 97])
    assert written, path
