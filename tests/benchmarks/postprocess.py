"""Milliseconds from logits to a mask at 720p, and of drawing it, on one thread.

    python -m tests.benchmarks.postprocess [--json] [--runs N]

Each case is measured beside its plain definition (`cv2.resize` of all channels and `np.argmax`;
`palette[mask]` and a NumPy blend) in the same run, because ratios travel between machines.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from studio.classes import voc_palette
from studio.inference import postprocess
from studio.inference.geometry import Geometry
from studio.inference.overlay import OverlayStyle, draw_overlay
from studio.opencv import cv2

FRAME = (720, 1280)
INPUT = (257, 257)


@dataclass(frozen=True)
class Case:
    """One measured line.

    Attributes:
        name: what was measured.
        min_millis: the shortest run.
        median_millis: the median run.
        plain_millis: the shortest run of the plain definition.
        times_faster: plain over ours.
    """

    name: str
    min_millis: float
    median_millis: float
    plain_millis: float
    times_faster: float


def logits_with(present: int, grid: int, seed: int = 0) -> NDArray[np.float32]:
    """Smooth logits of 21 classes, of which so many win somewhere, as networks give them."""
    random = np.random.default_rng(seed)
    noise = random.normal(size=(grid, grid, 21)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), 1.0 + grid / 40)
    logits: NDArray[np.float32] = (smooth / smooth.std() * 3).astype(np.float32)
    logits[..., present:] -= 30.0
    return logits


def measured(name: str, ours: Callable[[], object], plain: Callable[[], object], runs: int) -> Case:
    """Time a function beside its plain definition."""
    millis = _millis(ours, runs)
    plain_millis = min(_millis(plain, max(3, runs // 10)))
    return Case(
        name=name,
        min_millis=round(min(millis), 3),
        median_millis=round(float(np.median(millis)), 3),
        plain_millis=round(plain_millis, 3),
        times_faster=round(plain_millis / min(millis), 1),
    )


def _millis(function: Callable[[], object], runs: int) -> list[float]:
    function()
    times: list[float] = []
    for _ in range(runs):
        begin = time.perf_counter()
        function()
        times.append((time.perf_counter() - begin) * 1e3)
    return times


def mask_cases(runs: int) -> Iterator[Case]:
    """Masks from logits of several sizes, with few and with all classes present."""
    mask = np.empty(FRAME, np.uint8)
    for grid, present in (
        (17, 5), (17, 21), (33, 5), (33, 21), (65, 5), (65, 21), (257, 5), (257, 21),
    ):  # fmt: skip
        logits = logits_with(present, grid)
        yield _mask_case(f"{grid}x{grid}x21, {present} classes present", logits, mask, runs)
    noise = np.random.default_rng(1).normal(size=(17, 17, 21)).astype(np.float32)
    yield _mask_case("17x17x21, noise (the worst there is)", noise, mask, runs)
    levels = np.clip(logits_with(21, 17) * 8, -128, 127).astype(np.int8)
    yield _mask_case("17x17x21 int8, 21 classes present", levels, mask, runs)


def _mask_case(
    name: str, logits: NDArray[np.float32] | NDArray[np.int8], mask: NDArray[np.uint8], runs: int
) -> Case:
    geometry = Geometry(FRAME, INPUT, (logits.shape[0], logits.shape[1]), "stretch")

    def plain() -> object:
        size = (FRAME[1], FRAME[0])
        return np.argmax(cv2.resize(logits.astype(np.float32), size), axis=-1)

    return measured(name, lambda: postprocess.mask_from_logits(logits, geometry, mask), plain, runs)


def drawing_cases(runs: int) -> Iterator[Case]:
    """Colouring and blending together, class pixels."""
    random = np.random.default_rng(0)
    image = random.integers(0, 256, (*FRAME, 3), np.uint8)
    out = np.empty_like(image)
    palette = voc_palette()[:, ::-1]
    full = postprocess.mask_from_logits(
        logits_with(5, 17), Geometry(FRAME, INPUT, (17, 17), "stretch")
    )
    object_mask = np.zeros(FRAME, np.uint8)
    object_mask[200:600, 300:800] = 8
    fill = OverlayStyle()
    outline = OverlayStyle(outline=True)

    def plain(mask: NDArray[np.uint8]) -> object:
        blend = image * 0.45 + palette[mask] * 0.55
        return np.where((mask != 0)[..., None], blend, image).astype(np.uint8)

    for name, mask in (("5 classes all over", full), ("one object", object_mask)):
        for kind, style in (("fill", fill), ("outline", outline)):
            yield measured(
                f"draw 720p, {kind}, {name}",
                lambda mask=mask, style=style: draw_overlay(image, mask, style, out),  # type: ignore[misc]
                lambda mask=mask: plain(mask),  # type: ignore[misc]
                runs,
            )
    yield measured(
        "class pixels 720p",
        lambda: postprocess.class_pixels(full, 21),
        lambda: np.bincount(full.ravel(), minlength=21),
        runs,
    )


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Time postprocessing and drawing at 720p.")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--runs", type=int, default=100, help="runs of each case")
    chosen = parser.parse_args()
    cv2.setNumThreads(1)
    postprocess.warm_up()
    cases = [*mask_cases(chosen.runs), *drawing_cases(chosen.runs)]
    if chosen.json:
        print(json.dumps({"frame": FRAME, "cases": [asdict(case) for case in cases]}))
        return 0
    print(f"{'case':42} {'min ms':>8} {'median':>8} {'plain':>8} {'faster':>8}")
    for case in cases:
        print(
            f"{case.name:42} {case.min_millis:8.2f} {case.median_millis:8.2f}"
            f" {case.plain_millis:8.2f} {case.times_faster:7.1f}x"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
