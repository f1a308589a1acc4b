"""The chip says whether the mask on screen is the one that its frame always has."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from studio.gui.playback.shown import ShownFrame
from studio.gui.temporal.panel import TemporalPanel
from studio.temporal.spec import OFF, PRESETS, TemporalSpec
from tests.gui.temporal.conftest import AskedPlayback, open_all
from tests.support.driven_playback import a_video
from tests.support.temporal_frames import a_report

_EXACT = PRESETS["balanced"]


def _show(playback: AskedPlayback, *, is_exact: bool, has_past: bool = True) -> None:
    shown = ShownFrame(
        index=3,
        time_seconds=0.12,
        image=np.zeros((4, 4, 3), np.uint8),
        mask=None,
        class_pixels=None,
        temporal=a_report() if has_past else None,
        is_exact=is_exact,
    )
    playback._driven_shown = shown
    playback.frame_shown.emit(shown)


@pytest.mark.parametrize(
    ("spec", "is_exact", "words", "tint"),
    [
        (_EXACT, True, "exact", "good"),
        (_EXACT, False, "not yet exact", "warn"),
        (replace(_EXACT, seek="fast"), True, "exact", "good"),
        (replace(_EXACT, seek="fast"), False, "not exact", "warn"),
        (
            replace(_EXACT, asynchronous=True),
            False,
            "asynchronous: masks depend on timing",
            "muted",
        ),
    ],
)
def test_each_case_has_its_words(
    panel: TemporalPanel,
    playback: AskedPlayback,
    spec: TemporalSpec,
    is_exact: bool,
    words: str,
    tint: str,
) -> None:
    assert not panel.exact.isVisible()
    open_all(playback)
    playback.set_temporal(spec)
    _show(playback, is_exact=is_exact)
    assert panel.exact.isVisible()
    assert (panel.exact.words, panel.exact.tint) == (words, tint)
    assert len(panel.exact.toolTip()) > len(words)


def test_it_follows_from_frame_to_frame(panel: TemporalPanel, playback: AskedPlayback) -> None:
    open_all(playback)
    playback.set_temporal(_EXACT)
    _show(playback, is_exact=False)
    assert panel.exact.tint == "warn"
    place = panel.exact.geometry()
    _show(playback, is_exact=True)
    assert panel.exact.words == "exact"
    assert panel.exact.sizeHint().width() == place.width()
    playback.set_temporal(OFF)
    _show(playback, is_exact=True, has_past=False)
    assert not panel.exact.isVisible()


def test_a_camera_whose_frames_never_come_again_has_none(
    panel: TemporalPanel, playback: AskedPlayback
) -> None:
    playback.give_video(replace(a_video(), location="camera:0", kind="camera"))
    playback.give_model()
    playback.set_temporal(_EXACT)
    _show(playback, is_exact=False)
    assert not panel.exact.isVisible()


def test_the_switch_of_the_input_leads_and_follows(
    panel: TemporalPanel, playback: AskedPlayback
) -> None:
    assert not panel.follows_frames.isChecked()
    panel.follows_frames.click()
    assert playback.options.input_fit == "frame"
    playback.set_options(replace(playback.options, input_fit="model", threads=2))
    assert not panel.follows_frames.isChecked()
    assert playback.options.threads == 2
