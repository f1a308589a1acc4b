"""Under which conditions something was measured, in words and for a file."""

from __future__ import annotations

import os
import platform
import sys
import time
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from studio.inference.model import ModelInfo
from studio.video.frame import VideoInfo

WARMUP_FRAMES = 5
"""Played frames after a model was opened that are shown but not counted: caches fill, the clock
of the CPU rises."""

RUNTIME_NAMES = {"litert": "LiteRT", "tflite-runtime": "tflite-runtime"}


def runtime_words(info: ModelInfo) -> str:
    """Runtime and version as a user knows them, such as `LiteRT 2.3.0`."""
    return f"{RUNTIME_NAMES[info.runtime]} {info.runtime_version}".strip()


def threads_words(threads: int) -> str:
    """`1 thread`, `2 threads`."""
    return f"{threads} thread" if threads == 1 else f"{threads} threads"


@cache
def _processor() -> str:
    """The CPU's name; Linux tells it only in /proc."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass  # not Linux; the platform module knows there
    return platform.processor() or platform.machine()


@cache
def host() -> dict[str, Any]:
    """This computer and the programs on it, without anything that names its user or network."""
    versions = {}
    for package in ("jejunet-studio", "numpy", "opencv-python", "PySide6-Essentials", "av"):
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    return {
        "system": platform.system(),
        "release": platform.release(),
        "machine": platform.machine(),
        "processor": _processor(),
        "logical_cores": os.cpu_count(),
        "python": sys.version.split()[0],
        "versions": versions,
    }


@dataclass(frozen=True, slots=True)
class Conditions:
    """What was playing, through which model.

    Attributes:
        video: what was playing, None without a video.
        model: what segmented it, None when only the video was played.
        since_unix_seconds: when this combination began.
    """

    video: VideoInfo | None
    model: ModelInfo | None
    since_unix_seconds: float = field(default_factory=time.time)

    @staticmethod
    def of(video: VideoInfo | None, model: ModelInfo | None) -> Conditions:
        """Those that begin now."""
        return Conditions(video, model)

    @property
    def words(self) -> str:
        """One line that says what is measured: `This computer · LiteRT 2.3 · 1 thread`."""
        parts = ["This computer"]
        if self.model is None:
            parts.append("no model, video only")
        else:
            parts += [runtime_words(self.model), threads_words(self.model.threads)]
            if self.model.delegate != "none":
                parts.append(self.model.delegate)
            parts.append(self.model.name)
        return " · ".join(parts)

    @property
    def details(self) -> str:
        """What the numbers mean, for a tool tip."""
        return (
            f"{self.words}\n"
            f"The first {WARMUP_FRAMES} played frames after opening a model warm it up: they are "
            "drawn on a grey ground and left out of all numbers.\n"
            "Numbers cover the newest video and model only."
        )

    def as_plain(self) -> dict[str, Any]:
        """For a JSON file."""
        return {
            "since_unix_seconds": self.since_unix_seconds,
            "video": None if self.video is None else _plain_video(self.video),
            "model": None if self.model is None else _plain_model(self.model),
        }


def _plain_video(info: VideoInfo) -> dict[str, Any]:
    return {
        "location": info.location,
        "kind": info.kind,
        "width": info.width,
        "height": info.height,
        "frame_count": info.frame_count,
        "frames_per_second": info.frames_per_second,
        "codec": info.codec,
    }


def _plain_model(info: ModelInfo) -> dict[str, Any]:
    return {
        "name": info.name,
        "path": info.path,
        "size_bytes": info.size_bytes,
        "weight_bits": info.weight_bits,
        "runtime": info.runtime,
        "runtime_version": info.runtime_version,
        "delegate": info.delegate,
        "delegated_ops_ratio": info.delegated_ops_ratio,
        "threads": info.threads,
        "input_height": info.input_height,
        "input_width": info.input_width,
        "input_dtype": info.input_dtype,
        "output_kind": info.output_kind,
        "output_shape": list(info.output_shape),
        "fit": info.fit,
        "logits_grid": info.logits_grid,
        "classes": len(info.labels),
        "load_millis": info.load_millis,
    }
