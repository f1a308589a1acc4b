"""How fast a model runs on this computer, by itself."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from studio.errors import SpecError
from studio.inference.model import ModelInfo, SessionOptions
from studio.inference.segmenter import Segmenter
from studio.inference.statistics import MillisSummary, summarize


@dataclass(frozen=True, slots=True)
class BenchResult:
    """What a benchmark measured.

    Attributes:
        invoke_millis: of the network alone, warm-up apart.
        warm_up_millis: the warm-up runs together.
        load_millis: reading, planning and the first run.
        peak_memory_bytes: the process's highest resident memory; 0 where the system does not tell.
        runs: measured runs.
        info: the model.
    """

    invoke_millis: MillisSummary
    warm_up_millis: float
    load_millis: float
    peak_memory_bytes: int
    runs: int
    info: ModelInfo


def bench_model(
    path: Path,
    options: SessionOptions | None = None,
    runs: int = 50,
    warm_up: int = 5,
    on_run: Callable[[int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> BenchResult:
    """Run a model on noise and time it.

    Args:
        path: of the .tflite file.
        options: how to run it.
        runs: measured runs, 1 or more.
        warm_up: runs before, not measured, 0 or more.
        on_run: called with the number of measured runs done.
        should_stop: asked after each measured run; the result then covers those done.

    Raises:
        ModelError: not a model, or not one that segments.
        SpecError: the options cannot be met.
    """
    if runs < 1 or warm_up < 0:
        raise SpecError(
            f"A benchmark needs at least 1 run and no negative warm-up, not {runs} and {warm_up}."
        )
    segmenter = Segmenter(path, options)
    info = segmenter.info
    # Noise, because some kernels are faster on zeros.
    shape = (info.input_height, info.input_width, 3)
    image = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    warm_up_millis = sum(segmenter.segment(image)[1].invoke for _ in range(warm_up))
    millis: list[float] = []
    for run in range(runs):
        millis.append(segmenter.segment(image)[1].invoke)
        if on_run is not None:
            on_run(run + 1)
        if should_stop is not None and should_stop():
            break
    return BenchResult(
        invoke_millis=summarize(millis),
        warm_up_millis=warm_up_millis,
        load_millis=info.load_millis,
        peak_memory_bytes=_peak_memory_bytes(),
        runs=len(millis),
        info=info,
    )


def _peak_memory_bytes() -> int:
    try:
        import resource
    except ImportError:  # Windows has no such module
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
