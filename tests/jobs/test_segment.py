"""Segmenting a whole video: every frame once, files whole or not at all, work done is kept."""

from __future__ import annotations

import dataclasses
import resource
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from studio.classes import voc_palette
from studio.errors import InputError, ModelError, OutputError, SpecError, VideoError
from studio.inference.overlay import OverlayStyle, draw_overlay
from studio.jobs.frame_figures import STAGES
from studio.jobs.frame_reader import FrameReader
from studio.jobs.segment import run
from studio.jobs.spec import OverlaySpec, SegmentSpec
from studio.opencv import cv2
from studio.runs.events import FrameTiming
from studio.video.frame import Frame, Image, VideoInfo
from studio.video.image_writer import write_image
from studio.video.source import open_video
from tests.support.clips import class_clip, class_of_frame, frame_of, most_common
from tests.support.models import logits_model
from tests.support.reporter import KeepingReporter


@pytest.fixture
def spec(tmp_path: Path) -> SegmentSpec:
    clip = class_clip(tmp_path / "clip.mp4", frames=25)
    return SegmentSpec(input=str(clip), model=str(logits_model(tmp_path / "net.tflite")))


@pytest.fixture
def reporter(tmp_path: Path) -> KeepingReporter:
    return KeepingReporter(tmp_path)


