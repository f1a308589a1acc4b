"""The command line's words and options."""

from __future__ import annotations

import argparse
from typing import NoReturn

from studio import __version__
from studio.errors import SpecError

VERBS = ("segment", "bench", "models")
"""Words that work without a display; anything else opens the studio."""


class _Parser(argparse.ArgumentParser):
    """Raises the studio's own error instead of ending the program."""

    def error(self, message: str) -> NoReturn:
        usage = " ".join(self.format_usage().split())
        raise SpecError(f"{message[:1].upper()}{message[1:]}.", remedy=usage)


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
    parser = _Parser(
        prog="jejunet",
        description="JejuNet Studio: real-time video segmentation on phones.",
        epilog="Verbs that need no display: "
        "jejunet segment INPUT --model M | jejunet bench MODEL | jejunet models. "
        "Each has its own --help.",
    )
    parser.add_argument("video", nargs="?", help="video file, folder of images, or camera:N")
    parser.add_argument("--model", help="name or path of a .tflite model")
    parser.add_argument("--theme", choices=("system", "light", "dark"), help="colours")
    _add_run_options(parser)
    parser.add_argument("--version", action="version", version=f"JejuNet Studio {__version__}")
    return parser


def _verb_parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="jejunet")
    verbs = parser.add_subparsers(dest="verb", required=True, parser_class=_Parser)
    segment = verbs.add_parser(
        "segment",
        help="segment a video and time every stage",
        description="Segment a video; write the annotated video and the masks if asked to.",
    )
    segment.add_argument("input", help="video file, folder of images, or camera:N")
    segment.add_argument("--model", help="name or path of a .tflite model (default: the first one)")
    segment.add_argument("--out", help="annotated video to write (.mp4 .mov .mkv .webm .avi)")
    segment.add_argument("--masks", help="folder for one palette PNG a frame")
    segment.add_argument("--start", type=int, default=0, help="first frame (default 0)")
    segment.add_argument("--end", type=int, help="last frame, included (default: the last one)")
    segment.add_argument("--opacity", type=float, default=0.55, help="of the masks, 0 to 1")
    segment.add_argument("--outline", action="store_true", help="borders instead of areas")
    _add_run_options(segment)
    _add_model_options(segment)
    _add_json(segment)
    bench = verbs.add_parser(
        "bench",
        help="time a model on this computer",
        description="Time a model by itself on this computer, warm-up apart.",
    )
    bench.add_argument("model", help="name or path of a .tflite model")
    bench.add_argument("--runs", type=int, default=100, help="timed runs (default 100)")
    _add_run_options(bench)
    _add_model_options(bench)
    _add_json(bench)
    models = verbs.add_parser(
        "models",
        help="list the models at hand",
        description="List the models that were found, with what their cards say.",
    )
    _add_json(models)
    return parser


def _add_run_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--runtime", choices=("litert", "tflite-runtime"), help="what runs the model"
    )
    parser.add_argument("--threads", type=int, help="inference threads (default 1)")


def _add_model_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--no-xnnpack", action="store_true", help="run without that delegate")
    group = parser.add_argument_group("what a model without a card may need")
    group.add_argument("--labels", help="text file with one class name a line, background first")
    group.add_argument("--fit", choices=("letterbox", "stretch"), help="frame to network input")
    group.add_argument(
        "--normalize",
        metavar="MEAN,STD",
        help="network input is (rgb - MEAN) / STD; 127.5,127.5 gives -1..1, 0,255 gives 0..1",
    )
    group.add_argument(
        "--grid", choices=("half_pixel", "align_corners"), help="where logits lie on the input"
    )
    group.add_argument("--bgr", action="store_true", help="the network wants BGR, not RGB")
    group.add_argument("--output", type=int, help="index of the output tensor to use")


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object on standard output"
    )
