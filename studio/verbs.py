"""What the command line's verbs do, in this process."""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
import traceback
from dataclasses import asdict
from pathlib import Path

import msgspec

from studio.arguments import parse
from studio.errors import ModelError, SpecError, StudioError
from studio.inference.catalogue import default_model, find_model, scan_models
from studio.inference.model import ModelOverrides, Normalization, SessionOptions
from studio.jobs import run_job
from studio.jobs.reporter import TerminalReporter
from studio.jobs.spec import BenchSpec, OverlaySpec, SegmentSpec
from studio.paths import workspace_dir

INTERRUPTED = "Interrupted."


def report_error(error: StudioError, as_json: bool) -> int:
    """Tell the user on standard error, and a program on standard output.

    Returns:
        The exit code: 2 for wrong input, 1 for a failure.
    """
    sys.stderr.write(f"jejunet: {error}\n")
    if as_json:
        kind = type(error).__name__
        told = {"kind": kind, "message": error.message, "remedy": error.remedy}
        _write_json({"error": told})
    return error.exit_code


def main(arguments: list[str]) -> int:
    """Do a verb.

    Returns:
        The exit code.
    """
    as_json = "--json" in arguments
    try:
        parsed = parse(arguments)
        match parsed.verb:
            case "segment":
                return _segment(parsed)
            case "bench":
                return _bench(parsed)
            case _:
                return _models(parsed)
    except StudioError as error:
        return report_error(error, as_json)
    except KeyboardInterrupt:
        return report_error(StudioError(INTERRUPTED), as_json)
    except MemoryError as error:
        return report_error(
            StudioError(
                "The computer's memory did not suffice.",
                remedy="Close other programs, or use a smaller video.",
                details=repr(error),
            ),
            as_json,
        )
    except Exception as error:  # noqa: BLE001 - a traceback is for a log, not for a user
        return report_error(_unexpected(error), as_json)


def _unexpected(error: Exception) -> StudioError:
    details = "".join(traceback.format_exception(error))
    log = workspace_dir() / "logs" / "command-line.log"
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(details, encoding="utf-8", errors="backslashreplace")
    except OSError:
        where = f"It was a {type(error).__name__}."
    else:
        where = f"Please report it with {log}."
    return StudioError(f"Something unexpected happened: {error}.", remedy=where, details=details)


