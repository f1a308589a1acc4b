"""What playing costs the GUI process, whether frames are dropped, and whether memory grows.

`python -m tests.benchmarks.gui [--seconds 30] [--video V] [--model M] [--json]`

The real window plays a clip in a loop with its masks, on whatever screen Qt is given (Xvfb, or
QT_QPA_PLATFORM=offscreen). After a warm-up it measures: frames shown and dropped, the GUI process's
share of one core, the playback process's share, the longest stall of the GUI thread, and the
resident memory of both, at the start and at the end. `--seconds 600` is the ten-minute loop.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:  # at run time Qt is imported only after the settings are moved
    from studio.gui.playback.shown import FrameRecord

_WARM_UP_SECONDS = 8.0


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--video")
    parser.add_argument("--model", help="default: a 257 px int8 model cut from shared/data")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["JEJUNET_WORKSPACE"] = folder
        os.environ["JEJUNET_SETTINGS"] = f"{folder}/studio.ini"
        model = arguments.model or _cut_model(Path(folder))
        report = _measure(arguments.video, model, arguments.seconds)
    if arguments.json:
        print(json.dumps(report))
    else:
        for name, value in report.items():
            print(f"{name:<28}{value:>12.2f}" if isinstance(value, float) else f"{name:<28}{value}")
    return 0


def _cut_model(folder: Path) -> str:
    # In a process of its own: what it imports has no place in the GUI's.
    import subprocess

    out = folder / "net-257-int8.tflite"
    code = (
        "import sys; from pathlib import Path; "
        "from tests.support.published import cut_published; "
        "from tests.support.shared_data import CORAL, find_shared_data; "
        "cut_published(find_shared_data(CORAL), Path(sys.argv[1]), 257, 'int8')"
    )
    subprocess.run([sys.executable, "-c", code, str(out)], check=True)
    return str(out)


class _Tally:
    """Sums up frame records; kept, they would be memory that grows."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self.shown = 0
        self.dropped = 0
        self.draw_millis = 0.0

    def add(self, record: FrameRecord) -> None:
        if record.is_playing:
            self.shown += 1
            self.dropped += record.dropped_before
            self.draw_millis += record.draw_millis


def _measure(video: str | None, model: str, seconds: float) -> dict[str, float | int | str]:
    from PySide6.QtWidgets import QApplication

    from studio.gui.main_window import MainWindow
    from studio.gui.playback.shown import Loop
    from studio.gui.settings import Settings
    from studio.gui.style import ThemeSwitch
    from studio.paths import sample_clip
    from tests.support.gui import serve_events, stall_watchdog

    app = QApplication(sys.argv[:1])
    settings = Settings()
    themes = ThemeSwitch(app, settings.theme)
    window = MainWindow(settings, themes, video or str(sample_clip()), model)
    window.resize(1440, 900)
    window.show()

    serve_events(30.0, lambda: window.panels.playback is not None)
    playback = window.panels.playback
    assert playback is not None
    tally = _Tally()
    playback.frame_measured.connect(tally.add)
    serve_events(30.0, lambda: playback.model is not None and playback.shown is not None)
    playback.set_loop(Loop(0, playback.last_index))
    playback.play()
    serve_events(_WARM_UP_SECONDS)
    assert playback.engine_pid is not None
    gui, engine = psutil.Process(), psutil.Process(playback.engine_pid)
    tally.clear()

    def spent(process: psutil.Process) -> float:
        times = process.cpu_times()
        return float(times.user + times.system)

    before = (spent(gui), spent(engine), gui.memory_info().rss, engine.memory_info().rss)
    began = time.monotonic()
    serve_events(seconds)
    elapsed = time.monotonic() - began
    after = (spent(gui), spent(engine), gui.memory_info().rss, engine.memory_info().rss)
    shown, dropped, draw_millis = tally.shown, tally.dropped, tally.draw_millis
    with stall_watchdog(app, check=False) as dog:  # apart: it costs a few percent of a core itself
        serve_events(5.0)
    report: dict[str, float | int | str] = {
        "seconds": elapsed,
        "platform": app.platformName(),
        "frames_shown": shown,
        "frames_per_second": shown / elapsed,
        "frames_dropped": dropped,
        "gui_core_share": (after[0] - before[0]) / elapsed,
        "playback_core_share": (after[1] - before[1]) / elapsed,
        "draw_millis_mean": draw_millis / max(shown, 1),
        "longest_stall_millis": dog.longest_millis,
        "gui_memory_mib": after[2] / 2**20,
        "gui_memory_growth_mib": (after[2] - before[2]) / 2**20,
        "playback_memory_mib": after[3] / 2**20,
        "playback_memory_growth_mib": (after[3] - before[3]) / 2**20,
    }
    window.close()
    return report


if __name__ == "__main__":
    raise SystemExit(main())
