"""Run folders of sessions with a phone, written by the real writers without a phone.

The numbers are made up so that tests can tell them apart; they say nothing about any phone.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from studio.opencv import cv2
from studio.runs.events import AnyEvent, Finished, Started, Stopped
from studio.runs.folder import RunFolder, create_run_folder
from studio.runs.lock import FileLock
from studio.runs.phone_events import (
    DeployStep,
    MaskCompared,
    PhoneDoubt,
    PhoneFound,
    PhoneFrame,
    PhoneSample,
    PhoneState,
)
from studio.runs.record import new_record
from studio.runs.writer import EventWriter
from studio.targets.phone.recording import (
    COMPUTER_MASK,
    PHONE_MASK,
    PICTURE,
    RECORDING_NAME,
    RecordingWriter,
)
from studio.targets.phone.runs import encode_runs
from studio.targets.phone.spec import DeploySpec

SIZE = (48, 64)
"""Height and width of the pictures."""

STEP_NAMES = (
    "bundle",
    "phone",
    "space",
    "push-runner",
    "push-model",
    "start",
    "self-test",
    "link",
    "stream",
)

FOUND = PhoneFound(
    serial="FA7AB1A00001",
    model="Pixel 2",
    product="walleye",
    android="11",
    abi="arm64-v8a",
    kernel="4.4.223",
    cpus=8,
    clusters=((0, 1, 2, 3), (4, 5, 6, 7)),
    model_name="JejuNet fast 289",
    model_sha256="0" * 64,
    litert_version="2.0.3",
    labels=("background", "aeroplane", "bicycle"),
    palette=((0, 0, 0), (128, 0, 0), (0, 128, 0)),
    width=289,
    height=289,
    threads=4,
    cpu_mask=0xF0,
    encoding="jpeg",
    video="sample.mp4",
)


def grey_of(sequence: int) -> int:
    """The grey of a frame's picture; a JPEG keeps an even grey within 1."""
    return 20 + 7 * (sequence % 31)


def picture_of(sequence: int) -> NDArray[np.uint8]:
    """A frame's picture, uint8 [48, 64, 3] BGR: one grey, that of its sequence."""
    return np.full((*SIZE, 3), grey_of(sequence), np.uint8)


def phone_mask_of(sequence: int) -> NDArray[np.uint8]:
    """Class 1 in a square that wanders with the sequence, uint8 [48, 64]."""
    mask = np.zeros(SIZE, np.uint8)
    left = sequence % 32
    mask[16:32, left : left + 16] = 1
    return mask


def different_rows(sequence: int) -> int:
    """How many rows of the computer's mask are of another class than the phone's."""
    return sequence % 4


def computer_mask_of(sequence: int) -> NDArray[np.uint8]:
    """The phone's mask, but for its last rows, which are class 2."""
    mask = phone_mask_of(sequence)
    rows = different_rows(sequence)
    mask[SIZE[0] - rows :] = 2
    return mask


def different_share(sequence: int) -> float:
    """Share of the pixels whose classes differ, 0..1."""
    return different_rows(sequence) / SIZE[0]


