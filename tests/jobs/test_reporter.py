from __future__ import annotations

import io
import os
import signal
from pathlib import Path

import pytest

from studio.jobs.reporter import TerminalReporter, kind_of
from studio.runs.events import Artifact, Warned


class _Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_pipe_gets_lines_not_a_bar(tmp_path: Path) -> None:
    stream = io.StringIO()
    with TerminalReporter(tmp_path, stream=stream) as reporter:
        for done in range(1, 1001):
            reporter.progress(done, 1000, message="Segmenting")
    assert stream.getvalue() == "Segmenting: 1 of 1000 frames\nSegmenting: 1000 of 1000 frames\n"


def test_a_pipe_hears_of_unknown_totals(tmp_path: Path) -> None:
    stream = io.StringIO()
    TerminalReporter(tmp_path, stream=stream).progress(3, None, unit="runs")
    assert stream.getvalue() == "Working: 3 runs\n"


def test_a_terminal_gets_a_bar_for_each_stage(tmp_path: Path) -> None:
    stream = _Screen()
    with TerminalReporter(tmp_path, stream=stream) as reporter:
        reporter.progress(1, 10, message="Reading")
        reporter.warn("The end is cut off.", "Copy it again.")
        reporter.progress(10, 10, message="Reading")
        reporter.progress(1, 5, unit="runs", message="Measuring")
    shown = stream.getvalue()
    assert "Reading" in shown
    assert "Measuring" in shown
    assert "runs" in shown
    assert "Warning: The end is cut off. Copy it again.\n" in shown


def test_quiet_says_only_warnings(tmp_path: Path) -> None:
    stream = io.StringIO()
    reporter = TerminalReporter(tmp_path, stream=stream, quiet=True)
    reporter.progress(1, 2)
    reporter.artifact("The video", tmp_path / "a.mp4")
    reporter.emit(Artifact(name="a", path="b"))
    assert stream.getvalue() == ""
    reporter.emit(Warned(message="Careful."))
    assert stream.getvalue() == "Warning: Careful.\n"


def test_results_are_named(tmp_path: Path) -> None:
    stream = io.StringIO()
    reporter = TerminalReporter(tmp_path / "new", stream=stream)
    assert reporter.artifacts_dir.is_dir()
    reporter.artifact("The video", Path("a.mp4"))
    assert stream.getvalue() == "The video: a.mp4\n"


def test_the_first_interrupt_stops_and_the_second_interrupts(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGINT)
    with TerminalReporter(tmp_path, stream=io.StringIO()) as reporter:
        assert not reporter.should_stop()
        os.kill(os.getpid(), signal.SIGINT)
        assert reporter.should_stop()
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.MP4", "video"),
        ("a.png", "image"),
        ("a.tflite", "model"),
        ("a.csv", "table"),
        ("a.json", "text"),
        ("a.xyz", "file"),
        ("a", "file"),
    ],
)
def test_kinds_are_guessed_from_names(tmp_path: Path, name: str, kind: str) -> None:
    assert kind_of(tmp_path / name) == kind


def test_a_folder_holds_images(tmp_path: Path) -> None:
    assert kind_of(tmp_path) == "images"
