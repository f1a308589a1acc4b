"""Nothing that can be said to the runner makes it touch memory that is not its own."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import numpy as np

from studio.opencv import cv2
from studio.targets.phone.wire import (
    MASKS_AT_MODEL_SIZE,
    NO_MASK,
    RESTART,
    WITH_OUTPUT,
    XNNPACK,
    Close,
    Hello,
    Play,
    Probe,
    encode,
)
from studio.temporal.spec import TemporalSpec
from tests.device_runner.build import HASH, SANITIZE, build_stub, compile_c, parts
from tests.device_runner.client import frame_message
from tests.device_runner.messages import IDENTITY, open_message, write_model

_SECONDS = int(os.environ.get("JEJUNET_FUZZ_SECONDS", "8"))
_SEED = 1
_GRIDS = {"logits": (8, 12), "binary": (16, 12), "labels": (12, 16)}


_TEMPORAL = (
    TemporalSpec(
        plane_pixels=300,
        canvas_pixels=200,
        difference_limit=9.0,
        area_limit=0.1,
        forward_backward_limit=0.2,
        longest_gap=3,
        cut_level=60.0,
    ),
    TemporalSpec(mode="per_frame", uncertainty_share=0.5, refine_gain=1.0, refine_radius=2),
    TemporalSpec(carries="labels", residual_limit=3.0, flow_limit=0.5, anchor_gap=3),
)


def _moving_frames() -> list[bytes]:
    """A picture that moves, stands still, moves again after a restart, and is of another size."""
    generator = np.random.default_rng(5)
    picture = cv2.resize(generator.integers(0, 256, (6, 8, 3), np.uint8), (40, 28))
    told = []
    for number, shift in enumerate((0, 1, 3, 3, 4, 7)):
        moved = np.ascontiguousarray(np.roll(picture, shift, 1))
        flags = RESTART if number == 4 else 0
        frame = frame_message(number, (28, 40), (6, 8), moved.tobytes(), flags=flags)
        told.append(encode(frame))
    small = frame_message(6, (9, 12), (6, 8), picture[:9, :12].tobytes(), flags=NO_MASK)
    return [*told, encode(small)]


def _streams(folder: Path) -> list[Path]:
    """Sessions as a computer would hold them, one of each kind."""
    generator = np.random.default_rng(4)
    picture = generator.integers(0, 256, (9, 12, 3), np.uint8)
    jpeg = bytes(cv2.imencode(".jpg", picture)[1])
    frames = [
        frame_message(0, (9, 12), (8, 8), picture.tobytes()),
        frame_message(1, (9, 12), (6, 8), picture.tobytes(), flags=WITH_OUTPUT),
        frame_message(2, (9, 12), (8, 8), jpeg, encoding=2),
        frame_message(3, (9, 12), (8, 8), picture.tobytes(), flags=NO_MASK),
        frame_message(4, (12, 9), (8, 1), picture.tobytes()),
    ]
    clip = folder / "good.clip"
    clip.write_bytes(b"".join(encode(frame) for frame in frames))
    damaged = folder / "damaged.clip"
    damaged.write_bytes(clip.read_bytes()[:-40])
    plain = write_model(folder)
    opens = [
        open_message(plain, threads=2, flags=XNNPACK, warm_up=1),
        open_message(plain, flags=MASKS_AT_MODEL_SIZE, cpu_mask=3, align_corners=True),
        open_message(plain, output="binary", grid_size=(16, 12), threshold=9.0, swaps=True),
        open_message(plain, output="labels", grid_size=(12, 16), classes=100),
        open_message(write_model(folder, kind="open"), output_channels_first=True),
        open_message(write_model(folder, kind="fails")),
        open_message(write_model(folder, kind="late"), flags=XNNPACK),
        open_message(write_model(folder, dtype="float32"), table=IDENTITY.astype(np.float32)),
        open_message(write_model(folder, dtype="int16"), table=IDENTITY.astype(np.int16)),
    ]
    sessions: list[list[bytes]] = [
        [encode(message), *(encode(frame) for frame in frames), encode(Probe(1, 99, b"ping"))]
        for message in opens
    ]
    for path in (clip, damaged):
        play = encode(Play(str(path), 3))
        # A frame behind it waits for its end; a probe does not.
        sessions.append([encode(opens[0]), play, encode(Probe(2)), encode(frames[0])])
    for number, spec in enumerate(_TEMPORAL):
        kind = ("logits", "binary", "labels")[number]
        message = open_message(plain, temporal=spec, output=kind, classes=2, grid_size=_GRIDS[kind])
        sessions.append([encode(message), *_moving_frames()])
    paths = []
    for number, session in enumerate(sessions):
        paths.append(folder / f"{number}.stream")
        paths[-1].write_bytes(encode(Hello(HASH)) + b"".join(session) + encode(Close()))
    return paths


def test_broken_streams_are_survived_under_sanitizers(tmp_path: Path) -> None:
    compiler = "clang" if shutil.which("clang") else "gcc"
    build_stub(tmp_path, SANITIZE, compiler)
    program = compile_c(tmp_path / "fuzz", [*parts(), "fuzz_session.c"], SANITIZE, compiler)
    command = [str(program), str(_SECONDS), str(_SEED), *map(str, _streams(tmp_path))]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=_SECONDS + 60,
        # A phone's memory runs out, too; then the runner says so.
        env={**os.environ, "ASAN_OPTIONS": "allocator_may_return_null=1"},
    )
    assert done.returncode == 0, f"{done.stderr}\n(the stream: {tmp_path / 'finding.bin'})"
    sessions = int(done.stdout.split()[0])
    assert sessions > 50 * _SECONDS
