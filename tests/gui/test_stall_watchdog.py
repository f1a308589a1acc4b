"""The watchdog of the tests sees stalls, says where they are, and sees none where there is none."""

from __future__ import annotations

import time

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.support.gui import stall_watchdog


def _sleep_too_long() -> None:
    time.sleep(0.3)


def test_a_stall_is_caught_with_its_stack(qapp: QApplication, qtbot: QtBot) -> None:
    QTimer.singleShot(50, _sleep_too_long)
    with (
        pytest.raises(AssertionError, match="_sleep_too_long"),
        stall_watchdog(qapp, limit_millis=100),
    ):
        qtbot.wait(600)


def test_work_in_small_steps_is_no_stall(qapp: QApplication, qtbot: QtBot) -> None:
    timer = QTimer(interval=20)
    timer.timeout.connect(lambda: time.sleep(0.005))
    timer.start()
    with stall_watchdog(qapp, limit_millis=100) as dog:
        qtbot.wait(400)
    timer.stop()
    assert dog.ticks > 20
    assert 0 < dog.longest_millis < 100


def test_a_loop_that_never_turns_is_no_success(qapp: QApplication) -> None:
    with pytest.raises(AssertionError, match="never turned"), stall_watchdog(qapp):
        time.sleep(0.01)
