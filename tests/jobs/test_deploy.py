"""A model runs on the lab phone: the very bundle that a phone gets, through the genuine adb."""

from __future__ import annotations

import subprocess
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio.errors import ModelError, PhoneError
from studio.inference.segmenter import Segmenter
from studio.runs.events import Warned
from studio.runs.phone_events import (
    DeployStep,
    MaskCompared,
    PhoneDoubt,
    PhoneFound,
    PhoneFrame,
    PhoneSample,
    PhoneState,
)
from studio.targets.phone.bundle import ensure_bundle
from studio.targets.phone.recording import RECORDING_NAME, RecordingReader
from studio.targets.phone.spec import DeploySpec, PhoneOptions
from studio.targets.phone.wire import Open
from studio.targets.phone.wiring import open_message
from studio.temporal.spec import PRESETS
from tests.phone_lab.device.faults import Faults
from tests.phone_lab.model import Conditions
from tests.phone_lab.phone import LabPhone
from tests.phone_lab.server import AdbServer
from tests.support.clips import class_clip
from tests.support.full_disk import full_disk
from tests.support.live_jobs import LiveJob
from tests.support.models import logits_model
from tests.support.waiting import wait_until

RETURN_SECONDS = 10.0
"""On an idle computer it takes less than one; a busy one is no defect."""


@pytest.fixture(scope="module", autouse=True)
def _bundle() -> None:
    """The bundle is there before any clock runs."""
    try:
        ensure_bundle()
    except PhoneError as error:
        pytest.skip(f"no bundle: {error}")


@pytest.fixture
def spec(tmp_path: Path, lab_phone: LabPhone) -> DeploySpec:
    return DeploySpec(
        model=str(logits_model(tmp_path / "tiny.tflite", dtype="int8")),
        serial=lab_phone.serial,
        video=str(class_clip(tmp_path / "clip.mp4", frames=20)),
        phone=PhoneOptions(warm_up=1),
    )


def steps_done(job: LiveJob, name: str) -> list[str]:
    return [
        step.state
        for step in job.events(DeployStep)
        if step.name == name and step.state != "running"
    ]


def figures(job: LiveJob, name: str) -> Any:
    return job.summary[name]


def test_masks_equal_this_computers_and_all_is_kept(spec: DeploySpec, tmp_path: Path) -> None:
    with LiveJob(replace(spec, seconds=3.0), tmp_path / "run") as job:
        job.wait_for_end()
    assert job.error is None
    assert job.states == ["connecting", "running", "ended"]
    assert steps_done(job, "stream") == ["done"]
    assert job.summary["complete"]
    assert figures(job, "self_test")["is_equal"]
    assert figures(job, "self_test")["largest_difference"] == 0.0
    assert figures(job, "agreement")["min"] == 1.0
    assert figures(job, "agreement")["frames"] > 5
    assert job.summary["is_lab"]
    assert "mean nothing" in str(job.summary["note"])
    frames = job.events(PhoneFrame)
    assert [frame.sequence for frame in frames] == list(range(len(frames)))
    assert [frame.is_warm_up for frame in frames[:6]] == [True] * 5 + [False]
    assert all(frame.invoke_millis > 0 for frame in frames)
    assert job.events(PhoneSample)
    assert "lab" in {doubt.code for doubt in job.events(PhoneDoubt)}
    assert job.events(PhoneFound)[-1].litert_version == "2.0.3"
    reader = RecordingReader(tmp_path / "run" / RECORDING_NAME)
    reader.refresh()
    compared = {event.sequence for event in job.events(MaskCompared)}
    for frame in frames:
        kept = reader.frame(frame.sequence)
        assert kept.phone_mask is not None
        if frame.sequence in compared:
            assert kept.computer_mask is not None
            np.testing.assert_array_equal(kept.phone_mask, kept.computer_mask)
    assert sum(reader.frame(frame.sequence).picture is not None for frame in frames) > 5
    reader.close()


def test_float_masks_of_jpegs_equal_this_computers(spec: DeploySpec, tmp_path: Path) -> None:
    changed = replace(
        spec,
        model=str(logits_model(tmp_path / "float.tflite")),
        phone=replace(spec.phone, encoding="jpeg"),
        pace="fastest",
    )
    with LiveJob(changed, tmp_path / "run") as job:
        job.wait_for_frames(30)
    assert job.error is None
    assert figures(job, "agreement")["min"] >= 0.999
    assert figures(job, "self_test")["is_equal"]
    assert any(frame.decode_millis > 0 for frame in job.events(PhoneFrame))
    assert job.summary["complete"], "a session without an end is whole when it is stopped"


