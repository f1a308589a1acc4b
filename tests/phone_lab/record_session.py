"""Makes the recorded session that comes with the studio, from an emulated phone.

`python -m tests.phone_lab.record_session [FOLDER]` (`resources/recorded_phone` by default)

Half a minute of the sample clip through the smallest model. The cable is pulled for a moment, and
the phone plays growing warm, so that whoever has no phone sees what the panels make of it. What it
tells of clocks and temperatures is as little a Pixel's as its speed.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from studio.paths import resources_dir, sample_clip, shipped_models_dir
from studio.runs.folder import RunFolder, RunStatus
from studio.runs.launch import launch
from studio.runs.phone_events import PhoneFrame
from studio.runs.watch import RunWatcher
from studio.targets.phone.spec import DeploySpec
from tests.phone_lab.phone import LabPhone
from tests.phone_lab.server import AdbServer

_MODEL = "jejunet_fast_289_int8.tflite"
_SECONDS = 36.0
_UNPLUGGED_SECONDS = (12.0, 15.0)
_WARM_FROM_SECONDS = 18.0
_COOL_CELSIUS, _HOT_CELSIUS = 31.0, 41.0
_THROTTLED_KHZ = 1_401_600
_STARTING_SECONDS = 60.0


def main() -> int:
    """Record, and write the folder."""
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else resources_dir() / "recorded_phone"
    with tempfile.TemporaryDirectory() as name, contextlib.closing(AdbServer()) as server:
        os.environ["ANDROID_ADB_SERVER_PORT"] = str(server.port)
        with LabPhone(server) as phone:
            spec = DeploySpec(
                model=str(shipped_models_dir() / _MODEL),
                serial=phone.serial,
                video=str(sample_clip()),
                seconds=_SECONDS,
            )
            run = launch("deploy", spec, title="An emulated phone", runs_dir=Path(name))
            _direct(phone, run)
        if run.status() is not RunStatus.FINISHED:
            raise SystemExit(f"it ended as {run.status()}: {run.terminal()}")
        _keep(run, out)
    return 0


def _direct(phone: LabPhone, run: RunFolder) -> None:
    """Pull the cable and grow warm while the session runs."""
    watcher = RunWatcher(run)
    deadline = time.monotonic() + _STARTING_SECONDS
    while not any(isinstance(event, PhoneFrame) for event in watcher.poll().events):
        if time.monotonic() > deadline:
            raise SystemExit("no frame came")
        time.sleep(0.1)
    began = time.monotonic()
    while run.status().is_live:
        elapsed = time.monotonic() - began
        is_unplugged = _UNPLUGGED_SECONDS[0] <= elapsed < _UNPLUGGED_SECONDS[1]
        if is_unplugged == phone.is_plugged:
            (phone.unplug if is_unplugged else phone.plug)()
        warmth = (elapsed - _WARM_FROM_SECONDS) / (_SECONDS - 6 - _WARM_FROM_SECONDS)
        rise = (_HOT_CELSIUS - _COOL_CELSIUS) * min(max(warmth, 0.0), 1.0)
        is_throttled = warmth >= 1.0
        conditions = replace(
            phone.conditions,
            skin_celsius=round(_COOL_CELSIUS + rise, 1),
            cpu_celsius=round(34.0 + 3 * rise, 1),
        )
        if is_throttled:
            conditions = replace(conditions, big_khz=_THROTTLED_KHZ)
        phone.set_conditions(conditions)
        time.sleep(0.3)


def _keep(run: RunFolder, out: Path) -> None:
    """Copy what a replay needs, without the names of this machine and its folders."""
    shutil.rmtree(out, ignore_errors=True)
    (out / "artifacts").mkdir(parents=True)
    places = [(f"{place}/", "") for place in (shipped_models_dir(), sample_clip().parent)]
    for name in ("run.json", "events.jsonl"):
        text = (run.path / name).read_text(encoding="utf-8")
        for place, instead in places:
            text = text.replace(place, instead)
        if name == "run.json":
            record = json.loads(text)
            record["host"] = ""
            text = json.dumps(record, indent=2) + "\n"
        (out / name).write_text(text, encoding="utf-8")
    shutil.copyfile(run.artifacts_dir / "recording.bin", out / "artifacts/recording.bin")


if __name__ == "__main__":
    sys.exit(main())
