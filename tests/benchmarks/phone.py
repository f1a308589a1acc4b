"""What a phone on the cable costs and takes: the start, the cable, the chart, half an hour.

`python -m tests.benchmarks.phone start|back|link|chart|soak [--serial S] [--seconds N] [--json]`

Without `--serial` the lab's emulated phone is used, whose own speed means nothing: what is printed
then concerns this computer, the adb server and the studio alone.

- `start`: seconds from the launch to the first frame's record, everything on the phone already.
- `back`: the cable is pulled for two seconds (the lab's alone): seconds from putting it in again
  to the next frame's record.
- `link`: what the cable carries, what a 720p picture costs as pixels and as JPEG, and from which
  speed on pixels arrive sooner.
- `chart`: 30 frames a second through a tiny model, the window open: milliseconds from the event of
  a frame to its place on the telemetry chart.
- `soak`: 30 records a second through a tiny model (half an hour by default): records lost, and the
  memory of the worker and of the runner, early and late.

It exits with 1 when a figure misses its bar.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import psutil

from studio.runs.events import Failed, Finished, Stopped
from studio.runs.launch import launch, request_stop
from studio.runs.phone_events import PhoneFrame
from studio.runs.watch import RunWatcher
from studio.targets.phone.spec import DeploySpec
from studio.video.writer import VideoWriter
from tests.phone_lab.phone import LabPhone
from tests.support.models import logits_model

_RATE = 30.0
_START_SECONDS = 60.0
_SETTLED_SECONDS = 60.0
_ROUNDS = 3
_UNPLUGGED_SECONDS = 2.0
_BARS = {
    "later starts, slowest, s": 5.0,
    "streaming again, slowest, s": 5.0,
    "event to chart, p95, ms": 100.0,
    "records lost": 0.0,
    "worker MiB, growth": 8.0,
    "runner MiB, growth": 2.0,
}
"""By figure, what it may be at most."""


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("start", "back", "link", "chart", "soak"))
    parser.add_argument("--serial", help="of a real phone; without it the lab's is started")
    parser.add_argument("--seconds", type=float, help="of chart (20) and soak (1800)")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as name,
        _phone(arguments.serial) as (
            serial,
            phone,
        ),
    ):
        folder = Path(name)
        os.environ["JEJUNET_WORKSPACE"] = name
        os.environ["JEJUNET_SETTINGS"] = f"{name}/studio.ini"
        match arguments.what:
            case "start":
                report = _start(folder, serial)
            case "back":
                if phone is None:
                    parser.error("only the lab's phone can be unplugged by a program")
                report = _back(folder, phone)
            case "link":
                report = _link(folder, serial)
            case "chart":
                report = _chart(folder, serial, arguments.seconds or 20.0)
            case _:
                report = _soak(folder, serial, arguments.seconds or 1800.0)
    if arguments.json:
        print(json.dumps(report))
    else:
        for key, value in report.items():
            print(f"{key:<36}{value:>12.2f}" if isinstance(value, float) else f"{key:<36}{value}")
    missed = [key for key, most in _BARS.items() if _number(report.get(key)) > most]
    for key in missed:
        print(f"missed: {key} may be {_BARS[key]:g} at most", file=sys.stderr)
    return 1 if missed else 0


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


@contextlib.contextmanager
def _phone(serial: str | None) -> Iterator[tuple[str, LabPhone | None]]:
    """A phone by its serial; the lab's phone ends with the benchmark."""
    if serial is not None:
        yield serial, None
        return
    from tests.phone_lab.server import AdbServer

    with contextlib.closing(AdbServer()) as server:
        os.environ["ANDROID_ADB_SERVER_PORT"] = str(server.port)
        with LabPhone(server) as phone:
            yield phone.serial, phone


def _clip(folder: Path) -> Path:
    """Ten seconds of a small moving square at 30 frames a second."""
    path = folder / "clip.mp4"
    writer = VideoWriter(path, 96, 64, _RATE)
    for number in range(int(10 * _RATE)):
        image = np.zeros((64, 96, 3), np.uint8)
        image[20:40, number % 76 : number % 76 + 20] = (40, 180, 250)
        writer.write(image, number / _RATE)
    writer.close(path)
    return path


def _spec(folder: Path, serial: str, seconds: float | None) -> DeploySpec:
    model = logits_model(folder / "tiny.tflite", input_size=33, grid=3, classes=5)
    return DeploySpec(
        model=str(model), serial=serial, video=str(_clip(folder)), seconds=seconds, compares=False
    )


def _next_frames(watcher: RunWatcher) -> list[PhoneFrame]:
    """Wait until the record of a frame can be read; all that came with it."""
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        update = watcher.poll()
        frames = [event for event in update.events if isinstance(event, PhoneFrame)]
        if frames:
            return frames
        _raise_if_over(update.events)
        time.sleep(0.005)
    raise SystemExit("no frame came")


def _raise_if_over(events: object) -> None:
    assert isinstance(events, list)
    for event in events:
        if isinstance(event, Failed):
            raise SystemExit(f"{event.message} {event.remedy}")


def _end(watcher: RunWatcher) -> None:
    request_stop(watcher.folder)
    while watcher.poll().status.is_live:
        time.sleep(0.05)


def _start(folder: Path, serial: str) -> Mapping[str, object]:
    spec = _spec(folder, serial, None)
    seconds = []
    for _ in range(_ROUNDS + 1):  # the first one pushes
        began = time.monotonic()
        watcher = RunWatcher(launch("deploy", spec, title="start"))
        _next_frames(watcher)
        seconds.append(time.monotonic() - began)
        _end(watcher)
    return {
        "first start, with pushing, s": seconds[0],
        "later starts, median, s": statistics.median(seconds[1:]),
        "later starts, slowest, s": max(seconds[1:]),
    }


