"""A playback model that a test drives by hand: no process, no video, the same signals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from studio.classes import VOC_LABELS, voc_palette
from studio.errors import StudioError
from studio.gui.playback.shown import FrameRecord, OverlaySettings, ShownFrame
from studio.gui.playback.view_model import PlaybackModel
from studio.inference.model import ModelInfo, TensorInfo
from studio.video.frame import VideoInfo


def a_model(tensors: tuple[TensorInfo, ...] = (), size_bytes: int = 0) -> ModelInfo:
    """A VOC model on LiteRT with one thread."""
    palette = tuple((int(r), int(g), int(b)) for r, g, b in voc_palette()[: len(VOC_LABELS)])
    return ModelInfo(
        path="a_model.tflite",
        name="a model",
        runtime="litert",
        runtime_version="2.3.0",
        delegate="XNNPACK",
        delegated_ops_ratio=1.0,
        threads=1,
        input_height=257,
        input_width=257,
        input_dtype="uint8",
        output_kind="logits",
        output_shape=(1, 17, 17, 21),
        output_dtype="uint8",
        labels=VOC_LABELS,
        palette=palette,
        fit="letterbox",
        logits_grid="half_pixel",
        size_bytes=size_bytes,
        load_millis=20.0,
        weight_bits=8,
        sources={},
        tensors=tensors,
    )


def a_video(width: int = 64, height: int = 48) -> VideoInfo:
    """A hundred frames at 25 a second."""
    return VideoInfo("a_video.mp4", "file", width, height, 100, 25.0, 4.0)


def a_record(index: int, shown_at_seconds: float, **changes: float) -> FrameRecord:
    """A played frame of 10 ms: 1 + 2 + 4 + 2 + 1."""
    record = FrameRecord(
        index=index,
        time_seconds=index / 25,
        shown_at_seconds=shown_at_seconds,
        decode_millis=1.0,
        preprocess_millis=2.0,
        invoke_millis=4.0,
        postprocess_millis=2.0,
        draw_millis=1.0,
        dropped_before=0,
        is_playing=True,
    )
    return replace(record, **changes)  # type: ignore[arg-type]


def steady_records(count: int, frames_per_second: float = 25.0) -> Iterator[FrameRecord]:
    """Records at an even pace whose invoke time runs through 4, 5, ... 13 ms."""
    for index in range(count):
        yield a_record(index, 100 + index / frames_per_second, invoke_millis=4.0 + index % 10)


class DrivenPlayback(PlaybackModel):
    """Says what the test tells it, and remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.sought: list[int] = []
        self.failures: list[StudioError] = []
        self._driven_video: VideoInfo | None = None
        self._driven_model: ModelInfo | None = None
        self._driven_shown: ShownFrame | None = None
        self._driven_overlay = OverlaySettings()
        self._driven_playing = False
        self.failed.connect(self.failures.append)

    @property
    def video(self) -> VideoInfo | None:
        return self._driven_video

    @property
    def model(self) -> ModelInfo | None:
        return self._driven_model

    @property
    def shown(self) -> ShownFrame | None:
        return self._driven_shown

    @property
    def overlay(self) -> OverlaySettings:
        return self._driven_overlay

    @property
    def is_playing(self) -> bool:
        return self._driven_playing

    def seek(self, index: int) -> None:
        self.sought.append(index)

    def give_video(self, video: VideoInfo | None = None) -> None:
        self._driven_video = video or a_video()
        self.video_opened.emit(self._driven_video)

    def take_video(self) -> None:
        self._driven_video = self._driven_shown = None
        self.video_closed.emit()

    def give_model(self, model: ModelInfo | None = None) -> None:
        self._driven_model = model or a_model()
        self.model_opened.emit(self._driven_model)

    def take_model(self) -> None:
        self._driven_model = None
        self.model_closed.emit()

    def give_overlay(self, overlay: OverlaySettings) -> None:
        self._driven_overlay = overlay
        self.overlay_changed.emit(overlay)

    def set_playing(self, is_playing: bool) -> None:
        self._driven_playing = is_playing
        self.playing_changed.emit(is_playing)

    def measure(self, records: Iterable[FrameRecord]) -> None:
        for record in records:
            self.frame_measured.emit(record)

    def show_frame(
        self, image: NDArray[np.uint8], mask: NDArray[np.uint8] | None = None, index: int = 0
    ) -> None:
        pixels = None if mask is None else np.bincount(mask.ravel(), minlength=len(VOC_LABELS))
        self._driven_shown = ShownFrame(index, index / 25, image, mask, pixels)
        self.frame_shown.emit(self._driven_shown)
