"""Options of the verbs that concern phones."""

from __future__ import annotations

from studio.arguments.parser import Verbs, add_json, add_model_options
from studio.arguments.temporal import METAVAR


def add_devices(verbs: Verbs) -> None:
    """Add `jejunet devices`."""
    parser = verbs.add_parser(
        "devices",
        help="list the phones on the cable",
        description="List the phones that adb sees, and what stands in the way of using them.",
    )
    add_json(parser)


def add_deploy(verbs: Verbs) -> None:
    """Add `jejunet deploy`."""
    parser = verbs.add_parser(
        "deploy",
        help="run a model on a phone and measure it there",
        description="Put a model on a phone, stream a video through it, and record what it does. "
        "Ctrl-C ends the session and keeps what was recorded.",
    )
    parser.add_argument("--serial", help="of the phone, as `jejunet devices` shows it")
    parser.add_argument("--model", help="name or path of a .tflite model (default: the first one)")
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--video", help="video file or folder of images (default: sample clip)")
    source.add_argument("--camera", type=int, metavar="N", help="camera of this computer")
    parser.add_argument("--seconds", type=float, help="how long to stream (default: until Ctrl-C)")
    parser.add_argument("--start", type=int, default=0, help="first frame (default 0)")
    parser.add_argument("--end", type=int, help="last frame, included (default: the last one)")
    parser.add_argument("--threads", type=int, default=4, help="on the phone (default 4)")
    parser.add_argument(
        "--cpus",
        metavar="MASK",
        help="CPUs to run on, such as 0xf0; 0 for any (default: the fast cores)",
    )
    parser.add_argument("--warm-up", type=int, default=3, help="runs before the first frame")
    parser.add_argument(
        "--frames",
        choices=("auto", "bgr", "jpeg", "clip"),
        default="auto",
        help="how pictures reach the phone; clip pushes them ahead (default: measured)",
    )
    parser.add_argument(
        "--pace",
        choices=("video", "fastest"),
        default="video",
        help="in the video's own time, or as fast as the phone can",
    )
    parser.add_argument(
        "--temporal",
        default="off",
        metavar=METAVAR,
        help="how the redundancy between frames is used on the phone (default off)",
    )
    parser.add_argument(
        "--input",
        choices=("model", "frame"),
        help="the network's input as its file has it (model), or of the frame's shape (frame): "
        "less work for the same detail; default: frame with --temporal, else model",
    )
    parser.add_argument(
        "--model-size-masks", action="store_true", help="label maps at the network's output size"
    )
    parser.add_argument(
        "--no-compare", action="store_true", help="do not segment on this computer as well"
    )
    parser.set_defaults(runtime=None)  # the phone has one; the computer compares with its default
    add_model_options(parser)
    add_json(parser)


def add_clean_phone(verbs: Verbs) -> None:
    """Add `jejunet clean-phone`."""
    parser = verbs.add_parser(
        "clean-phone",
        help="remove everything of ours from a phone",
        description="End our runners on a phone and remove every file that we put there.",
    )
    parser.add_argument("--serial", help="of the phone, as `jejunet devices` shows it")
    add_json(parser)


def add_bundle(verbs: Verbs) -> None:
    """Add `jejunet bundle`."""
    parser = verbs.add_parser(
        "bundle",
        help="build what runs models on phones",
        description="Build the runner and collect the libraries that it needs on a phone, from "
        "pinned packages whose hashes are checked.",
    )
    parser.add_argument("--out", help="file to write (default: where the studio looks for it)")
    parser.add_argument(
        "--packages", metavar="DIR", help="folder with packages that were fetched by hand"
    )
    parser.add_argument("--force", action="store_true", help="build even if there is a good one")
    add_json(parser)
