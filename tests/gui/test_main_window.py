"""The window as a whole: layout, theme, palette, drops, recent files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QAction, QDragEnterEvent, QDropEvent, QKeySequence
from PySide6.QtWidgets import QApplication, QCheckBox, QWidget
from pytestqt.qtbot import QtBot

from studio.errors import StudioError
from studio.gui.command_palette import commands_of
from studio.gui.docks import DOCKS
from studio.gui.main_window import MainWindow
from studio.gui.settings import Settings
from studio.gui.temporal.panel import TemporalPanel
from studio.gui.theme import DARK, LIGHT, current_theme
from tests.gui.conftest import MakeWindow
from tests.support.gui import stall_watchdog


def action_named(window: MainWindow, path: str) -> QAction:
    found = commands_of(window.menuBar(), include_disabled=True)
    return next(command.action for command in found if command.path == path)


def switch_of(window: MainWindow) -> QCheckBox:
    panel = window.docks["temporal"].widget()
    assert isinstance(panel, TemporalPanel)
    return panel.follows_frames


class TestPanels:
    def test_every_dock_is_filled_and_nothing_failed(self, window: MainWindow) -> None:
        assert [
            str(error) for error in window.banners.errors if "could not be opened" in str(error)
        ] == []
        for dock in window.docks.docks.values():
            assert type(dock.widget()).__name__ != "QWidget", dock.windowTitle()

    def test_without_a_model_the_user_is_told_what_to_do(self, window: MainWindow) -> None:
        told = [str(error) for error in window.banners.errors]
        assert any("No model was found" in words and "Ctrl+M" in words for words in told)

    def test_without_a_video_an_invitation_stands_in_its_place(self, window: MainWindow) -> None:
        assert window.panels.stage.currentWidget() is window.panels.welcome


class TestKeyboard:
    def test_keys_mean_the_video_right_after_the_start(
        self, window: MainWindow, qtbot: QtBot
    ) -> None:
        panel = window.panels.playback_panel
        assert panel is not None
        assert window.focusWidget() is panel.canvas
        panel.statistics.setChecked(False)
        qtbot.keyClick(window.focusWidget(), Qt.Key.Key_I)
        assert panel.statistics.isChecked()


class TestLayout:
    def test_default_groups_are_tabbed_together(self, window: MainWindow) -> None:
        for spec in DOCKS:
            group = {
                dock.objectName() for dock in window.tabifiedDockWidgets(window.docks[spec.key])
            }
            expected = {other.key for other in DOCKS if other.place == spec.place}
            assert group == expected - {spec.key}

    def test_layout_comes_back_in_another_start(
        self, make_window: MakeWindow, qtbot: QtBot
    ) -> None:
        first = make_window()
        first.docks["overlay"].close()
        first.docks["jobs"].setFloating(True)
        first.resize(first.width(), 700)
        first.close()
        again = make_window()
        assert again.docks["overlay"].isHidden()
        assert again.docks["jobs"].isFloating()
        assert not again.docks["playback"].isHidden()
        assert again.height() == 700
        again.reset_layout()
        assert not again.docks["overlay"].isHidden()
        assert not again.docks["jobs"].isFloating()

    @pytest.mark.parametrize("rubbish", [b"rubbish", b"\x00\x00\x00\xff\x00\x00\x00\x00\xfd"])
    def test_broken_layout_falls_back_to_the_default(
        self, make_window: MakeWindow, settings: Settings, rubbish: bytes
    ) -> None:
        settings.set_window(QByteArray(rubbish), QByteArray(rubbish))
        window = make_window()
        assert not any(dock.isHidden() for dock in window.docks.docks.values())
        assert not any(dock.isFloating() for dock in window.docks.docks.values())

    def test_window_is_on_a_screen_even_if_it_was_left_outside(
        self, make_window: MakeWindow
    ) -> None:
        first = make_window()
        first.move(30_000, 30_000)
        first.close()
        again = make_window()
        areas = [screen.availableGeometry() for screen in QApplication.screens()]
        assert any(area.intersects(again.geometry()) for area in areas)

    def test_two_windows_at_once_do_not_disturb_each_other(self, make_window: MakeWindow) -> None:
        one, two = make_window(), make_window()
        one.docks["training"].close()
        assert not two.docks["training"].isHidden()
        one.close()
        two.close()
        assert not make_window().docks["training"].isHidden()  # the last one closed counts

    def test_dock_action_brings_to_the_front_then_closes(
        self, window: MainWindow, qtbot: QtBot
    ) -> None:
        jobs = window.docks["jobs"]
        action = action_named(window, "View › Jobs")
        action.trigger()
        qtbot.waitUntil(lambda: not jobs.visibleRegion().isEmpty())
        assert action.isChecked()
        action.trigger()
        qtbot.waitUntil(jobs.isHidden)
        assert not action.isChecked()

    def test_titles_give_way_to_tabs_and_come_back(self, window: MainWindow, qtbot: QtBot) -> None:
        overlay = window.docks["overlay"]
        qtbot.waitUntil(lambda: overlay.titleBarWidget().height() == 0)
        window.docks["quantization"].close()
        qtbot.waitUntil(lambda: overlay.titleBarWidget().height() > 10)


class TestFullScreen:
    def test_video_is_alone_and_escape_brings_all_back(
        self, window: MainWindow, qtbot: QtBot
    ) -> None:
        panel = window.panels.playback_panel
        assert panel is not None
        before = {key for key, dock in window.docks.docks.items() if dock.isHidden()}
        panel.full_screen.trigger()
        shown = {key for key, dock in window.docks.docks.items() if not dock.isHidden()}
        assert shown == {"playback"}
        assert window.isFullScreen()
        assert window.top.isHidden()
        window.activateWindow()
        qtbot.waitActive(window)

        def escaped() -> bool:  # a screen hands the focus over a little later
            qtbot.keyClick(window, Qt.Key.Key_Escape)
            return not window.top.isHidden()

        qtbot.waitUntil(escaped)
        if QApplication.platformName() == "offscreen":  # Xvfb has no window manager to confirm it
            assert not window.isFullScreen()
        assert not panel.full_screen.isChecked()
        assert {key for key, dock in window.docks.docks.items() if dock.isHidden()} == before

    def test_closing_in_full_screen_saves_the_whole_layout(self, make_window: MakeWindow) -> None:
        first = make_window()
        panel = first.panels.playback_panel
        assert panel is not None
        panel.full_screen.trigger()
        first.close()
        assert not any(dock.isHidden() for dock in make_window().docks.docks.values())


class TestMenus:
    def test_every_action_has_a_text_a_tip_and_its_own_keys(self, window: MainWindow) -> None:
        owners: dict[str, str] = {}
        commands = commands_of(window.menuBar(), include_disabled=True)
        assert len(commands) > 40
        for command in commands:
            assert command.path.split(" › ")[-1].strip()
            if command.action.isEnabled():
                assert command.action.statusTip(), command.path
            for keys in command.action.shortcuts():
                name = keys.toString(QKeySequence.SequenceFormat.PortableText)
                assert owners.setdefault(name, command.path) == command.path
        for name in ("Ctrl+O", "Ctrl+M", "Ctrl+Q", "Ctrl+K", "Ctrl+Shift+P", "F11", "F1"):
            assert name in owners

    def test_runtime_and_threads_are_remembered_and_ticked(self, window: MainWindow) -> None:
        action_named(window, "Tools › Runtime › tflite-runtime").trigger()
        assert window.settings.runtime == "tflite-runtime"
        playback = window.panels.playback
        assert playback is not None
        assert playback.options.runtime == "tflite-runtime"
        assert action_named(window, "Tools › Threads › 1 thread").isChecked()

    def test_a_choice_in_a_panel_is_remembered_without_a_model(
        self, make_window: MakeWindow, settings: Settings
    ) -> None:
        settings.threads = 2
        first = make_window()
        playback = first.panels.playback
        assert playback is not None
        assert playback.options.threads == 2
        switch_of(first).click()
        assert playback.options.input_fit == "frame"
        assert (settings.input_fit, settings.threads) == ("frame", 2)
        playback.set_options(replace(playback.options, runtime="tflite-runtime"))
        assert settings.runtime == "tflite-runtime"
        assert action_named(first, "Tools › Runtime › tflite-runtime").isChecked()
        first.close()
        again = make_window()
        assert again.panels.opener is not None
        assert again.panels.opener.options_for("a.tflite").input_fit == "frame"
        assert switch_of(again).isChecked()

    def test_what_needs_a_model_is_off_without_one(self, window: MainWindow) -> None:
        for path in ("Tools › Model settings…", "Tools › Benchmark this model"):
            assert not action_named(window, path).isEnabled()

    def test_shortcut_sheet_lists_every_key(self, window: MainWindow, qtbot: QtBot) -> None:
        from PySide6.QtWidgets import QLabel

        from studio.gui.shortcut_sheet import ShortcutSheet

        sheet = ShortcutSheet(window.menuBar(), window)
        qtbot.addWidget(sheet)
        text = " ".join(label.text() for label in sheet.findChildren(QLabel))
        for words in ("Open video…", "Ctrl+O", "Command palette…", "Ctrl+K", "Space"):
            assert words in text


class TestPalette:
    def test_typing_finds_and_enter_runs_an_action(self, window: MainWindow, qtbot: QtBot) -> None:
        window.choose_theme("dark")
        window.open_palette()
        palette = window.palette_
        assert palette.isVisible()
        qtbot.keyClicks(palette.field, "theme light")
        assert palette.shown[0].path == "View › Theme › Light"
        qtbot.keyClick(palette.field, Qt.Key.Key_Return)
        assert current_theme() is LIGHT
        assert window.settings.theme == "light"
        assert not palette.isVisible()

    def test_what_was_run_lately_comes_first(self, window: MainWindow, qtbot: QtBot) -> None:
        window.open_palette()
        qtbot.keyClicks(window.palette_.field, "reset layout")
        qtbot.keyClick(window.palette_.field, Qt.Key.Key_Return)
        window.open_palette()
        assert window.palette_.shown[0].path == "View › Reset layout"

    def test_arrows_move_and_escape_leaves_without_running(
        self, window: MainWindow, qtbot: QtBot
    ) -> None:
        window.choose_theme("dark")
        window.open_palette()
        palette = window.palette_
        qtbot.keyClick(palette.field, Qt.Key.Key_Down)
        assert palette.list.currentIndex().row() == 1
        qtbot.keyClick(palette.field, Qt.Key.Key_Up)
        qtbot.keyClick(palette.field, Qt.Key.Key_Up)
        assert palette.list.currentIndex().row() == len(palette.shown) - 1
        qtbot.keyClick(palette.field, Qt.Key.Key_Escape)
        assert not palette.isVisible()
        assert current_theme() is DARK

    def test_nothing_fits_is_said_and_enter_does_no_harm(
        self, window: MainWindow, qtbot: QtBot
    ) -> None:
        window.open_palette()
        qtbot.keyClicks(window.palette_.field, "zzzqqq")
        assert window.palette_.shown == []
        qtbot.keyClick(window.palette_.field, Qt.Key.Key_Return)
        assert window.palette_.isVisible()

    def test_disabled_actions_are_not_offered(self, window: MainWindow) -> None:
        window.open_palette()
        assert all(command.action.isEnabled() for command in window.palette_.shown)
        assert not any("Benchmark" in command.path for command in window.palette_.shown)


def drop(window: MainWindow, paths: list[Path], qtbot: QtBot, on: QWidget | None = None) -> None:
    """Drag files over the window (or another) and let them go."""
    target = on or window
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    copy, left, none = (
        Qt.DropAction.CopyAction,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    enter = QDragEnterEvent(QPoint(50, 50), copy, data, left, none)
    QApplication.sendEvent(target, enter)
    assert enter.isAccepted()
    assert window.drop_hint.isVisible()
    let_go = QDropEvent(QPointF(50, 50), copy, data, left, none)
    QApplication.sendEvent(target, let_go)
    assert not window.drop_hint.isVisible()


class TestDrops:
    def test_wrong_file_is_refused_in_words(
        self, window: MainWindow, qtbot: QtBot, tmp_path: Path
    ) -> None:
        window.banners.clear()
        letter = tmp_path / "letter.txt"
        letter.touch()
        drop(window, [letter], qtbot)
        assert "letter.txt" in window.drop_hint.words
        assert not window.drop_hint.is_welcome
        assert "letter.txt is neither a video" in str(window.banners.errors[-1])

    def test_right_files_are_handed_to_playback(
        self,
        window: MainWindow,
        qtbot: QtBot,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        opened: list[str] = []
        playback = window.panels.playback
        monkeypatch.setattr(playback, "open_video", lambda location: opened.append(location))
        monkeypatch.setattr(playback, "open_model", lambda path, _options: opened.append(path))
        video, model = tmp_path / "a.mp4", tmp_path / "m.tflite"
        for path in (video, model):
            path.touch()
        drop(window, [video, model], qtbot)
        assert window.drop_hint.is_welcome
        assert opened == [str(model), str(video)]

    def test_floating_dock_takes_files_too(
        self, window: MainWindow, qtbot: QtBot, tmp_path: Path
    ) -> None:
        window.banners.clear()
        dock = window.docks["telemetry"]
        assert not dock.acceptDrops()
        dock.setFloating(True)
        letter = tmp_path / "letter.txt"
        letter.touch()
        drop(window, [letter], qtbot, on=dock)
        assert "letter.txt is neither a video" in str(window.banners.errors[-1])
        dock.setFloating(False)
        assert not dock.acceptDrops()

    def test_text_that_is_dragged_is_not_for_us(self, window: MainWindow) -> None:
        data = QMimeData()
        data.setText("hello")
        event = QDragEnterEvent(
            QPoint(5, 5),
            Qt.DropAction.CopyAction,
            data,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
        QApplication.sendEvent(window, event)
        assert not window.drop_hint.isVisible()


class TestRecentFiles:
    def test_missing_one_is_told_and_taken_off_the_list(
        self, make_window: MakeWindow, settings: Settings, tmp_path: Path
    ) -> None:
        gone = str(tmp_path / "gone.mp4")
        settings.add_recent("videos", gone)
        window = make_window()
        window.banners.clear()
        action_named(window, "File › Recent videos › gone.mp4").trigger()
        assert settings.recent("videos") == []
        assert "gone.mp4 is no longer there" in str(window.banners.errors[-1])

    def test_files_of_one_name_are_told_apart(
        self, make_window: MakeWindow, settings: Settings
    ) -> None:
        for folder in ("/one", "/two"):
            settings.add_recent("videos", f"{folder}/clip.mp4")
        window = make_window()
        paths = [command.path for command in commands_of(window.menuBar())]
        assert "File › Recent videos › clip.mp4" in paths
        assert "File › Recent videos › clip.mp4 — /one" in paths


def test_wrong_file_on_the_command_line_is_told_in_the_window(
    qtbot: QtBot, settings: Settings, make_window: MakeWindow, tmp_path: Path
) -> None:
    window = make_window()
    opener = window.panels.opener
    assert opener is not None
    window.banners.clear()
    opener.start(str(tmp_path / "nothing.mp4"), str(tmp_path / "nothing.txt"))
    told = " ".join(str(error) for error in window.banners.errors)
    assert "nothing.mp4 does not exist" in told
    assert "nothing.txt is not a .tflite model" in told


def test_error_of_playback_is_shown_with_its_remedy(window: MainWindow) -> None:
    window.banners.clear()
    playback = window.panels.playback
    assert playback is not None
    playback.failed.emit(StudioError("The process ended.", remedy="Open it again."))
    assert [str(error) for error in window.banners.errors] == ["The process ended. Open it again."]


def test_nothing_stalls_while_panels_are_used(
    window: MainWindow, qtbot: QtBot, qapp: QApplication
) -> None:
    qtbot.wait(100)
    with stall_watchdog(qapp, limit_millis=100):
        for key in window.docks.docks:
            window.docks.bring_up(key)
            qtbot.wait(30)
        window.open_palette()
        qtbot.wait(30)
        qtbot.keyClicks(window.palette_.field, "the", delay=20)
        qtbot.keyClick(window.palette_.field, Qt.Key.Key_Escape)
        qtbot.wait(30)
        window.reset_layout()
        qtbot.wait(50)
