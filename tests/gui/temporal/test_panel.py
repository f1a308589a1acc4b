"""The panel says what frames tell, asks for what the user turns, and never stalls."""

from __future__ import annotations

import math

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QWidget,
)
from pytestqt.qtbot import QtBot

from studio.gui.style import ThemeSwitch
from studio.gui.temporal.field_row import FieldRow
from studio.gui.temporal.panel import TemporalPanel
from studio.gui.temporal.words import PRESET_TITLES, STAGES, sentence_of
from studio.temporal.spec import PRESETS
from tests.gui.temporal.conftest import AskedPlayback, open_all, show_field
from tests.support.driven_playback import a_model
from tests.support.gui import stall_watchdog
from tests.support.temporal_frames import a_comparison, a_field, a_frame, a_report


def tile(panel: TemporalPanel, key: str) -> str:
    found = panel.tiles.tiles[key]
    return f"{found.value} {found.details}"


def row(panel: TemporalPanel, name: str) -> FieldRow:
    return panel.form.rows[name]


class TestEmptyStates:
    def test_each_says_what_to_do(self, panel: TemporalPanel, playback: AskedPlayback) -> None:
        assert panel.no_video.isVisible()
        assert "Open a video" in panel.no_video.text
        playback.give_video()
        assert not panel.no_video.isVisible()
        assert panel.no_model.isVisible()
        assert "Ctrl+M" in panel.no_model.text
        playback.give_model()
        assert not panel.no_model.isVisible()
        assert panel.results.isVisible()
        playback.take_model()
        assert panel.no_model.isVisible()
        playback.take_video()
        assert panel.no_video.isVisible()

    def test_a_model_of_labels_works_and_says_what_it_cannot_have(
        self, panel: TemporalPanel, playback: AskedPlayback
    ) -> None:
        from dataclasses import replace

        playback.give_video()
        playback.give_model(replace(a_model(), output_kind="labels"))
        assert panel.results.isVisible()
        assert "labels" in panel.form.findChildren(type(panel.form.sentence))[1].text()
        assert panel.form._labels_only.isVisible()
        playback.give_model()
        assert not panel.form._labels_only.isVisible()