def test_a_clip_on_the_phone_is_played_once_and_costs_no_cable(
    spec: DeploySpec, tmp_path: Path
) -> None:
    changed = replace(spec, phone=replace(spec.phone, is_pushed_ahead=True), start=3, end=14)
    with LiveJob(changed, tmp_path / "run") as job:
        job.wait_for_end()
    assert job.error is None
    assert job.summary["complete"]
    frames = job.events(PhoneFrame)
    assert [frame.index for frame in frames] == list(range(3, 15))
    assert {frame.link_millis for frame in frames} == {0.0}
    assert figures(job, "agreement")["min"] == 1.0
    assert steps_done(job, "clip") == ["done", "done"]
    assert not (tmp_path / "run" / "frames.clip").exists()


def test_label_maps_at_the_models_size_are_compared_as_such(
    spec: DeploySpec, tmp_path: Path
) -> None:
    changed = replace(spec, phone=replace(spec.phone, masks_at_model_size=True))
    with LiveJob(changed, tmp_path / "run") as job:
        job.wait_for_frames(10)
    reader = RecordingReader(tmp_path / "run" / RECORDING_NAME)
    reader.refresh()
    mask = reader.frame(0).phone_mask
    assert mask is not None
    assert mask.shape == (13, 13)
    reader.close()
    assert figures(job, "agreement")["min"] == 1.0


def test_nothing_is_carried_twice(spec: DeploySpec, tmp_path: Path) -> None:
    for turn, expected in enumerate(("done", "skipped")):
        with LiveJob(spec, tmp_path / f"run{turn}") as job:
            job.wait_for_frames(1)
        assert steps_done(job, "push-runner") == [expected]
        assert steps_done(job, "push-model") == [expected]


def test_a_pulled_cable_is_told_and_the_phones_return_is_used(
    spec: DeploySpec, lab_phone: LabPhone, tmp_path: Path
) -> None:
    with LiveJob(spec, tmp_path / "run") as job:
        job.wait_for_frames(5)
        lab_phone.unplug()
        job.wait_for_state("disconnected", timeout_seconds=3.0)
        assert "not connected any more" in job.events(PhoneState)[-1].message
        seen = job.frames
        time.sleep(0.5)
        assert job.frames == seen
        lab_phone.plug()
        job.wait_for_frames(seen + 5, timeout_seconds=RETURN_SECONDS)
    assert job.error is None
    assert job.states == ["connecting", "running", "disconnected", "running", "ended"]
    assert figures(job, "interruptions") == 1
    assert len(steps_done(job, "push-runner")) == 1, "nothing is pushed anew"
    frames = job.events(PhoneFrame)
    numbers = [frame.sequence for frame in frames]
    assert numbers == sorted(set(numbers))
    back = frames[seen]
    assert back.is_warm_up
    assert back.interval_millis == 0.0


def test_a_killed_runner_is_told_and_started_again(
    spec: DeploySpec, lab_phone: LabPhone, tmp_path: Path
) -> None:
    with LiveJob(spec, tmp_path / "run") as job:
        job.wait_for_frames(5)
        seen = job.frames
        assert lab_phone.kill_processes("./runner")
        wait_until(lambda: "disconnected" in job.states, 3.0)
        lost = next(state for state in job.events(PhoneState) if state.state == "disconnected")
        assert "was killed" in lost.message
        job.wait_for_frames(seen + 10, timeout_seconds=RETURN_SECONDS)
    assert job.error is None


def test_a_runner_that_is_killed_again_and_again_ends_the_session(
    spec: DeploySpec, lab_phone: LabPhone, tmp_path: Path
) -> None:
    with LiveJob(spec, tmp_path / "run") as job:
        job.wait_for_frames(1)
        for turn in range(1, 4):
            job.wait_for_state("running", 20.0)
            wait_until(lambda: lab_phone.kill_processes("./runner") > 0 or job.is_done)
            job.wait_for_losses(turn)
        job.wait_for_end()
    assert isinstance(job.error, PhoneError)
    assert "3 times in a row" in job.error.message
    assert job.states[-1] == "ended"


