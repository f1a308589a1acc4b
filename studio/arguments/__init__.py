"""The command line's words and options."""

from __future__ import annotations

import argparse

from studio import __version__
from studio.arguments.evaluate_video import add_evaluate_video
from studio.arguments.models import add_evaluate, add_export, add_import
from studio.arguments.parser import Parser, add_run_options
from studio.arguments.phones import add_bundle, add_clean_phone, add_deploy, add_devices
from studio.arguments.training import add_inspect, add_runs, add_train
from studio.arguments.videos import add_bench, add_models, add_segment

VERBS = (
    "segment",
    "bench",
    "models",
    "inspect",
    "train",
    "runs",
    "evaluate",
    "evaluate-video",
    "import",
    "export",
    "devices",
    "deploy",
    "clean-phone",
    "bundle",
)
"""Words that work without a display; anything else opens the studio."""


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read the command line.

    Returns:
        With `verb` one of `VERBS` or `studio`.

    Raises:
        SpecError: an option is unknown or its value does not fit.
    """
    if arguments and arguments[0] in VERBS:
        return _verb_parser().parse_args(arguments)
    parsed = _studio_parser().parse_args(arguments)
    parsed.verb = "studio"
    return parsed


def _studio_parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="jejunet",
        description="JejuNet Studio: real-time video segmentation on phones.",
        epilog=f"Verbs that need no display: {', '.join(VERBS)}. "
        "Each has its own --help: jejunet train --help.",
    )
    parser.add_argument("video", nargs="?", help="video file, folder of images, or camera:N")
    parser.add_argument("--model", help="name or path of a .tflite model")
    parser.add_argument("--theme", choices=("system", "light", "dark"), help="colours")
    add_run_options(parser)
    parser.add_argument("--version", action="version", version=f"JejuNet Studio {__version__}")
    return parser


def _verb_parser() -> argparse.ArgumentParser:
    parser = Parser(prog="jejunet")
    verbs = parser.add_subparsers(dest="verb", required=True, parser_class=Parser)
    add_segment(verbs)
    add_bench(verbs)
    add_models(verbs)
    add_inspect(verbs)
    add_train(verbs)
    add_runs(verbs)
    add_evaluate(verbs)
    add_evaluate_video(verbs)
    add_import(verbs)
    add_export(verbs)
    add_devices(verbs)
    add_deploy(verbs)
    add_clean_phone(verbs)
    add_bundle(verbs)
    return parser