def _read_mask(path: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    # OpenCV expands palettes; Pillow is what reads indices.
    image = pytest.importorskip("PIL.Image").open(path)
    assert image.mode == "P"
    return np.asarray(image, np.uint8)


def test_every_frame_is_timed_in_every_stage(spec: SegmentSpec, reporter: KeepingReporter) -> None:
    summary = run(spec, reporter)
    assert summary["frames"] == 25
    timings = [event for event in reporter.events if isinstance(event, FrameTiming)]
    assert [timing.index for timing in timings] == list(range(25))
    millis = summary["millis"]
    assert isinstance(millis, dict)
    assert tuple(millis) == STAGES
    for stage in STAGES:
        values = [getattr(timing, f"{stage}_millis") for timing in timings]
        assert millis[stage]["p50"] == pytest.approx(np.percentile(values, 50), abs=1e-3)
        assert millis[stage]["p99"] == pytest.approx(np.percentile(values, 99), abs=1e-3)
        assert millis[stage]["mean"] > 0
    assert reporter.done[-1] == 25
    assert reporter.totals == {25}


def test_masks_are_indices_in_the_palette(
    spec: SegmentSpec, reporter: KeepingReporter, tmp_path: Path
) -> None:
    folder = tmp_path / "new" / "masks"
    run(dataclasses.replace(spec, masks=str(folder)), reporter)
    files = sorted(folder.iterdir())
    assert [file.name for file in files] == [f"{i:06d}.png" for i in range(25)]
    for index, file in enumerate(files):
        mask = _read_mask(file)
        assert mask.shape == (120, 160)
        assert most_common(mask) == class_of_frame(index)


def test_the_annotated_video_has_every_frame_at_its_time(
    spec: SegmentSpec, reporter: KeepingReporter, tmp_path: Path
) -> None:
    out = tmp_path / "out.mkv"
    overlay = OverlaySpec(opacity=1.0)
    summary = run(dataclasses.replace(spec, out=str(out), overlay=overlay), reporter)
    assert summary["out"] == str(out)
    source, made = open_video(spec.input), open_video(out)
    try:
        assert made.times_seconds is not None
        assert source.times_seconds is not None
        assert np.allclose(made.times_seconds, source.times_seconds, atol=0.002)
        style = OverlayStyle(
            palette=voc_palette(), opacity=1.0, outline=False, hidden_classes=frozenset({0})
        )
        for index in range(25):
            frame = made.read()
            assert frame is not None
            plain = frame_of(index, 160, 120)
            mask = np.full((120, 160), class_of_frame(index), np.uint8)
            wanted = draw_overlay(plain, mask, style)
            assert np.abs(frame.image.astype(int) - wanted).mean() < 6
    finally:
        source.close()
        made.close()


def test_a_range_is_segmented_exactly(spec: SegmentSpec, reporter: KeepingReporter) -> None:
    run(dataclasses.replace(spec, start=7, end=11), reporter)
    timings = [event for event in reporter.events if isinstance(event, FrameTiming)]
    assert [timing.index for timing in timings] == [7, 8, 9, 10, 11]
    assert reporter.totals == {5}


def test_a_stopped_export_keeps_its_frames_under_another_name(
    spec: SegmentSpec, tmp_path: Path
) -> None:
    out = tmp_path / "out.mp4"
    reporter = KeepingReporter(tmp_path, stop_after=6)
    masks = tmp_path / "masks"
    summary = run(dataclasses.replace(spec, out=str(out), masks=str(masks)), reporter)
    assert summary["frames"] == 6
    assert not out.exists()
    kept = tmp_path / "out-first-6-frames.mp4"
    assert summary["out"] == str(kept)
    video = open_video(kept)
    assert video.info.frame_count == 6
    video.close()
    assert len(list(masks.iterdir())) == 6


def test_a_video_that_breaks_off_keeps_what_was_done(
    spec: SegmentSpec, reporter: KeepingReporter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from studio.jobs import segment as module

    class Breaking:
        def __init__(self) -> None:
            self._source = open_video(spec.input)
            self.info = self._source.info
            self.close = self._source.close

        def read(self, out: object = None) -> object:
            frame = self._source.read(out)  # type: ignore[arg-type]
            if frame is not None and frame.index == 9:
                raise VideoError("the disk was pulled out")
            return frame

    monkeypatch.setattr(module, "open_video", lambda _location: Breaking())
    out = tmp_path / "out.mp4"
    with pytest.raises(VideoError, match="pulled out"):
        run(dataclasses.replace(spec, out=str(out)), reporter)
    assert not out.exists()
    kept = open_video(tmp_path / "out-first-9-frames.mp4")
    assert kept.info.frame_count == 9
    kept.close()
    assert any("9 frames were kept" in warning for warning in reporter.warnings)
    assert not list(tmp_path.glob(".*.part"))


def test_a_mask_that_cannot_be_written_costs_the_rest_not_the_video_so_far(
    spec: SegmentSpec, reporter: KeepingReporter, tmp_path: Path
) -> None:
    out, masks = tmp_path / "out.mp4", tmp_path / "masks"
    (masks / "000007.png").mkdir(parents=True)  # in the way of frame 7's mask
    with pytest.raises(OutputError, match="it is a folder"):
        run(dataclasses.replace(spec, out=str(out), masks=str(masks)), reporter)
    assert not out.exists()
    kept = open_video(tmp_path / "out-first-8-frames.mp4")  # the video has frame 7, the masks not
    assert kept.info.frame_count == 8
    kept.close()
    assert set(reporter.artifacts) == {"Annotated video, incomplete", "Masks"}
    assert len(list(masks.glob("*.png"))) == 8
    assert not list(tmp_path.glob(".*.part"))


class _Camera:
    """Pictures without an end, as `VideoSource` has them."""

    def __init__(self) -> None:
        self.info = VideoInfo("camera:0", "camera", 64, 48, None, 25.0, None)
        self.times_seconds = None
        self._next = 0

    def read(self, out: Image | None = None) -> Frame:
        assert out is not None
        out[:] = frame_of(self._next, 64, 48)
        self._next += 1
        return Frame(self._next - 1, (self._next - 1) / 25, out, 0.1)

    def skip(self) -> bool:
        self._next += 1
        return True

    def seek(self, index: int) -> None:
        raise VideoError("A camera cannot go anywhere.")

    def close(self) -> None:
        pass


def test_a_camera_has_no_end_so_a_stop_makes_its_video_whole(
    spec: SegmentSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio.jobs.segment.open_video", lambda _location: _Camera())
    out = tmp_path / "out.mp4"
    reporter = KeepingReporter(tmp_path, stop_after=5)
    summary = run(dataclasses.replace(spec, input="camera:0", out=str(out)), reporter)
    assert (summary["frames"], summary["complete"], summary["out"]) == (5, True, str(out))
    assert out.exists()
    assert reporter.totals == {None}
    asked_for_more = dataclasses.replace(spec, input="camera:0", out=str(out), end=9)
    summary = run(asked_for_more, KeepingReporter(tmp_path, stop_after=5))
    assert summary["complete"] is False
    assert (tmp_path / "out-first-5-frames.mp4").exists()


def test_a_start_that_cannot_be_gone_to_leaves_nothing_behind(
    spec: SegmentSpec,
    reporter: KeepingReporter,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("studio.jobs.segment.open_video", lambda _location: _Camera())
    before = set(tmp_path.iterdir())
    with pytest.raises(VideoError, match="cannot go"):
        run(
            dataclasses.replace(
                spec,
                input="camera:0",
                start=3,
                out=str(tmp_path / "out.mp4"),
                masks=str(tmp_path / "masks"),
            ),
            reporter,
        )
    assert set(tmp_path.iterdir()) == before


def test_what_lies_behind_the_last_frame_is_not_read(
    spec: SegmentSpec, reporter: KeepingReporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    class EndsBadly(_Camera):
        def read(self, out: Image | None = None) -> Frame:
            if self._next > 4:
                raise VideoError("this frame is damaged")
            return super().read(out)

    monkeypatch.setattr("studio.jobs.segment.open_video", lambda _location: EndsBadly())
    summary = run(dataclasses.replace(spec, input="camera:0", end=4), reporter)
    assert (summary["frames"], summary["complete"]) == (5, True)


def test_masks_never_overwrite_the_images_they_are_made_from(
    spec: SegmentSpec, reporter: KeepingReporter, tmp_path: Path
) -> None:
    images = tmp_path / "images"
    images.mkdir()
    for index in range(2):
        write_image(images / f"{index:06d}.png", frame_of(index, 32, 24))
    before = {path: path.read_bytes() for path in images.iterdir()}
    for given in (images, images / "000000.png"):
        with pytest.raises(InputError, match="overwrite"):
            run(dataclasses.replace(spec, input=str(given), masks=str(images)), reporter)
    assert {path: path.read_bytes() for path in images.iterdir()} == before


def test_names_too_long_for_the_system_are_refused_in_words(
    spec: SegmentSpec, reporter: KeepingReporter, tmp_path: Path
) -> None:
    long = "x" * 300
    with pytest.raises(OutputError, match="too long"):
        run(dataclasses.replace(spec, out=str(tmp_path / f"{long}.mp4")), reporter)
    with pytest.raises(OutputError, match="too long"):
        run(dataclasses.replace(spec, masks=str(tmp_path / long)), reporter)
    with pytest.raises(VideoError, match="too long"):
        run(dataclasses.replace(spec, input=f"{long}.mp4"), reporter)


def test_a_huge_picture_is_not_decoded_far_ahead() -> None:
    class Huge(_Camera):
        def __init__(self) -> None:
            super().__init__()
            self.info = dataclasses.replace(self.info, width=7680, height=4320)
            self.buffers: set[int] = set()

        def read(self, out: Image | None = None) -> Frame:
            assert out is not None
            self.buffers.add(out.__array_interface__["data"][0])
            self._next += 1
            return Frame(self._next - 1, 0.0, out, 0.0)

    source = Huge()
    reader = FrameReader(source, end=20)
    for frame in reader:
        reader.give_back(frame)
    reader.close()
    assert len(source.buffers) <= 3  # 285 MiB


def test_the_input_is_never_overwritten(spec: SegmentSpec, reporter: KeepingReporter) -> None:
    before = Path(spec.input).read_bytes()
    with pytest.raises(InputError, match="input itself"):
        run(dataclasses.replace(spec, out=spec.input), reporter)
    assert Path(spec.input).read_bytes() == before


def test_an_unwritable_place_is_found_before_any_work(
    spec: SegmentSpec, reporter: KeepingReporter, tmp_path: Path
) -> None:
    with pytest.raises(OutputError, match="folder does not exist"):
        run(dataclasses.replace(spec, out=str(tmp_path / "no" / "out.mp4")), reporter)
    (tmp_path / "file").touch()
    with pytest.raises(OutputError):
        run(dataclasses.replace(spec, masks=str(tmp_path / "file")), reporter)
    with pytest.raises(SpecError, match=r"\.mp4"):
        run(dataclasses.replace(spec, out=str(tmp_path / "out.gif")), reporter)
    assert not reporter.done


def test_a_full_disk_ends_in_words_and_leaves_no_half_video(
    spec: SegmentSpec, tmp_path: Path
) -> None:
    noise = tmp_path / "noise.avi"
    writer = cv2.VideoWriter(str(noise), cv2.VideoWriter.fourcc(*"MJPG"), 25, (320, 240))
    rng = np.random.default_rng(0)
    for _ in range(40):
        writer.write(rng.integers(0, 256, (240, 320, 3), np.uint8))
    writer.release()
    out = tmp_path / "out.mp4"
    script = textwrap.dedent(f"""
        import resource, signal, sys
        from pathlib import Path
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        from studio.errors import OutputError
        from studio.jobs.segment import run
        from studio.jobs.spec import SegmentSpec
        from tests.support.reporter import KeepingReporter
        spec = SegmentSpec(input={str(noise)!r}, model={spec.model!r}, out={str(out)!r})
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
        try:
            run(spec, KeepingReporter(Path({str(tmp_path)!r})))
        except OutputError as error:
            print(error)
            sys.exit(1)
    """)
    assert resource.RLIMIT_FSIZE
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 1, done.stderr
    assert "Could not write" in done.stdout
    assert not out.exists()
    assert not list(tmp_path.glob(".*.part"))


def test_a_range_beyond_the_video_is_refused(spec: SegmentSpec, reporter: KeepingReporter) -> None:
    with pytest.raises(InputError):
        run(dataclasses.replace(spec, start=30), reporter)


def test_what_cannot_be_used_is_said(spec: SegmentSpec, reporter: KeepingReporter) -> None:
    with pytest.raises(VideoError):
        run(dataclasses.replace(spec, input="/nowhere/at/all.mp4"), reporter)
    with pytest.raises(ModelError):
        run(dataclasses.replace(spec, model="/nowhere/at/all.tflite"), reporter)
    with pytest.raises(SpecError):
        dataclasses.replace(spec, start=5, end=4)
    with pytest.raises(SpecError):
        OverlaySpec(opacity=1.5)
