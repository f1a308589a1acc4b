"""Options of the verbs that run models on videos."""

from __future__ import annotations

from studio.arguments.parser import Verbs, add_json, add_model_options, add_run_options
from studio.arguments.temporal import METAVAR


def add_segment(verbs: Verbs) -> None:
    """Add `jejunet segment`."""
    parser = verbs.add_parser(
        "segment",
        help="segment a video and time every stage",
        description="Segment a video; write the annotated video and the masks if asked to.",
    )
    parser.add_argument("input", help="video file, folder of images, or camera:N")
    parser.add_argument("--model", help="name or path of a .tflite model (default: the first one)")
    parser.add_argument("--out", help="annotated video to write (.mp4 .mov .mkv .webm .avi)")
    parser.add_argument("--masks", help="folder for one palette PNG a frame")
    parser.add_argument("--start", type=int, default=0, help="first frame (default 0)")
    parser.add_argument("--end", type=int, help="last frame, included (default: the last one)")
    parser.add_argument(
        "--temporal",
        default="off",
        metavar=METAVAR,
        help="how the redundancy between frames is used (default off)",
    )
    parser.add_argument(
        "--input",
        choices=("model", "frame"),
        dest="input_fit",
        help="run the network as it is (model), or cut at its class scores and with an input of "
        "the frame's aspect (frame); default: frame with --temporal, else model",
    )
    parser.add_argument("--opacity", type=float, default=0.55, help="of the masks, 0 to 1")
    parser.add_argument("--outline", action="store_true", help="borders instead of areas")
    add_run_options(parser)
    add_model_options(parser)
    add_json(parser)


def add_bench(verbs: Verbs) -> None:
    """Add `jejunet bench`."""
    parser = verbs.add_parser(
        "bench",
        help="time a model on this computer",
        description="Time a model by itself on this computer, warm-up apart.",
    )
    parser.add_argument("model", help="name or path of a .tflite model")
    parser.add_argument("--runs", type=int, default=100, help="timed runs (default 100)")
    add_run_options(parser)
    add_model_options(parser)
    add_json(parser)


def add_models(verbs: Verbs) -> None:
    """Add `jejunet models`."""
    parser = verbs.add_parser(
        "models",
        help="list the models at hand",
        description="List the models that were found, with what their cards say.",
    )
    add_json(parser)