def _segment(parsed: argparse.Namespace) -> int:
    spec = SegmentSpec(
        input=parsed.input,
        model=str(_model(parsed.model)),
        options=_options(parsed),
        out=parsed.out,
        masks=parsed.masks,
        overlay=OverlaySpec(opacity=parsed.opacity, outline=parsed.outline),
        start=parsed.start,
        end=parsed.end,
    )
    with _reporter() as reporter:
        summary = run_job("segment", spec, reporter)
    if parsed.json:
        _write_json(summary)
        return _exit_code(summary, "frames")
    millis = summary["millis"]
    assert isinstance(millis, dict)
    lines = [
        f"{summary['frames']} frames of {summary['width']}×{summary['height']} "
        f"at {summary['fps']} FPS with {summary['model']} "
        f"({summary['runtime']} {summary['runtime_version']}, {_threads(summary)})",
        f"{'ms':<12}{'p50':>8}{'p90':>8}{'p99':>8}{'mean':>8}",
        *(
            f"{stage:<12}" + "".join(f"{row[key]:>8.2f}" for key in ("p50", "p90", "p99", "mean"))
            for stage, row in millis.items()
        ),
        *(f"wrote {summary[key]}" for key in ("out", "masks") if summary[key]),
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    return _exit_code(summary, "frames")


def _bench(parsed: argparse.Namespace) -> int:
    spec = BenchSpec(
        model=str(find_model(parsed.model)), options=_options(parsed), runs=parsed.runs
    )
    with _reporter() as reporter:
        summary = run_job("bench", spec, reporter)
    if parsed.json:
        _write_json(summary)
        return _exit_code(summary, "runs")
    invoke = summary["invoke_millis"]
    memory = summary["peak_memory_bytes"]
    assert isinstance(invoke, dict)
    assert isinstance(memory, int)
    sys.stdout.write(
        f"{summary['model']} on {summary['runtime']} {summary['runtime_version']}, "
        f"{_threads(summary)}, {summary['delegate']}\n"
        f"invoke  p50 {invoke['p50']:.2f} ms   p90 {invoke['p90']:.2f} ms   "
        f"p99 {invoke['p99']:.2f} ms   ({summary['runs']} runs)\n"
        f"load    {summary['load_millis']:.1f} ms\n"
        f"memory  {memory / 2**20:.0f} MiB at its highest\n"
    )
    return _exit_code(summary, "runs")


def _models(parsed: argparse.Namespace) -> int:
    catalogue = scan_models()
    if parsed.json:
        _write_json(
            {
                "models": [asdict(entry) for entry in catalogue.models],
                "broken": [asdict(entry) for entry in catalogue.broken],
            }
        )
        return 0
    for entry in catalogue.models:
        sys.stdout.write(
            f"{entry.name:<44} {entry.input_width}×{entry.input_height}  "
            f"{entry.size_bytes / 1e6:5.1f} MB  {entry.folder:<9} {entry.path}\n"
        )
    for broken in catalogue.broken:
        sys.stderr.write(f"{broken.path}: {broken.problem}\n")
    if not catalogue.models:
        sys.stderr.write(str(_no_model()) + "\n")
    return 0


def _exit_code(summary: dict[str, object], unit: str) -> int:
    """0 when all that was asked for was done; who was stopped by Ctrl-C did not do it."""
    if summary["complete"]:
        return 0
    sys.stderr.write(f"jejunet: Stopped after {summary[unit]} {unit}.\n")
    return StudioError.exit_code


def _threads(summary: dict[str, object]) -> str:
    count = summary["threads"]
    return "1 thread" if count == 1 else f"{count} threads"


def _reporter() -> TerminalReporter:
    return TerminalReporter(Path(tempfile.gettempdir()) / "jejunet")


def _model(name: str | None) -> Path:
    if name is not None:
        return find_model(name)
    path = default_model()
    if path is None:
        raise _no_model()
    return path


def _no_model() -> ModelError:
    return ModelError(
        "No segmentation model was found.",
        remedy="Give one with --model FILE.tflite, or put it into "
        f"{workspace_dir() / 'models'} (make that folder if there is none).",
    )


def _options(parsed: argparse.Namespace) -> SessionOptions:
    threads = 1 if parsed.threads is None else parsed.threads
    if threads < 1:
        raise SpecError(f"{threads} threads were asked for.", remedy="Ask for at least one.")
    overrides = ModelOverrides(
        labels=None if parsed.labels is None else _labels(Path(parsed.labels)),
        normalization=None if parsed.normalize is None else _normalization(parsed.normalize),
        fit=parsed.fit,
        logits_grid=parsed.grid,
        channel_order="bgr" if parsed.bgr else None,
        output_index=parsed.output,
    )
    return SessionOptions(
        runtime=parsed.runtime or "litert",
        threads=threads,
        xnnpack=not parsed.no_xnnpack,
        overrides=overrides,
    )


def _labels(path: Path) -> tuple[str, ...]:
    try:
        names = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise SpecError(
            f"The label file {path} cannot be read.",
            remedy="Give a text file with one class name a line, background first.",
            details=repr(error),
        ) from error
    return tuple(name for name in names if name)


def _normalization(text: str) -> Normalization:
    try:
        mean, std = (float(part) for part in text.split(","))
    except ValueError as error:
        raise SpecError(
            f"“{text}” is no normalization.", remedy="Write MEAN,STD such as 127.5,127.5."
        ) from error
    if std == 0 or not math.isfinite(mean) or not math.isfinite(std):
        raise SpecError(
            f"“{text}” is no normalization.", remedy="Give finite numbers, and a STD other than 0."
        )
    return Normalization(mean=(mean,) * 3, std=(std,) * 3)


def _write_json(value: object) -> None:
    # Not msgspec's own encoder: it refuses file names that are no proper Unicode.
    sys.stdout.write(json.dumps(msgspec.to_builtins(value, enc_hook=str)) + "\n")
    sys.stdout.flush()