def test_a_dead_adb_server_is_told_and_started_again(
    spec: DeploySpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = AdbServer()
    for name, value in server.environment.items():
        if name.startswith(("ADB_", "ANDROID_")):  # its home has no caches of ours
            monkeypatch.setenv(name, value)
    try:
        with LabPhone(server) as phone:
            with LiveJob(replace(spec, serial=phone.serial), tmp_path / "run") as job:
                job.wait_for_frames(5)
                server.kill()
                job.wait_for_losses(1, 3.0)
                lost = [state for state in job.events(PhoneState) if state.message]
                assert "adb server" in lost[0].message
                seen = job.frames
                wait_until(lambda: server.is_running, 10.0, "an adb server")
                phone.plug()
                job.wait_for_frames(seen + 5, timeout_seconds=RETURN_SECONDS)
            assert job.error is None
    finally:
        # The one that the job started is no child of this process.
        subprocess.run([server.program, "-P", str(server.port), "kill-server"], check=False)
        server.close()


def test_a_stop_is_heeded_while_the_phone_is_away(
    spec: DeploySpec, lab_phone: LabPhone, tmp_path: Path
) -> None:
    with LiveJob(spec, tmp_path / "run") as job:
        job.wait_for_frames(3)
        lab_phone.unplug()
        job.wait_for_state("disconnected", timeout_seconds=3.0)
        began = time.monotonic()
        job.stop()
        assert time.monotonic() - began < 2.0
    assert job.error is None
    assert job.frames >= 3
    assert figures(job, "frames") == job.frames
    lab_phone.plug()


def test_a_phone_that_is_away_when_the_time_is_over_makes_no_success(
    spec: DeploySpec, lab_phone: LabPhone, tmp_path: Path
) -> None:
    with LiveJob(replace(spec, seconds=4.0), tmp_path / "run") as job:
        job.wait_for_frames(3)
        lab_phone.unplug()
        job.wait_for_end()
    assert job.error is None
    assert job.frames >= 3
    assert not job.summary["complete"]
    assert steps_done(job, "stream") == ["failed"]
    assert "was away when the time was over" in job.events(DeployStep)[-1].message
    assert any("was away" in warning for warning in job.reporter.warnings)
    lab_phone.plug()


def test_a_phone_that_is_back_when_the_time_is_over_makes_a_success(
    spec: DeploySpec, lab_phone: LabPhone, tmp_path: Path
) -> None:
    with LiveJob(replace(spec, seconds=12.0), tmp_path / "run") as job:
        job.wait_for_frames(3)
        lab_phone.unplug()
        job.wait_for_state("disconnected", timeout_seconds=3.0)
        lab_phone.plug()
        job.wait_for_end()
    assert job.states == ["connecting", "running", "disconnected", "running", "ended"]
    assert job.summary["complete"]
    assert steps_done(job, "stream") == ["done"]


def test_a_stop_is_heeded_while_a_shell_hangs(
    spec: DeploySpec, lab_phone: LabPhone, tmp_path: Path
) -> None:
    lab_phone.set_faults(Faults(hang_shell_on=r"\./runner"))
    with LiveJob(spec, tmp_path / "run") as job:
        wait_until(lambda: any(step.name == "start" for step in job.events(DeployStep)))
        time.sleep(0.3)
        began = time.monotonic()
        job.stop()
        assert time.monotonic() - began < 2.0
    assert job.error is None
    assert job.frames == 0
    assert not job.summary["complete"]


def test_a_stop_is_heeded_while_the_model_opens_here(
    spec: DeploySpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Event()

    def slow(*arguments: Any) -> Segmenter:
        gate.wait(60.0)
        return Segmenter(*arguments)

    monkeypatch.setattr("studio.targets.phone.deployment.Segmenter", slow)
    try:
        with LiveJob(spec, tmp_path / "run") as job:
            wait_until(
                lambda: any("on this computer" in step.message for step in job.events(DeployStep)),
                30.0,
            )
            job.stop()
    finally:
        gate.set()
    assert job.error is None
    assert not job.summary["complete"]
    assert figures(job, "phone")["serial"] == spec.serial
    assert "model" not in job.summary


def test_a_shell_that_hangs_when_the_phone_returns_is_waited_out(
    spec: DeploySpec, lab_phone: LabPhone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio.targets.phone.session._RESTART_SECONDS", 1.0)
    with LiveJob(spec, tmp_path / "run") as job:
        job.wait_for_frames(3)
        lab_phone.unplug()
        job.wait_for_state("disconnected", timeout_seconds=3.0)
        seen = job.frames
        lab_phone.set_faults(Faults(hang_shell_on=""))
        lab_phone.plug()
        time.sleep(1.5)
        assert job.states[-1] == "disconnected"
        lab_phone.set_faults(Faults())
        job.wait_for_frames(seen + 3, timeout_seconds=RETURN_SECONDS)
    assert job.error is None


def test_nothing_of_a_session_stays_behind_on_the_phone(
    spec: DeploySpec, lab_phone: LabPhone, tmp_path: Path
) -> None:
    with LiveJob(spec, tmp_path / "run") as job:
        job.wait_for_frames(3)
        assert any("./runner" in line for line in lab_phone.processes())
    wait_until(lambda: not any("./runner" in line for line in lab_phone.processes()), 5.0)
    assert job.error is None


def test_a_phone_that_is_not_there_ends_the_job_in_words(spec: DeploySpec, tmp_path: Path) -> None:
    with LiveJob(replace(spec, serial="nobody"), tmp_path / "run") as job:
        job.wait_for_end()
    assert isinstance(job.error, PhoneError)
    assert "nobody" in job.error.message
    assert steps_done(job, "phone") == ["failed"]


def test_a_file_that_is_no_model_is_refused(spec: DeploySpec, tmp_path: Path) -> None:
    other = tmp_path / "other.tflite"
    other.write_bytes(b"no model at all")
    with LiveJob(replace(spec, model=str(other)), tmp_path / "run") as job:
        job.wait_for_end()
    assert isinstance(job.error, ModelError)


def test_warnings_of_the_model_are_passed_on(spec: DeploySpec, tmp_path: Path) -> None:
    with LiveJob(spec, tmp_path / "run") as job:
        job.wait_for_frames(1)
    told = job.reporter.warnings + [event.message for event in job.events(Warned)]
    assert any("labels" in message for message in told)


def test_a_phone_that_lost_our_files_gets_them_again(
    spec: DeploySpec, lab_phone: LabPhone, tmp_path: Path
) -> None:
    with LiveJob(spec, tmp_path / "run") as job:
        job.wait_for_frames(3)
        lab_phone.unplug()
        job.wait_for_state("disconnected", timeout_seconds=3.0)
        seen = job.frames
        lab_phone.reset()
        job.wait_for_frames(seen + 3)
    assert job.error is None
    assert steps_done(job, "push-runner") == ["done", "done"]
    assert figures(job, "interruptions") == 1


def test_a_phone_that_lost_our_files_gets_its_clip_again(
    spec: DeploySpec, lab_phone: LabPhone, tmp_path: Path
) -> None:
    changed = replace(spec, phone=replace(spec.phone, is_pushed_ahead=True), seconds=120.0)
    with LiveJob(changed, tmp_path / "run") as job:
        job.wait_for_frames(3)
        lab_phone.unplug()
        job.wait_for_state("disconnected", timeout_seconds=3.0)
        seen = job.frames
        lab_phone.reset()
        job.wait_for_frames(seen + 3)
    assert job.error is None
    assert steps_done(job, "clip") == ["done", "done", "done"], "made, copied, copied again"
    assert figures(job, "interruptions") == 1
    assert not (tmp_path / "run" / "frames.clip").exists()


def test_a_slow_cable_carries_jpegs_and_is_no_hang(
    spec: DeploySpec, lab_phone: LabPhone, tmp_path: Path
) -> None:
    video = class_clip(tmp_path / "large.mp4", frames=5, width=640, height=480)
    with LiveJob(spec, tmp_path / "before") as job:
        job.wait_for_frames(1)
    lab_phone.set_faults(Faults(bytes_per_second=400_000))
    with LiveJob(replace(spec, video=str(video)), tmp_path / "run") as job:
        job.wait_for_frames(8, timeout_seconds=40.0)
    assert job.error is None
    assert job.states == ["connecting", "running", "ended"]
    assert job.events(PhoneFound)[-1].encoding == "jpeg"
    assert figures(job, "link")["bytes_per_second"] < 1e6


def test_a_full_disk_here_costs_pictures_but_not_the_session(
    spec: DeploySpec, tmp_path: Path, lab_phone: LabPhone
) -> None:
    with LiveJob(spec, tmp_path / "run") as job:
        job.wait_for_frames(1)
        recording = tmp_path / "run" / RECORDING_NAME
        with full_disk(recording.stat().st_size):
            seen = job.frames
            job.wait_for_frames(seen + 20)
    assert job.error is None
    told = job.reporter.warnings
    assert sum("measuring goes on" in warning for warning in told) == 1
    reader = RecordingReader(recording)
    reader.refresh()
    assert 0 in reader
    reader.close()


def misleading(*arguments: Any, **named: Any) -> Open:
    """A message that says wrong things of a model, so that every runner refuses it."""
    return replace(open_message(*arguments, **named), classes=7)


def test_a_runner_that_cannot_be_started_again_ends_the_session(
    spec: DeploySpec, tmp_path: Path, lab_phone: LabPhone, monkeypatch: pytest.MonkeyPatch
) -> None:
    with LiveJob(replace(spec, pace="fastest"), tmp_path / "run") as job:
        job.wait_for_frames(40)
        monkeypatch.setattr("studio.targets.phone.deployment.open_message", misleading)
        lab_phone.kill_processes("./runner")
        job.wait_for_end()
    assert isinstance(job.error, PhoneError)
    assert "3 times in a row" in job.error.message
    assert job.states[-2:] == ["disconnected", "ended"]


def test_a_model_that_the_phone_cannot_use_is_told_in_its_words(
    spec: DeploySpec, tmp_path: Path, lab_phone: LabPhone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio.targets.phone.deployment.open_message", misleading)
    with LiveJob(spec, tmp_path / "run") as job:
        job.wait_for_end()
    assert isinstance(job.error, PhoneError)
    assert "cannot do it" in job.error.message
    assert steps_done(job, "start") == ["failed"]
    # It lingers for a moment, so that its words arrive.
    wait_until(lambda: not any("./runner" in line for line in lab_phone.processes()), 5.0)


def test_a_hot_phone_is_throttled_until_it_has_cooled_down(
    spec: DeploySpec, lab_phone: LabPhone, tmp_path: Path
) -> None:
    lab_phone.set_conditions(
        Conditions(skin_celsius=41.0, is_charging=False, battery_percent=10, zones_readable=True)
    )
    with LiveJob(spec, tmp_path / "run") as job:
        job.wait_for_frames(1)
        job.wait_for_state("throttled")
        lab_phone.set_conditions(Conditions(zones_readable=True, is_charging=False))
        job.wait_for_state("running")
    assert job.error is None
    told = {doubt.code: doubt.is_over for doubt in job.events(PhoneDoubt)}
    assert told["throttled"], "it has passed"
    assert not told["hot-at-start"], "that cannot pass"
    assert "low-battery" in told
    assert "charging" not in told
    assert "hot-at-start" in figures(job, "doubts")
    assert figures(job, "temperatures_celsius")


@pytest.mark.parametrize("name", ["quality", "balanced"])
def test_masks_between_key_frames_equal_this_computers(
    spec: DeploySpec, tmp_path: Path, name: str
) -> None:
    changed = replace(
        spec,
        video=None,  # the sample clip: something moves in it
        end=14,
        phone=replace(spec.phone, temporal=PRESETS[name], is_pushed_ahead=True),
        options=replace(spec.options, input_fit="frame"),
    )
    with LiveJob(changed, tmp_path / "run") as job:
        job.wait_for_end()
    assert job.error is None
    assert figures(job, "agreement")["min"] == 1.0
    frames = job.events(PhoneFrame)
    assert figures(job, "agreement")["frames"] == len(frames) == 15
    assert figures(job, "self_test")["is_equal"]
    assert "the same key frames" in figures(job, "self_test")["words"]
    temporal = figures(job, "temporal")
    assert temporal["same_decisions"] == 1.0
    assert temporal["key_frames"] == sum(frame.is_key_frame for frame in frames)
    assert frames[0].trigger == "first"
    assert all((frame.invoke_millis > 0) == frame.is_key_frame for frame in frames)
    assert all(frame.plane_millis > 0 for frame in frames)
    for stage in ("plane", "flow", "warp", "decide", "fuse"):
        assert temporal["millis"][stage]["mean"] >= 0
    if name == "balanced":
        assert 0 < temporal["network_runs_ratio"] < 1
    assert job.events(PhoneFound)[-1].temporal == name