def _back(folder: Path, phone: LabPhone) -> Mapping[str, object]:
    watcher = RunWatcher(launch("deploy", _spec(folder, phone.serial, None), title="back"))
    seconds = []
    for _ in range(_ROUNDS):
        _next_frames(watcher)
        time.sleep(1.0)
        phone.unplug()
        time.sleep(_UNPLUGGED_SECONDS)
        while not watcher.poll().is_caught_up:
            pass
        began = time.monotonic()
        phone.plug()
        _next_frames(watcher)
        seconds.append(time.monotonic() - began)
    _end(watcher)
    return {
        "streaming again, median, s": statistics.median(seconds),
        "streaming again, slowest, s": max(seconds),
    }


def _link(folder: Path, serial: str) -> Mapping[str, object]:
    from studio.opencv import cv2
    from studio.paths import sample_clip
    from studio.targets.phone.pictures import pack
    from studio.video.source import open_video

    watcher = RunWatcher(launch("deploy", _spec(folder, serial, None), title="link"))
    _next_frames(watcher)
    _end(watcher)
    ending = watcher.folder.terminal()
    assert isinstance(ending, Finished | Stopped)
    speed = ending.summary["link"]["bytes_per_second"]
    with contextlib.closing(open_video(str(sample_clip()))) as source:
        frame = source.read()
    assert frame is not None
    picture = np.asarray(cv2.resize(frame.image, (1280, 720)), np.uint8)
    seconds = []
    for _ in range(30):
        began = time.perf_counter()
        jpeg = pack(picture, "jpeg").data
        seconds.append(time.perf_counter() - began)
    encoding = statistics.median(seconds)
    return {
        "the cable, MB/s": speed / 1e6,
        "a 720p picture as pixels, MB": picture.nbytes / 1e6,
        "... as JPEG, MB": len(jpeg) / 1e6,
        "... encoding here, ms": encoding * 1e3,
        "pixels have arrived after, ms": picture.nbytes / speed * 1e3,
        "a JPEG has arrived after, ms": (encoding + len(jpeg) / speed) * 1e3,
        "pixels arrive sooner from, MB/s": (picture.nbytes - len(jpeg)) / encoding / 1e6,
    }


def _chart(folder: Path, serial: str, seconds: float) -> Mapping[str, object]:
    from PySide6.QtWidgets import QApplication

    from studio.gui.main_window import MainWindow
    from studio.gui.settings import Settings
    from studio.gui.style import ThemeSwitch
    from tests.support.gui import serve_events

    app = QApplication(sys.argv[:1])
    settings = Settings()
    window = MainWindow(settings, ThemeSwitch(app, settings.theme))
    window.resize(1440, 900)
    window.show()

    serve_events(_START_SECONDS, lambda: window.panels.telemetry is not None)
    window.docks.bring_up("telemetry")
    run = launch("deploy", _spec(folder, serial, None), title="chart")
    telemetry = window.panels.telemetry
    assert telemetry is not None
    source = telemetry.phone
    serve_events(_START_SECONDS, lambda: len(source.shown_latency_millis) > 0)
    before = len(source.shown_latency_millis)
    serve_events(seconds)
    shown = np.array(source.shown_latency_millis[before:])
    request_stop(run)
    serve_events(10.0, lambda: not run.status().is_live)
    window.close()
    return {
        "records": len(shown),
        "records a second": len(shown) / seconds,
        "event to chart, p50, ms": float(np.percentile(shown, 50)),
        "event to chart, p95, ms": float(np.percentile(shown, 95)),
        "event to chart, p99, ms": float(np.percentile(shown, 99)),
    }


def _soak(folder: Path, serial: str, seconds: float) -> Mapping[str, object]:
    run = launch("deploy", _spec(folder, serial, seconds), title="soak")
    watcher = RunWatcher(run)
    frames = _next_frames(watcher)
    pid = int(run.lock_file.read_text())
    worker = psutil.Process(pid)
    began = time.monotonic()
    sequences: set[int] = set()
    dropped = 0
    memory: list[tuple[float, int, int]] = []
    next_look = 0.0
    while True:
        sequences.update(frame.sequence for frame in frames)
        dropped += sum(frame.dropped_before for frame in frames)
        elapsed = time.monotonic() - began
        if frames and elapsed >= next_look:
            next_look = elapsed + 10.0
            with contextlib.suppress(psutil.Error):
                memory.append((elapsed, worker.memory_info().rss, frames[-1].memory_bytes))
        time.sleep(0.1)
        update = watcher.poll()
        _raise_if_over(update.events)
        frames = [event for event in update.events if isinstance(event, PhoneFrame)]
        if not update.events and update.is_caught_up and not update.status.is_live:
            break
    ending = run.terminal()
    assert isinstance(ending, Finished)
    settled = [row for row in memory if row[0] >= min(_SETTLED_SECONDS, seconds / 2)]
    return {
        "seconds": elapsed,
        "records": len(sequences),
        "records a second": len(sequences) / elapsed,
        "records lost": max(max(sequences) + 1, ending.summary["frames"]) - len(sequences),
        "frames dropped to keep the pace": dropped,
        "worker MiB, settled": settled[0][1] / 2**20,
        "worker MiB, last": settled[-1][1] / 2**20,
        "worker MiB, growth": (settled[-1][1] - settled[0][1]) / 2**20,
        "runner MiB, settled": settled[0][2] / 2**20,
        "runner MiB, last": settled[-1][2] / 2**20,
        "runner MiB, growth": (settled[-1][2] - settled[0][2]) / 2**20,
        "ended": str(run.status()),
    }


if __name__ == "__main__":
    sys.exit(main())