@dataclass
class PhoneRun:
    """A session that is being written.

    Attributes:
        folder: of the run.
        writer: of its events.
        recording: of its pictures and masks.
        began_seconds: unix time of the first frame.
        interval_seconds: between frames.
    """

    folder: RunFolder
    writer: EventWriter
    recording: RecordingWriter
    began_seconds: float
    interval_seconds: float = 1 / 30

    def write(self, *events: AnyEvent) -> None:
        """Append events."""
        for event in events:
            assert self.writer.write(event)

    def steps(self, found: PhoneFound = FOUND) -> None:
        """All steps of a deployment, done, and the phone; frames may follow."""
        at = self.began_seconds
        self.write(PhoneState(state="connecting", message="Looking for the phone", at_seconds=at))
        for name in STEP_NAMES:
            size = 1_500_000 if name.startswith("push") else 0
            running = DeployStep(
                name=name, state="running", done_bytes=size // 2, total_bytes=size, at_seconds=at
            )
            self.write(running)
            if name != "stream":
                done = {
                    "state": "done",
                    "done_bytes": size,
                    "seconds": 0.2,
                    "message": f"{name} ok",
                }
                self.write(msgspec.structs.replace(running, **done))
            if name == "phone":
                self.write(msgspec.structs.replace(found, at_seconds=at))
        self.write(PhoneState(state="running", at_seconds=at))

    def frame(
        self,
        sequence: int,
        *,
        invoke_millis: float = 20.0,
        is_compared: bool = True,
        is_warm_up: bool = False,
        dropped_before: int = 0,
    ) -> None:
        """One frame: its picture and masks, then its timing, then the comparison."""
        jpeg = cv2.imencode(".jpg", picture_of(sequence))[1].tobytes()
        self.recording.write(PICTURE, sequence, SIZE, jpeg)
        self.recording.write(PHONE_MASK, sequence, SIZE, encode_runs(phone_mask_of(sequence)))
        at = self.began_seconds + sequence * self.interval_seconds
        self.write(
            PhoneFrame(
                sequence=sequence,
                index=sequence % 60,
                time_seconds=(sequence % 60) / 30,
                sent_at_seconds=at - 0.03,
                link_millis=4.0,
                decode_millis=1.0,
                preprocess_millis=2.0,
                invoke_millis=invoke_millis,
                postprocess_millis=3.0,
                interval_millis=1000 * self.interval_seconds if sequence else 0.0,
                is_warm_up=is_warm_up,
                cpu=4 + sequence % 4,
                clock_khz=2_457_600,
                memory_bytes=90_000_000,
                dropped_before=dropped_before,
                at_seconds=at,
            )
        )
        if is_compared:
            data = encode_runs(computer_mask_of(sequence))
            self.recording.write(COMPUTER_MASK, sequence, SIZE, data)
            self.write(
                MaskCompared(
                    sequence=sequence,
                    agreement=1 - different_share(sequence),
                    computer_millis=9.0,
                    at_seconds=at,
                )
            )

    def sample(self, second: int, *, celsius: float = 31.0, is_charging: bool = True) -> None:
        """The phone's condition, some seconds after the first frame."""
        self.write(
            PhoneSample(
                clocks_khz=(1_900_800,) * 4 + (2_457_600,) * 4,
                temperatures_celsius={"soc": celsius, "skin": celsius - 2},
                battery_percent=88.0,
                battery_celsius=celsius - 3,
                is_charging=is_charging,
                memory_available_bytes=1_800_000_000,
                busy_percent=55.0,
                others_busy_percent=4.0,
                thermal_status=0,
                at_seconds=self.began_seconds + second,
            )
        )

    def frames(self, count: int, *, start: int = 0) -> None:
        """Some frames, with a sample a second; every tenth takes twice as long."""
        a_second = max(1, round(1 / self.interval_seconds))
        for sequence in range(start, start + count):
            if sequence % a_second == 0:
                self.sample(sequence // a_second, celsius=31.0 + sequence / 300)
            self.frame(
                sequence,
                invoke_millis=40.0 if sequence % 10 == 9 else 20.0,
                is_warm_up=sequence < 3,
                dropped_before=int(sequence % 10 == 9),
            )


@contextmanager
def open_phone_run(
    runs_dir: Path,
    *,
    title: str = "JejuNet fast 289 on Pixel 2",
    spec: DeploySpec | None = None,
    age_seconds: float = 0.0,
) -> Iterator[PhoneRun]:
    """A session whose worker is this process; left without a last word, it counts as crashed.

    Args:
        runs_dir: where run folders lie.
        title: of the run.
        spec: what it was asked to do.
        age_seconds: how long ago it began.
    """
    record = new_record("deploy", spec or DeploySpec(model="fast.tflite"), title=title)
    began = time.time() - age_seconds
    folder = create_run_folder(runs_dir, msgspec.structs.replace(record, created_seconds=began))
    lock = FileLock(folder.lock_file)
    assert lock.acquire()
    writer = EventWriter(folder)
    recording = RecordingWriter(folder.artifacts_dir / RECORDING_NAME)
    run = PhoneRun(folder, writer, recording, began)
    run.write(Started(job="deploy", pid=os.getpid(), at_seconds=began))
    try:
        yield run
    finally:
        recording.close()
        writer.close()
        lock.release()


def finished_phone_run(
    runs_dir: Path,
    frames: int = 60,
    *,
    title: str = "JejuNet fast 289 on Pixel 2",
    found: PhoneFound = FOUND,
    is_stopped: bool = False,
    age_seconds: float = 60.0,
) -> RunFolder:
    """A session that is over, with all its frames recorded."""
    with open_phone_run(runs_dir, title=title, age_seconds=age_seconds) as run:
        run.steps(found)
        run.frames(frames)
        run.write(PhoneDoubt(code="charging", message="The cable charges the phone."))
        run.write(PhoneState(state="ended"))
        summary = {"frames": frames}
        run.write(
            Stopped(reason="asked", summary=summary) if is_stopped else Finished(summary=summary)
        )
    return run.folder
