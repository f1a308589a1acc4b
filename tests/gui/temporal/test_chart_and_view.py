"""The chart leads to its frames, and the view shows what was asked for."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtTest import QTest

from studio.gui.temporal.field_key import paint_key
from studio.gui.temporal.lanes import Lane, scale_of
from studio.gui.temporal.panel import TemporalPanel
from studio.playback.field_picture import flow_picture
from studio.playback.messages import FieldPicture
from studio.temporal.spec import PRESETS
from studio.temporal.step import Fields
from tests.gui.temporal.conftest import AskedPlayback, open_all, show_field
from tests.support.temporal_frames import a_comparison, a_field, a_frame, a_report


class TestChart:
    @pytest.fixture
    def filled(self, panel: TemporalPanel, playback: AskedPlayback) -> TemporalPanel:
        open_all(playback)
        panel.model.choose("balanced")
        panel.model.apply()
        for index in range(40):
            report = a_report("difference" if index % 5 == 0 else "none", difference=50.0)
            playback.frame_received.emit(a_frame(index, report, a_comparison()))
        panel.draw()
        return panel

    def test_a_click_goes_to_that_frame(
        self, filled: TemporalPanel, playback: AskedPlayback
    ) -> None:
        chart = filled.chart
        position = len(chart.rows) - 7
        x = round(chart.x_of(position))
        assert chart.position_at(x) == position
        QTest.mouseClick(chart, Qt.MouseButton.LeftButton, pos=QPoint(x, 30))
        assert playback.sought == [33]
        QTest.mouseClick(chart, Qt.MouseButton.LeftButton, pos=QPoint(2, 30))
        assert playback.sought == [33]

    def test_the_keyboard_goes_there_too(
        self, filled: TemporalPanel, playback: AskedPlayback
    ) -> None:
        filled.chart.setFocus()
        for _ in range(3):
            QTest.keyClick(filled.chart, Qt.Key.Key_Left)
        QTest.keyClick(filled.chart, Qt.Key.Key_Return)
        assert playback.sought == [37]

    def test_words_of_a_frame(self, filled: TemporalPanel) -> None:
        rows = filled.chart.rows
        last_key = max(i for i in range(len(rows)) if rows["is_key"][i])
        words = filled.chart.words_of(last_key)
        assert "Frame 35" in words
        assert f"difference 50 > {PRESETS['balanced'].difference_limit:.3g}" in words or (
            "difference above its limit" in words
        )
        assert "Agreement 97.0 %" in words

    def test_it_never_draws_more_than_there_is_room_for(
        self, filled: TemporalPanel, playback: AskedPlayback
    ) -> None:
        for index in range(1000):
            playback.frame_received.emit(a_frame(index % 100, a_report()))
        filled.draw()
        assert len(filled.chart.rows) <= filled.chart.width() // 4
        assert filled.chart.rows["index"][-1] == 99

    @pytest.mark.parametrize("size", [(180, 92), (60, 20), (1200, 600)])
    def test_it_is_painted_at_any_size(self, filled: TemporalPanel, size: tuple[int, int]) -> None:
        chart = filled.chart
        chart.setParent(None)
        chart.resize(*size)
        assert not chart.grab().isNull()
        chart.deleteLater()


class TestLanes:
    def test_a_lone_spike_does_not_flatten_the_rest(self) -> None:
        flicker = np.full(200, 0.01)
        flicker[50] = 1.0
        low, high = scale_of(Lane("flicker", ((flicker, "#000000", ""),)))
        assert low == 0.0
        assert high <= 0.02

    def test_agreement_is_seen_from_the_top(self) -> None:
        agreement = np.linspace(0.93, 1.0, 100)
        low, high = scale_of(Lane("agreement", ((agreement, "#000000", ""),), is_from_top=True))
        assert high == 1.0
        assert 0.85 <= low <= 0.94

    def test_nothing_known_has_a_scale_all_the_same(self) -> None:
        unknown = np.full(5, np.nan)
        assert scale_of(Lane("flicker", ((unknown, "#000000", ""),))) == (0.0, 1.0)


class TestView:
    def test_the_picture_of_the_chosen_view_is_drawn(
        self, panel: TemporalPanel, playback: AskedPlayback
    ) -> None:
        open_all(playback)
        panel.model.choose("balanced")
        panel.view.views.setCurrentIndex(panel.view.views.findData("flow"))
        panel.view.views.activated.emit(panel.view.views.currentIndex())
        assert playback.asked[-1][1] == "flow"
        show_field(playback, a_field("residual"))  # of the view before
        assert panel.view.picture.image.isNull()
        show_field(playback, a_field("flow"))
        assert panel.view.picture.image.pixelColor(8, 4).name() == "#c81020"
        drawn = panel.view.picture.grab().toImage()
        assert drawn.pixelColor(drawn.rect().center()).name() == "#c81020"
        assert "4.0 px" in panel.view.legend.text()

    def test_a_picture_that_is_cut_short_is_not_drawn(
        self, panel: TemporalPanel, playback: AskedPlayback
    ) -> None:
        open_all(playback)
        panel.model.choose("balanced")
        panel.model.set_view("flow")
        broken = FieldPicture(view="flow", width=16, height=9, rgb=b"\x01\x02")
        show_field(playback, broken)
        assert panel.view.picture.image.isNull()

    @pytest.mark.parametrize("view", ["flow", "confidence", "residual", "computed"])
    def test_every_view_says_what_its_colours_mean(
        self, panel: TemporalPanel, playback: AskedPlayback, view: str
    ) -> None:
        open_all(playback)
        panel.model.choose("balanced")
        panel.model.set_view(view)  # type: ignore[arg-type]
        show_field(playback, a_field(view))  # type: ignore[arg-type]
        assert len(panel.view.legend.text()) > 20
        assert "{" not in panel.view.legend.text()
        assert not panel.view.picture.grab().isNull()

    def test_behind_a_tab_it_asks_for_no_pictures(
        self, panel: TemporalPanel, playback: AskedPlayback
    ) -> None:
        panel.model.choose("balanced")
        panel.model.set_view("flow")
        panel.compare.setChecked(True)
        panel.hide()
        assert playback.asked[-1] == (PRESETS["balanced"], "none", False)
        panel.show()
        assert playback.asked[-1] == (PRESETS["balanced"], "flow", True)

    @pytest.mark.parametrize("towards", [(1, 0), (0, 1), (-1, 0), (0, -1)])
    def test_the_wheel_has_the_colours_of_the_picture(self, towards: tuple[int, int]) -> None:
        back = np.tile(np.array(towards, np.float32) * -4.0, (8, 8, 1))
        still = np.zeros((8, 8))
        fields = Fields(back, still.astype(np.uint8), still.astype(np.float32))
        drawn = flow_picture(fields, frame_width=8)
        picture = QImage(200, 100, QImage.Format.Format_RGB32)
        picture.fill(0)
        painter = QPainter(picture)
        paint_key(painter, picture.rect(), "flow", 4.0)
        painter.end()
        middle = (17, 83)  # of the wheel, in the lower left corner
        wheel = picture.pixelColor(middle[0] + 11 * towards[0], middle[1] + 11 * towards[1])
        wanted = QColor(*drawn.rgb[:3])
        turn = abs(wheel.hueF() - wanted.hueF())
        assert min(turn, 1 - turn) < 0.06, (wheel.name(), wanted.name())
