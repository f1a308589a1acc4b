"""End to end without a window, against the plain pipelines that users write today.

`python -m tests.benchmarks.playback [--json] [--rounds N] [--mediapipe-python PYTHON]`

720p H.264 in, one inference thread, a 257 px int8 model, mask overlay drawn. Ours and each peer
run in turn, round by round, every time in a fresh process; the best round of each counts. The model
is made from a published one in `shared/data` beside the checkout, so it says nothing of accuracy.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from studio.paths import sample_clip
from tests.support.published import cut_published
from tests.support.shared_data import CORAL, find_shared_data

_PEERS = Path(__file__).with_name("peers.py")
_FRAMES = 300


def _run(command: list[str]) -> dict[str, Any] | None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode != 0:
        sys.stderr.write(f"{' '.join(command[:4])}: {done.stderr.strip()[-600:]}\n")
        return None
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--video", default=str(sample_clip()))
    parser.add_argument(
        "--mediapipe-python", help="an interpreter with mediapipe, which needs NumPy 2"
    )
    arguments = parser.parse_args()
    source = find_shared_data(CORAL)
    if source is None:
        sys.stderr.write("needs shared/data beside the checkout\n")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        int8 = cut_published(source, Path(folder) / "net-257-int8.tflite", 257, "int8")
        uint8 = cut_published(source, Path(folder) / "net-257-uint8.tflite", 257, "uint8")
        video = arguments.video
        commands = {
            "studio": [
                *(sys.executable, "-m", "studio", "segment", video),
                *("--model", str(int8), "--threads", "1", "--json"),
            ],
            **{
                name: [sys.executable, str(_PEERS), name, video, str(int8), str(_FRAMES)]
                for name in ("litert", "tf.lite", "openvino")
            },
        }
        if arguments.mediapipe_python:
            # MediaPipe refuses int8 input; it gets the same network with uint8.
            commands["mediapipe"] = [
                *(arguments.mediapipe_python, str(_PEERS), "mediapipe"),
                *(video, str(uint8), str(_FRAMES)),
            ]
        best: dict[str, dict[str, Any]] = {}
        for _ in range(arguments.rounds):
            for name, command in commands.items():
                result = _run(command)
                if result is not None and result["fps"] > best.get(name, {"fps": 0.0})["fps"]:
                    best[name] = result
    peers = {name: result["fps"] for name, result in best.items() if name != "studio"}
    fastest = max(peers, key=lambda name: peers[name])
    ours = best["studio"]
    report = {
        "video": Path(video).name,
        "studio_fps": ours["fps"],
        "studio_millis": ours["millis"],
        "peer_fps": peers,
        "fastest_peer": fastest,
        "ratio": ours["fps"] / peers[fastest],
    }
    if arguments.json:
        print(json.dumps(report))
        return 0
    print(f"{'studio':<12}{ours['fps']:8.1f} FPS")
    for name, fps in sorted(peers.items(), key=lambda item: -item[1]):
        print(f"{name:<12}{fps:8.1f} FPS   studio is {ours['fps'] / fps:.2f} times as fast")
    stages = "  ".join(f"{stage} {row['p50']:.2f}" for stage, row in ours["millis"].items())
    print(f"milliseconds (p50): {stages}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
