"""A benchmark runs as often as asked, and its figures hang together."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from studio.errors import SpecError
from studio.inference.benchmark import bench_model
from studio.inference.model import RUNTIMES, Runtime, SessionOptions
from studio.inference.statistics import summarize
from tests.support.models import logits_model


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_a_benchmark_measures_the_network(tmp_path: Path, runtime: Runtime) -> None:
    seen: list[int] = []
    result = bench_model(
        logits_model(tmp_path / "m.tflite"),
        SessionOptions(runtime=runtime),
        runs=7,
        warm_up=2,
        on_run=seen.append,
    )
    assert seen == list(range(1, 8))
    assert result.runs == result.invoke_millis.count == 7
    assert 0 < result.invoke_millis.minimum <= result.invoke_millis.p50
    assert result.invoke_millis.p50 <= result.invoke_millis.p90 <= result.invoke_millis.p99
    assert result.warm_up_millis > 0
    assert result.load_millis > 0
    assert result.peak_memory_bytes > 20_000_000
    assert result.info.runtime == runtime


def test_a_stopped_benchmark_tells_of_the_runs_it_did(tmp_path: Path) -> None:
    seen: list[int] = []
    result = bench_model(
        logits_model(tmp_path / "m.tflite"),
        runs=1000,
        on_run=seen.append,
        should_stop=lambda: len(seen) == 3,
    )
    assert result.runs == result.invoke_millis.count == 3


@pytest.mark.parametrize(("runs", "warm_up"), [(0, 5), (-1, 5), (5, -1)])
def test_a_benchmark_of_no_runs_is_refused(tmp_path: Path, runs: int, warm_up: int) -> None:
    with pytest.raises(SpecError, match="at least 1 run"):
        bench_model(logits_model(tmp_path / "m.tflite"), runs=runs, warm_up=warm_up)


def test_summaries_are_percentiles() -> None:
    summary = summarize([float(value) for value in range(100, -1, -1)])
    assert (summary.p50, summary.p90, summary.p99) == (50.0, 90.0, 99.0)
    assert (summary.mean, summary.minimum, summary.count) == (50.0, 0.0, 101)


def test_a_summary_of_nothing_is_zero_and_of_one_is_that_one() -> None:
    assert summarize([]).count == 0
    assert summarize([]).p99 == 0.0
    one = summarize(np.array([3.0]).tolist())
    assert one.p50 == one.p99 == one.mean == 3.0
