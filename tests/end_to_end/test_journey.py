"""From the command line to a finished export, as a user goes, on any kind of screen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage

from studio.gui.jobs.panel import JobsPanel
from studio.gui.overlay.legend_view import LegendView
from studio.gui.playback.shown import Loop
from studio.runs.folder import RunStatus
from studio.video.file_source import FileSource
from tests.end_to_end.conftest import OpenStudio
from tests.support.clips import CLASSES, class_clip, class_of_frame, most_common
from tests.support.models import logits_model
from tests.support.window import DrivenWindow

_FRAMES = 60
_MAGENTA = (255, 0, 255)


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return class_clip(tmp_path / "clip.mp4", frames=_FRAMES, width=320, height=240)


@pytest.fixture
def net(tmp_path: Path) -> Path:
    """Draws every class in magenta, which no frame has, so that masks can be told from pictures."""
    # As slow as a real one, so that the export can be seen to go on.
    model = logits_model(tmp_path / "net.tflite", input_size=1025, grid=41)
    card = {"name": "Magenta", "palette": [_MAGENTA] * CLASSES}
    card["labels"] = [f"class {index}" for index in range(CLASSES)]
    model.with_suffix(".json").write_text(json.dumps(card))
    return model


def _distance(one: tuple[int, int, int], other: tuple[int, int, int]) -> int:
    return max(abs(a - b) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize(
    "screen",
    ["offscreen", pytest.param("xcb", marks=pytest.mark.screen)],
)
def test_from_the_command_line_to_the_finished_export(
    open_studio: OpenStudio, clip: Path, net: Path, tmp_path: Path, screen: str
) -> None:
    studio = open_studio(clip, net)
    playback, panel = studio.playback, studio.panel

    # It plays by itself, every shown frame with its own mask.
    wrong: list[int] = []

    def check(shown: object) -> None:
        frame = playback.shown
        assert frame is shown
        if frame is not None and frame.mask is not None:
            if most_common(frame.mask) != class_of_frame(frame.index):
                wrong.append(frame.index)
        elif playback.model is not None and frame is not None and frame.index > 20:
            wrong.append(frame.index)

    playback.frame_shown.connect(check)
    studio.until(lambda: playback.is_playing and len(studio.indices) > 8, "frames by themselves")
    studio.until(lambda: studio.has_mask, "masks")
    assert wrong == []
    assert clip.name in studio.window.windowTitle()

    # Step, jump, loop.
    playback.pause()
    panel.actions_["start"].trigger()
    studio.until(lambda: studio.shows(0))
    panel.actions_["step_forward"].trigger()
    studio.until(lambda: studio.shows(1))
    playback.seek(30)
    studio.until(lambda: studio.shows(30) and studio.has_mask)
    panel.actions_["loop_ab"].trigger()
    playback.seek(35)
    studio.until(lambda: studio.shows(35))
    panel.actions_["loop_ab"].trigger()
    assert playback.loop == Loop(30, 35)
    studio.indices.clear()
    playback.play()
    studio.until(lambda: len(studio.indices) > 9, "the loop to come round")
    assert set(studio.indices) <= set(range(30, 36))
    playback.pause()
    panel.actions_["loop_ab"].trigger()
    assert wrong == []

    _hide_and_show_a_class(studio)
    studio.plays_on()
    _export_and_play(studio, tmp_path / "annotated.mp4")
    assert studio.told == []


def _hide_and_show_a_class(studio: DrivenWindow) -> None:
    playback = studio.playback
    playback.seek(12)
    studio.until(lambda: studio.shows(12) and studio.has_mask)
    category = class_of_frame(12)
    shown = playback.shown
    assert shown is not None
    blue, green, red = (int(part) for part in shown.image[120, 160])
    plain = (red, green, blue)
    studio.until(lambda: _distance(studio.middle(), plain) > 40, "the mask over the picture")

    studio.window.docks.bring_up("overlay")
    legend = studio.window.findChild(LegendView)
    assert isinstance(legend, LegendView)
    index = legend.model().index(category, 0)
    legend.scrollTo(index)

    def click() -> None:
        place: QPoint = legend.visualRect(index).center()
        studio.qtbot.mouseClick(legend.viewport(), Qt.MouseButton.LeftButton, pos=place)

    studio.until(lambda: not legend.visualRect(index).isEmpty())
    click()
    assert category in playback.overlay.hidden_classes
    studio.until(lambda: _distance(studio.middle(), plain) < 6, "the bare picture")
    click()
    studio.until(lambda: _distance(studio.middle(), plain) > 40, "the mask again")


def _export_and_play(studio: DrivenWindow, out: Path) -> None:
    progress: list[float] = []
    jobs = studio.jobs
    jobs.list.dataChanged.connect(
        lambda *_: progress.extend(
            row.fraction for row in jobs.list.rows if row.fraction is not None
        )
    )
    assert studio.panel.exports.video.isEnabled()
    studio.panel.exports.export_video(out)
    studio.until(lambda: jobs.running == 1, "the job to start")
    jobs_panel = studio.window.findChild(JobsPanel)
    assert isinstance(jobs_panel, JobsPanel)
    studio.until(lambda: not jobs_panel.visibleRegion().isEmpty(), "the jobs panel in front")
    row = studio.run(f"Export {out.name}")
    assert row.entry.status is RunStatus.FINISHED
    assert progress == sorted(progress)
    assert progress
    assert row.entry.terminal is not None
    assert f"{_FRAMES} frames" in row.detail_text(row.entry.terminal.at_seconds)

    source = FileSource(out)
    assert source.info.frame_count == _FRAMES
    frame = source.read()
    source.close()
    assert frame is not None
    middle = frame.image[120, 160]
    assert middle[0] > 120  # drawn over in magenta
    assert middle[2] > 120

    jobs_panel.choose(row)
    assert jobs_panel.play_action.isEnabled()
    jobs_panel.play_action.trigger()
    studio.until(lambda: studio.has_open(out) and studio.playback.is_playing, "the result")
    studio.playback.pause()
    grabbed = studio.window.grab().toImage()
    assert grabbed.format() != QImage.Format.Format_Invalid
    assert not studio.panel.canvas.visibleRegion().isEmpty()
