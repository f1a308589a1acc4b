"""The verb `deploy`: run a model on a phone in a process of its own, and follow it."""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from studio.arguments.temporal import input_fit_of, read_temporal
from studio.errors import InputError, SpecError, StudioError
from studio.inference.graph import read_graph
from studio.paths import sample_clip
from studio.runs.events import Finished, Stopped
from studio.runs.folder import RunFolder
from studio.runs.launch import launch
from studio.runs.watch import RunWatcher
from studio.targets.phone.devices import list_phones, pick
from studio.targets.phone.listing import Phone
from studio.targets.phone.spec import DeploySpec, PhoneOptions
from studio.targets.phone.troubles import PhoneGoneError
from studio.verbs.answers import table, write_json, write_lines
from studio.verbs.follow import Ending, follow
from studio.verbs.options import model_or_default, session_options
from studio.verbs.phone_screen import PhoneScreen
from studio.video.camera_source import camera_number
from studio.video.source import open_video


def deploy(parsed: argparse.Namespace) -> int:
    """Do `jejunet deploy`.

    Returns:
        The exit code: 0 when all that was asked for was done, or a session without an end was
        stopped; else 1.

    Raises:
        StudioError: it cannot be started.
    """
    spec = _spec(parsed)
    _check(spec)
    phone = _phone(spec.serial)
    title = f"{Path(spec.model).stem} on {phone.model.replace('_', ' ') or phone.serial}"
    folder = launch("deploy", replace(spec, serial=phone.serial), title=title)
    sys.stderr.write(f"Run {folder.name} in {folder.path}\n")
    return _tell(follow(RunWatcher(folder), PhoneScreen()), as_json=parsed.json)


def _spec(parsed: argparse.Namespace) -> DeploySpec:
    is_clip = parsed.frames == "clip"
    temporal = read_temporal(parsed.temporal)
    parsed.runtime = None  # phones run LiteRT, so that this computer does as well
    return DeploySpec(
        model=str(model_or_default(parsed.model).absolute()),
        serial=parsed.serial,
        video=_video(parsed),
        options=replace(session_options(parsed), input_fit=input_fit_of(parsed.input, temporal)),
        phone=PhoneOptions(
            cpu_mask=_cpu_mask(parsed.cpus),
            warm_up=parsed.warm_up,
            masks_at_model_size=parsed.model_size_masks,
            encoding="auto" if is_clip else parsed.frames,
            is_pushed_ahead=is_clip,
            temporal=temporal,
        ),
        seconds=parsed.seconds,
        pace=parsed.pace,
        compares=not parsed.no_compare,
        start=parsed.start,
        end=parsed.end,
    )


def _video(parsed: argparse.Namespace) -> str:
    """An absolute path, as the worker runs elsewhere; or a camera."""
    if parsed.camera is not None:
        return f"camera:{parsed.camera}"
    if parsed.video is None:
        return str(sample_clip())
    if camera_number(parsed.video) is not None:
        return str(parsed.video)
    return os.path.abspath(Path(parsed.video).expanduser())  # noqa: PTH100 - keeps links


def _cpu_mask(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return int(text, 0)
    except ValueError as error:
        raise SpecError(
            f"“{text}” is no mask of CPUs.", remedy="Write one bit a CPU, such as 0xf0."
        ) from error


def _check(spec: DeploySpec) -> None:
    """Refuse what cannot work before anything is launched.

    Raises:
        InputError: the model, the video or its range is wrong.
    """
    read_graph(Path(spec.model))
    assert spec.video is not None
    if camera_number(spec.video) is None:
        with closing(open_video(spec.video)) as source:
            count = source.info.frame_count
            if count is not None and spec.start >= count:
                raise InputError(
                    f"{spec.video} has no frame {spec.start}.",
                    remedy=f"Its last frame is {count - 1}.",
                )


def _phone(wanted: str | None) -> Phone:
    """The phone that is meant, as far as adb knows it.

    Raises:
        InputError: there is none of that name.
        PhoneError: there is none at all, or it is in trouble.
    """
    phones = list_phones()
    try:
        return pick(phones, wanted)
    except PhoneGoneError as error:
        if wanted is None or any(phone.serial == wanted for phone in phones):
            raise
        raise InputError(error.message, remedy=error.remedy, details=error.details) from error


def _tell(ending: Ending, *, as_json: bool) -> int:
    """Say how it ended; the exit code."""
    error, terminal, folder = ending.error, ending.terminal, ending.folder
    answer: dict[str, Any] = {
        "run": folder.name,
        "folder": str(folder.path),
        "status": ending.status,
    }
    code = 0
    if error is not None:
        sys.stderr.write(f"jejunet: {error}\n")
        kind = type(error).__name__
        answer["error"] = {"kind": kind, "message": error.message, "remedy": error.remedy}
        code = error.exit_code
    elif isinstance(terminal, Finished | Stopped):
        answer["summary"] = terminal.summary
        if not terminal.summary.get("complete", False):
            why = "It was stopped before it was done."
            if isinstance(terminal, Finished):
                why = "The phone was away when the time was over."
            sys.stderr.write(f"jejunet: {why}\n")
            code = StudioError.exit_code
    if as_json:
        write_json(answer)
    else:
        write_lines(_words(folder, ending.status, answer.get("summary", {})))
    return code


def _stages(millis: dict[str, dict[str, float]]) -> list[str]:
    keys = ("p50", "p90", "p99", "mean")
    rows: list[tuple[str, ...]] = [("ms", *keys)]
    rows += [(stage, *(f"{row[key]:.2f}" for key in keys)) for stage, row in millis.items()]
    return table(rows, right=range(1, 5))


def _temporal(told: dict[str, Any] | None) -> list[str]:
    if told is None:
        return []
    words = f"network ran on {told['key_frames']:,} frames ({told['network_runs_ratio']:.0%})"
    why = ", ".join(f"{count:,} {name}" for name, count in told["triggers"].items())
    return [f"{words}: {why}", *_stages(told["millis"])]


def _words(folder: RunFolder, status: str, summary: dict[str, Any]) -> list[str]:
    lines = [f"{folder.name} {status}"]
    if summary.get("frames"):
        phone, fps = summary["phone"], summary["fps"]
        lines.append(
            f"{summary['model']} on {phone['model']} (Android {phone['android']},"
            f" {phone['serial']}): {summary['frames']:,} frames, {summary['dropped']:,} dropped"
        )
        if fps["mean"] is not None:
            lines.append(f"FPS     mean {fps['mean']:.1f}   1 % low {fps['p1_low']:.1f}")
            lines += _stages(summary["millis"])
        lines += _temporal(summary.get("temporal"))
        agreement = summary["agreement"]
        if agreement["frames"]:
            lines.append(
                f"{agreement['mean']:.3%} of the pixels as on this computer"
                f" (at worst {agreement['min']:.3%}, {agreement['frames']:,} frames)"
            )
        if summary.get("self_test"):
            lines.append(f"self-test: {summary['self_test']['words']}")
    lines += [f"doubt: {words}" for words in summary.get("doubts", {}).values()]
    lines.append(str(folder.path))
    return lines
