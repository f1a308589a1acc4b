"""What the parsers of all verbs share."""

from __future__ import annotations

import argparse
from typing import NoReturn, TypeAlias

from studio.errors import SpecError


class Parser(argparse.ArgumentParser):
    """Raises the studio's own error instead of ending the program."""

    def error(self, message: str) -> NoReturn:
        """Tell of a wrong option.

        Raises:
            SpecError: always.
        """
        usage = " ".join(self.format_usage().split())
        raise SpecError(f"{message[:1].upper()}{message[1:]}.", remedy=usage)


Verbs: TypeAlias = "argparse._SubParsersAction[Parser]"


def add_run_options(parser: argparse.ArgumentParser) -> None:
    """Add what runs a model."""
    parser.add_argument(
        "--runtime", choices=("litert", "tflite-runtime"), help="what runs the model"
    )
    parser.add_argument("--threads", type=int, help="inference threads (default 1)")


def add_model_options(parser: argparse.ArgumentParser) -> None:
    """Add what a `.tflite` file may not tell of itself."""
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


def add_json(parser: argparse.ArgumentParser) -> None:
    """Add `--json`."""
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object on standard output"
    )
