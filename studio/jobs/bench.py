"""Time a model by itself on this computer."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from studio.inference.benchmark import bench_model
from studio.jobs.spec import BenchSpec
from studio.runs.reporting import Reporter


def run(spec: BenchSpec, reporter: Reporter) -> dict[str, object]:
    """Run a model on noise, warm-up apart.

    Args:
        spec: what to do.
        reporter: hears how it goes.

    Returns:
        `invoke_millis` (p50, p90, p99, mean, minimum), `load_millis`, `warm_up_millis`,
        `peak_memory_bytes`, `runs`, whether they are all that was asked for (`complete`), and
        what was run.

    Raises:
        ModelError: the model cannot be used.
    """

    def on_run(done: int) -> None:
        reporter.progress(done, spec.runs, "runs")

    result = bench_model(
        Path(spec.model),
        spec.options,
        spec.runs,
        on_run=on_run,
        should_stop=reporter.should_stop,
    )
    info = result.info
    for text in info.warnings:
        reporter.warn(text)
    return {
        "model": info.name,
        "model_path": info.path,
        "runtime": info.runtime,
        "runtime_version": info.runtime_version,
        "delegate": info.delegate,
        "delegated_ops_ratio": round(info.delegated_ops_ratio, 4),
        "threads": info.threads,
        "input": [info.input_height, info.input_width],
        "input_dtype": info.input_dtype,
        "runs": result.runs,
        "complete": result.runs == spec.runs,
        "invoke_millis": {k: round(v, 4) for k, v in asdict(result.invoke_millis).items()},
        "warm_up_millis": round(result.warm_up_millis, 3),
        "load_millis": round(result.load_millis, 3),
        "peak_memory_bytes": result.peak_memory_bytes,
        "size_bytes": info.size_bytes,
    }
