"""Options of the verb that scores ways to use the redundancy between frames."""

from __future__ import annotations

from studio.arguments.parser import Verbs, add_json, add_model_options, add_run_options
from studio.arguments.temporal import METAVAR


def add_evaluate_video(verbs: Verbs) -> None:
    """Add `jejunet evaluate-video`."""
    parser = verbs.add_parser(
        "evaluate-video",
        help="score a model and its temporal settings on videos with masks",
        description="Score a model on videos, with the redundancy between frames used in one or "
        "more ways: how right the masks are (J), how steady (temporal consistency, flicker), how "
        "often the network runs and what it all costs. Inference frame by frame always runs "
        "beside, in turn with the rest, and everything is compared with it.",
        epilog="Example: jejunet evaluate-video --model net.tflite --dataset DAVIS "
        "--temporal balanced --temporal fast",
    )
    parser.add_argument(
        "--model",
        required=True,
        help="a .tflite file, the name of a model, or of a training run",
    )
    parser.add_argument(
        "--dataset",
        required=True,
        metavar="DIR",
        help="folder of videos: DAVIS (JPEGImages/480p, Annotations/480p; foreground.toml beside "
        "them names the foreground's classes) or VSPW (data/<video>/origin and mask)",
    )
    parser.add_argument(
        "--temporal",
        action="append",
        nargs="+",
        metavar=METAVAR,
        help="how the redundancy between frames is used: presets, files, or several of them "
        "(default: balanced)",
    )
    parser.add_argument(
        "--input",
        choices=("model", "frame"),
        default="frame",
        help="run the network as it is (model), or cut at its class scores and with an input of "
        "the frame's aspect (frame), in all ways, inference frame by frame included (default: "
        "frame)",
    )
    parser.add_argument(
        "--sequences", default="", metavar="A,B", help="only these videos (default: all)"
    )
    parser.add_argument(
        "--limit", type=int, default=0, metavar="N", help="only the first N frames of each video"
    )
    parser.add_argument(
        "--split", default="val", help="list of videos in VSPW's layout (default val)"
    )
    parser.add_argument(
        "--foreground",
        default="",
        metavar="FILE|CLASSES",
        help="which classes are the foreground: a TOML or JSON file, or class names with commas "
        "between",
    )
    parser.add_argument(
        "--fps",
        type=float,
        default=24.0,
        help="frames a second of the videos, and so the pace for an asynchronous network; 0 for "
        "as fast as it takes them (default 24, as DAVIS; VSPW has 15)",
    )
    parser.add_argument(
        "--resamples",
        type=int,
        default=2000,
        help="of the videos, for the intervals (default 2000)",
    )
    parser.add_argument("--seed", type=int, default=0, help="of the resampling (default 0)")
    add_run_options(parser)
    add_model_options(parser)
    add_json(parser)