class TestTurning:
    @pytest.mark.parametrize("name", list(PRESETS))
    def test_a_preset_is_chosen_and_explained(
        self, panel: TemporalPanel, playback: AskedPlayback, name: str, qtbot: QtBot
    ) -> None:
        panel.presets.buttons["balanced" if name != "balanced" else "fast"].click()
        panel.presets.buttons[name].click()
        assert panel.presets.buttons[name].isChecked()
        assert panel.form.sentence.text() == sentence_of(name) != ""
        qtbot.waitUntil(lambda: playback.temporal_spec == PRESETS[name])

    def test_a_slider_turns_the_value_and_the_preset_becomes_custom(
        self, panel: TemporalPanel
    ) -> None:
        panel.presets.buttons["balanced"].click()
        gap = row(panel, "longest_gap")
        assert gap.slider is not None
        assert gap.spin is not None
        gap.slider.setValue(gap.slider.maximum())
        assert panel.model.spec.longest_gap == 60 == gap.spin.value()
        assert panel.presets.buttons["custom"].isChecked()
        gap.spin.setValue(1)
        assert panel.model.spec.longest_gap == 1
        assert gap.slider.value() == 0

    def test_a_limit_is_switched_off_and_on_again_where_it_was(self, panel: TemporalPanel) -> None:
        panel.presets.buttons["balanced"].click()
        limit = row(panel, "difference_limit")
        assert limit.switch is not None
        assert limit.spin is not None
        limit.switch.setChecked(True)
        limit.spin.setValue(31.5)
        limit.switch.setChecked(False)
        assert panel.model.spec.difference_limit == math.inf
        assert not limit.spin.isEnabled()
        limit.switch.setChecked(True)
        assert panel.model.spec.difference_limit == 31.5

    def test_shares_are_turned_in_per_cent(self, panel: TemporalPanel) -> None:
        panel.presets.buttons["quality"].click()
        weight = row(panel, "past_weight")
        assert weight.spin is not None
        weight.spin.setValue(35)
        assert panel.model.spec.past_weight == pytest.approx(0.35)
        assert weight.spin.text() == "35 %"

    def test_asynchronous_masks_are_said_to_depend_on_timing(self, panel: TemporalPanel) -> None:
        panel.presets.buttons["balanced"].click()
        beside = row(panel, "asynchronous").switch
        assert beside is not None
        beside.setChecked(False)
        assert not panel.form._timing.isVisible()
        beside.setChecked(True)
        assert panel.form._timing.isVisible()
        assert "timing" in panel.form._timing.text()
        panel.model.turn("mode", "per_frame")
        assert panel.form._timing.isVisible(), "the engine does not wait for it there either"
        assert row(panel, "asynchronous").isEnabled()

    def test_what_a_network_beside_leaves_unused_says_why(self, panel: TemporalPanel) -> None:
        panel.presets.buttons["balanced"].click()
        limit = row(panel, "residual_limit")
        assert limit.isEnabled()
        assert "Not used" not in limit.toolTip()
        beside = row(panel, "asynchronous").switch
        assert beside is not None
        beside.setChecked(True)
        assert not limit.isEnabled()
        for widget in (limit, limit.slider, limit.spin, limit.switch):
            assert widget is not None
            assert "do not wait for the network" in widget.toolTip()
            assert "motion cannot explain" in widget.toolTip()
        assert row(panel, "longest_gap").isEnabled()
        beside.setChecked(False)
        assert limit.isEnabled()
        assert "Not used" not in limit.toolTip()

    def test_what_changes_nothing_cannot_be_turned(self, panel: TemporalPanel) -> None:
        assert not row(panel, "longest_gap").isEnabled()
        panel.presets.buttons["quality"].click()
        assert not row(panel, "longest_gap").isEnabled()
        assert row(panel, "past_weight").isEnabled()
        panel.presets.buttons["balanced"].click()
        assert row(panel, "longest_gap").isEnabled()

    def test_more_shows_every_other_parameter_and_follows_the_setting(
        self, panel: TemporalPanel
    ) -> None:
        panel.presets.buttons["fast"].click()
        panel.form.more.setChecked(True)
        kept = row(panel, "still_gap")
        assert kept.spin is not None
        assert kept.spin.value() == PRESETS["fast"].still_gap
        kept.spin.setValue(33)
        assert panel.model.spec.still_gap == 33
        combo = row(panel, "seek").combo
        assert combo is not None
        combo.setCurrentIndex(combo.findData("fast"))
        combo.activated.emit(combo.currentIndex())
        assert panel.model.spec.seek == "fast"
        panel.form.more.setChecked(False)
        assert "still_gap" not in panel.form.rows
        panel.form.more.setChecked(True)
        again = row(panel, "still_gap").spin
        assert again is not None
        assert again.value() == 33

    def test_undo_and_redo_by_keyboard_move_the_sliders(
        self, panel: TemporalPanel, qtbot: QtBot
    ) -> None:
        panel.activateWindow()
        qtbot.waitActive(panel)
        panel.presets.buttons["balanced"].click()
        gap = row(panel, "longest_gap").spin
        assert gap is not None
        before = gap.value()
        gap.setValue(40)
        panel.presets.buttons["custom"].setFocus()
        QTest.keyClick(panel, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        assert gap.value() == before
        assert panel.presets.buttons["balanced"].isChecked()
        keys = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
        QTest.keyClick(panel, Qt.Key.Key_Z, keys)
        assert gap.value() == 40
        panel.commands.reset.trigger()
        assert gap.value() == before

    def test_the_wheel_scrolls_past_a_slider_that_has_no_keyboard(
        self, panel: TemporalPanel
    ) -> None:
        panel.presets.buttons["balanced"].click()
        before = panel.model.spec
        slider = row(panel, "longest_gap").slider
        assert slider is not None
        at = QPointF(5, 5)
        down = QPoint(0, -120)
        none = Qt.MouseButton.NoButton
        event = QWheelEvent(
            at, slider.mapToGlobal(at), QPoint(), down, none, Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(slider, event)
        assert panel.model.spec == before


class TestNumbers:
    def test_estimated_until_compared_then_measured(
        self, panel: TemporalPanel, playback: AskedPlayback
    ) -> None:
        open_all(playback)
        panel.model.choose("balanced")
        panel.model.apply()
        for index in range(4):
            report = a_report("difference" if index == 0 else "none", difference=50.0)
            playback.frame_received.emit(a_frame(index, report))
        panel.draw()
        assert tile(panel, "rate").startswith("182")  # 5.5 ms a frame
        assert tile(panel, "keys") == "25 of the last 4"
        assert "difference: 1" in panel.tiles.tiles["keys"].toolTip().lower()
        assert tile(panel, "speed_up") == "2.00 estimated"
        assert "compare" in tile(panel, "agreement")
        assert not panel.cost.isVisible()
        panel.compare.setChecked(True)
        assert playback.asked[-1][2]
        assert panel.cost.isVisible()
        playback.frame_received.emit(a_frame(4, a_report(), a_comparison(0.98)))
        panel.draw()
        assert tile(panel, "speed_up").endswith("measured")
        assert tile(panel, "agreement").startswith("98.0")
        assert tile(panel, "flicker") == "0.20 alone 0.40"

    def test_j_shows_only_where_the_clip_has_masks(
        self, panel: TemporalPanel, playback: AskedPlayback
    ) -> None:
        open_all(playback)
        panel.model.choose("balanced")
        panel.model.apply()
        playback.frame_received.emit(a_frame(0, a_report(), a_comparison()))
        panel.draw()
        assert panel.tiles.tiles["j"].isHidden()
        with_truth = a_comparison(j=0.61, j_alone=0.6)
        playback.frame_received.emit(a_frame(1, a_report(), with_truth))
        panel.draw()
        assert not panel.tiles.tiles["j"].isHidden()
        assert tile(panel, "j") == "61.0 alone 60.0 · +1.0"

    def test_the_stages_are_told_in_milliseconds(
        self, panel: TemporalPanel, playback: AskedPlayback
    ) -> None:
        open_all(playback)
        panel.model.choose("balanced")
        panel.model.apply()
        playback.frame_received.emit(a_frame(0, a_report("first")))
        panel.draw()
        assert "network 10.0" in panel.stages.text
        assert all(stage in panel.stages.text for stage in STAGES)

    def test_a_new_setting_s_numbers_are_its_own(
        self, panel: TemporalPanel, playback: AskedPlayback
    ) -> None:
        open_all(playback)
        panel.model.choose("balanced")
        panel.model.apply()
        playback.frame_received.emit(a_frame(0, a_report("first")))
        panel.model.choose("fast")
        panel.model.apply()
        assert tile(panel, "rate").strip() == "–"
        assert len(panel.chart.rows) == 1  # what came before is still to be seen


class TestLayout:
    @pytest.mark.parametrize(
        "size", [(1100, 228), (990, 228), (900, 600), (640, 500), (360, 800), (300, 400)]
    )
    def test_nothing_is_wider_than_the_panel(
        self, panel: TemporalPanel, playback: AskedPlayback, size: tuple[int, int], qtbot: QtBot
    ) -> None:
        open_all(playback)
        panel.resize(*size)
        qtbot.wait(20)
        inner = panel.whole.widget()
        assert inner is not None
        assert inner.width() <= panel.whole.viewport().width()
        parts: tuple[QWidget, ...] = (panel.tiles, panel.chart, panel.view, panel.stages)
        for part in parts:
            right = part.mapTo(inner, QPoint(part.width(), 0)).x()
            assert right <= inner.width() + 1
        if size[0] >= 990:  # in a low dock all is seen at once
            assert inner.height() <= panel.whole.viewport().height()

    def test_every_input_has_a_name_and_an_explanation(self, panel: TemporalPanel) -> None:
        panel.form.more.setChecked(True)
        kinds = (QAbstractSlider, QAbstractSpinBox, QComboBox, QAbstractButton)
        inputs = [
            widget
            for kind in kinds
            for widget in panel.findChildren(kind)
            if widget.focusPolicy() != Qt.FocusPolicy.NoFocus and "qt_" not in widget.objectName()
        ]
        assert len(inputs) > 40
        for widget in inputs:
            text = widget.text() if isinstance(widget, QAbstractButton) else ""
            assert widget.accessibleName() or text, widget
            assert widget.toolTip(), widget.accessibleName() or text

    def test_presets_have_titles(self) -> None:
        assert list(PRESET_TITLES) == [*PRESETS, "custom"]


def test_it_follows_the_theme(
    panel: TemporalPanel, playback: AskedPlayback, themes: ThemeSwitch
) -> None:
    open_all(playback)
    dark = panel.grab().toImage()
    themes.choose("light")
    light = panel.grab().toImage()
    assert dark.pixelColor(5, 5).lightness() < 80 < 200 < light.pixelColor(5, 5).lightness()


def test_frames_at_a_high_rate_and_turning_never_stall_the_gui(
    panel: TemporalPanel, playback: AskedPlayback, qapp: QApplication, qtbot: QtBot
) -> None:
    open_all(playback)
    panel.model.choose("balanced")
    panel.model.set_view("flow")
    gap = row(panel, "longest_gap").slider
    assert gap is not None
    with stall_watchdog(qapp):
        for turn in range(40):
            for index in range(4):
                report = a_report("interval" if index == 0 else "none")
                playback.frame_received.emit(a_frame(index + turn, report, a_comparison()))
            show_field(playback, a_field("flow", 128, 72))
            gap.setValue(turn % (gap.maximum() + 1))
            qtbot.wait(10)
