"""A playback process that owes nothing is never taken for one that hangs."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from studio.playback.messages import Preparing
from tests.support.playback import Watcher

_PATIENCE_MILLIS = 300


def test_pausing_while_playing_is_no_hang(watcher: Watcher, clip: Path, net: Path) -> None:
    watcher.open(clip, net)
    model = watcher.model
    model.play()
    watcher.until(lambda: model.position > 3)
    model._patience.setInterval(_PATIENCE_MILLIS)
    model.pause()
    watcher._qtbot.wait(3 * _PATIENCE_MILLIS)
    assert not watcher.errors
    assert model.model is not None


def test_standing_at_the_end_is_no_hang(watcher: Watcher, clip: Path, net: Path) -> None:
    watcher.open(clip, net)
    model = watcher.model
    model.seek(30)
    watcher.until(lambda: model.shown is not None and model.shown.index == 30)
    model._patience.setInterval(_PATIENCE_MILLIS)
    model.play()
    watcher.until(lambda: not model.is_playing)
    watcher._qtbot.wait(3 * _PATIENCE_MILLIS)
    assert not watcher.errors
    assert model.model is not None


def test_playing_slower_than_the_process_is_no_hang(
    watcher: Watcher, clip: Path, net: Path
) -> None:
    watcher.open(clip, net)
    model = watcher.model
    model.set_speed(0.1)  # a frame stays for 400 ms, longer than the patience
    model._patience.setInterval(_PATIENCE_MILLIS)
    model.play()
    watcher.until(lambda: model.position > 2)
    assert not watcher.errors
    assert model.is_playing


def test_compiling_the_temporal_engine_is_no_hang(
    watcher: Watcher, clip: Path, net: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watcher.open(clip, net)
    model = watcher.model
    told: list[str] = []
    model.busy_changed.connect(told.append)
    assert model.engine_pid is not None
    taken = model._link.take
    monkeypatch.setattr(model._link, "take", lambda: [Preparing(), *taken()])
    os.kill(model.engine_pid, signal.SIGSTOP)  # it computes on, for all that anyone can see
    model.seek(5)
    model._drain()
    monkeypatch.setattr(model._link, "take", taken)
    model._patience.setInterval(_PATIENCE_MILLIS)
    model._patience.start()
    watcher._qtbot.wait(4 * _PATIENCE_MILLIS)
    assert not watcher.errors
    assert told == ["Preparing the temporal engine…"]
    os.kill(model.engine_pid, signal.SIGCONT)
    watcher.until(lambda: model.shown is not None and model.shown.index == 5)
    assert told[-1] == ""
