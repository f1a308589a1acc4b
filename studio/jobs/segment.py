"""Segment a video from end to end: decode, network, overlay, files; every stage timed."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

import numpy as np

from studio.classes import voc_palette
from studio.errors import InputError, StudioError, VideoError, output_error
from studio.inference.overlay import OverlayStyle, draw_overlay
from studio.jobs.frame_figures import FrameFigures
from studio.jobs.frame_reader import FrameReader
from studio.jobs.spec import SegmentSpec
from studio.opencv import cv2
from studio.runs.reporting import Reporter
from studio.targets.anchors import first_to_fold
from studio.targets.computer import ComputerTarget
from studio.targets.target import Session
from studio.video.frame import VideoSource
from studio.video.mask_writer import write_mask_png
from studio.video.source import open_video
from studio.video.writer import VideoWriter


def run(spec: SegmentSpec, reporter: Reporter) -> dict[str, object]:
    """Segment a video.

    What was asked for is written as it is made. When the job is stopped, or something breaks, the
    frames done so far are kept: masks as they are, the video under a name that says how many
    frames it holds; the name that was asked for is only ever given to a whole video. What a camera
    shows has no end, so there it is the stop that makes the video whole.

    Args:
        spec: what to do.
        reporter: hears how it goes.

    Returns:
        `frames`, whether they are all that was asked for (`complete`), `fps`, `millis` by stage
        (p50, p90, p99, mean), `temporal` (see `FrameFigures.temporal`), what was written, and with
        what.

    Raises:
        VideoError: the input cannot be read.
        ModelError: the model cannot be used.
        OutputError: a result cannot be written.
    """
    cv2.setNumThreads(1)  # the work is spread by stages, not inside them
    _check_input_is_kept(spec)
    temporal = None if spec.temporal.mode == "off" else spec.temporal
    opened = ComputerTarget().open(Path(spec.model), spec.options, temporal)
    with contextlib.closing(opened) as session:
        if temporal is not None and temporal.asynchronous:
            reporter.warn(
                "Asynchronous key frames come in when the network is done, so masks differ a little"
                " from run to run."
            )
        for text in session.info.warnings:
            reporter.warn(text)
        with contextlib.closing(open_video(spec.input)) as source:
            for text in source.info.warnings:
                reporter.warn(text)
            count = source.info.frame_count
            if count is not None and spec.start >= count:
                raise InputError(
                    f"{spec.input} has no frame {spec.start}.",
                    remedy=f"Its last frame is {count - 1}.",
                )
            return _Segmentation(spec, reporter, session, source).run()


def _check_input_is_kept(spec: SegmentSpec) -> None:
    """Refuse to write over what is to be read."""
    source = Path(spec.input).expanduser()
    if spec.out is not None and _is_same(Path(spec.out), source):
        raise InputError(
            f"{spec.out} is the input itself and would be overwritten.",
            remedy="Give the output another name.",
        )
    if spec.masks is not None and (
        _is_same(Path(spec.masks), source) or _is_same(_mask_path(spec.masks, 0), source)
    ):
        raise InputError(
            f"Masks in {spec.masks} would overwrite the input's own images.",
            remedy="Give the masks another folder.",
        )


def _is_same(path: Path, other: Path) -> bool:
    """Whether two paths lead to one file or folder that exists."""
    try:
        return path.samefile(other)
    except OSError:
        return False


def _mask_path(folder: str, index: int) -> Path:
    return Path(folder) / f"{index:06d}.png"


class _Segmentation:
    """One run of the job.

    Args:
        spec: what to do.
        reporter: hears how it goes.
        session: the model.
        source: the video.
    """

    def __init__(
        self, spec: SegmentSpec, reporter: Reporter, session: Session, source: VideoSource
    ) -> None:
        self._spec = spec
        self._reporter = reporter
        self._session = session
        self._info = source.info
        self._palette = voc_palette()
        model = session.info
        self._palette[: len(model.palette)] = np.array(model.palette, np.uint8)
        self._style = OverlayStyle(
            palette=self._palette,
            opacity=spec.overlay.opacity,
            outline=spec.overlay.outline,
            hidden_classes=frozenset(spec.overlay.hidden_classes),
        )
        self._source = source
        self._figures = FrameFigures()

    def run(self) -> dict[str, object]:
        """Work through the video."""
        spec, info = self._spec, self._info
        first = first_to_fold(spec.temporal, spec.start)
        reader = FrameReader(self._source, first, spec.end)
        writer = None
        try:
            if spec.masks is not None:
                _make_folder(Path(spec.masks))
            if spec.out is not None:
                rate = info.frames_per_second
                writer = VideoWriter(Path(spec.out), info.width, info.height, rate)
            started = time.perf_counter()
            stopped = self._work(reader, writer)
            seconds = time.perf_counter() - started
            is_endless = info.frame_count is None and spec.end is None
            is_complete = is_endless or not stopped
            written = self._finish(writer, is_complete)
        except BaseException:
            self._rescue(writer)
            raise
        finally:
            reader.close()
        return self._summary(seconds, written, is_complete)

    def _work(self, reader: FrameReader, writer: VideoWriter | None) -> bool:
        """Segment frame by frame; True if it was told to stop."""
        info, spec = self._info, self._spec
        mask = np.empty((info.height, info.width), np.uint8)
        drawn = np.empty((info.height, info.width, 3), np.uint8)
        total = self._total()
        for frame in reader:
            if frame.index < spec.start and spec.start > 0:
                self._session.segment(frame, mask)  # nobody sees it, but the next depend on it
                reader.give_back(frame)
                self._reporter.progress(0, total, "frames", "Going through the frames before")
                if self._reporter.should_stop():
                    return True
                continue
            result = self._session.segment(frame, mask)
            began = time.perf_counter()
            draw_overlay(frame.image, mask, self._style, out=drawn)
            draw_millis = (time.perf_counter() - began) * 1000.0
            if writer is not None:
                writer.write(drawn, frame.time_seconds)
            if spec.masks is not None:
                write_mask_png(_mask_path(spec.masks, frame.index), mask, self._palette)
            self._reporter.emit(self._figures.count(result, draw_millis))
            reader.give_back(frame)
            self._reporter.progress(self._figures.frames, total, "frames")
            if self._reporter.should_stop():
                return True
        if self._figures.frames == 0:
            raise VideoError(
                f"Not one frame of {info.location} could be decoded.",
                remedy="Check that it plays in another player.",
            )
        return False

    def _total(self) -> int | None:
        count, spec = self._info.frame_count, self._spec
        if count is None:
            return None if spec.end is None else spec.end - spec.start + 1
        last = count - 1 if spec.end is None else min(spec.end, count - 1)
        return max(last - spec.start + 1, 0)

    def _finish(self, writer: VideoWriter | None, is_complete: bool) -> str | None:
        """Give the results their names; returns the video's."""
        written = None
        if writer is not None and not writer.frame_count:
            writer.abort()  # it was stopped on its way to the first frame
        elif writer is not None:
            out = writer.path if is_complete else _partial_path(writer)
            writer.close(out)
            written = str(out)
            self._reporter.artifact("Annotated video", out, "video")
        self._tell_of_masks()
        return written

    def _rescue(self, writer: VideoWriter | None) -> None:
        """Keep the frames that were done before something went wrong."""
        if self._figures.frames:
            self._tell_of_masks()
        if writer is None or not writer.is_open:  # it broke itself, and its file is gone
            return
        if not writer.frame_count:
            writer.abort()
            return
        partial = _partial_path(writer)
        with contextlib.suppress(StudioError):  # what went wrong first is what is told
            writer.close(partial)
            self._reporter.artifact("Annotated video, incomplete", partial, "video")
            self._reporter.warn(
                f"The first {writer.frame_count} frames were kept as {partial.name}."
            )

    def _tell_of_masks(self) -> None:
        if self._spec.masks is not None:
            self._reporter.artifact("Masks", Path(self._spec.masks), "images")

    def _summary(self, seconds: float, written: str | None, is_complete: bool) -> dict[str, object]:
        model = self._session.info
        frames = self._figures.frames
        return {
            "frames": frames,
            "complete": is_complete,
            "fps": round(frames / seconds, 2) if seconds > 0 else 0.0,
            "seconds": round(seconds, 3),
            "millis": self._figures.millis(),
            "temporal": self._figures.temporal(self._spec.temporal),
            "input": self._info.location,
            "width": self._info.width,
            "height": self._info.height,
            "model": model.name,
            "model_path": model.path,
            "network_input": [model.input_height, model.input_width],
            "runtime": model.runtime,
            "runtime_version": model.runtime_version,
            "delegate": model.delegate,
            "threads": model.threads,
            "out": written,
            "masks": self._spec.masks,
        }


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise output_error(path, error) from error


def _partial_path(writer: VideoWriter) -> Path:
    out = writer.path
    return out.with_name(f"{out.stem}-first-{writer.frame_count}-frames{out.suffix}")
