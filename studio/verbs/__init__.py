"""What the command line's verbs do, in this process."""

from __future__ import annotations

import argparse
import sys
import traceback

from studio.arguments import parse
from studio.errors import StudioError
from studio.paths import workspace_dir
from studio.verbs.answers import write_json

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
        write_json({"error": told})
    return error.exit_code


def main(arguments: list[str]) -> int:
    """Do a verb.

    Returns:
        The exit code.
    """
    as_json = "--json" in arguments
    try:
        return _do(parse(arguments))
    except StudioError as error:
        return report_error(error, as_json)
    except KeyboardInterrupt:
        return report_error(StudioError(INTERRUPTED), as_json)
    except MemoryError as error:
        return report_error(
            StudioError(
                "The computer's memory did not suffice.",
                remedy="Close other programs, or use a smaller video, input or batch.",
                details=repr(error),
            ),
            as_json,
        )
    except Exception as error:  # noqa: BLE001 - a traceback is for a log, not for a user
        return report_error(_unexpected(error), as_json)


def _do(parsed: argparse.Namespace) -> int:
    # Each verb loads only what it needs: `runs` should not wait for what `segment` loads.
    match parsed.verb:
        case "segment" | "bench" | "models":
            from studio.verbs import videos

            verbs = {"segment": videos.segment, "bench": videos.bench, "models": videos.models}
            return verbs[parsed.verb](parsed)
        case "train":
            from studio.verbs.train import train

            return train(parsed)
        case "runs":
            from studio.verbs.runs import runs

            return runs(parsed)
        case "evaluate":
            from studio.verbs.evaluate import evaluate

            return evaluate(parsed)
        case "evaluate-video":
            from studio.verbs.evaluate_video import evaluate_video

            return evaluate_video(parsed)
        case "inspect":
            from studio.verbs.inspect import inspect

            return inspect(parsed)
        case "import":
            from studio.verbs.convert import import_weights

            return import_weights(parsed)
        case "devices" | "clean-phone":
            from studio.verbs import devices

            phone_verbs = {"devices": devices.devices, "clean-phone": devices.clean_phone}
            return phone_verbs[parsed.verb](parsed)
        case "deploy":
            from studio.verbs.deploy import deploy

            return deploy(parsed)
        case "bundle":
            from studio.verbs.bundle import bundle

            return bundle(parsed)
        case _:
            from studio.verbs.convert import export

            return export(parsed)


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
