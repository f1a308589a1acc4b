"""Options of the verbs that train."""

from __future__ import annotations

from studio.arguments.parser import Verbs, add_json
from studio.runs.store import KEEP_TRASHED_DAYS


def add_train(verbs: Verbs) -> None:
    """Add `jejunet train`."""
    parser = verbs.add_parser(
        "train",
        help="train a network",
        description="Train a network in a process of its own and follow it here. The first Ctrl-C "
        "asks it to stop after the current step, the second ends it at once; either way it can be "
        "resumed. The studio shows the same run.",
        epilog="Example: jejunet train --preset balanced --dataset VOCdevkit --set epochs=30 "
        "--set network.width=0.5",
    )
    start = parser.add_mutually_exclusive_group()
    start.add_argument("spec", nargs="?", metavar="SPEC.toml", help="what to train, and how")
    start.add_argument("--preset", metavar="NAME", help="start from a preset; `list` shows them")
    start.add_argument(
        "--resume",
        metavar="RUN",
        help="go on with a run that ended early: its name, its folder, or `last`",
    )
    parser.add_argument("--dataset", metavar="DIR", help="instead of the spec's")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        dest="assignments",
        metavar="KEY=VALUE",
        help="change a key of the spec, such as optimizer.learning_rate=0.01; as often as needed",
    )
    parser.add_argument("--title", default="", help="of the run, as the studio shows it")
    parser.add_argument(
        "--strategy",
        choices=("none", "mirrored", "multi-worker", "tpu"),
        help="of tf.distribute; the same as --set strategy=...",
    )
    parser.add_argument(
        "--detach", action="store_true", help="do not follow it: print its folder and return"
    )
    add_json(parser)


def add_runs(verbs: Verbs) -> None:
    """Add `jejunet runs`."""
    parser = verbs.add_parser(
        "runs",
        help="list runs, stop one, empty the trash",
        description="List the runs of the workspace, newest first: trainings, exports and all "
        "other long work, those of the window too.",
    )
    parser.add_argument("--job", metavar="NAME", help="only runs of this kind, such as train")
    parser.add_argument("--limit", type=int, default=0, help="only so many, the newest")
    parser.add_argument(
        "--stop", metavar="RUN", help="ask a run to stop: its name, its folder, or `last`"
    )
    parser.add_argument(
        "--purge", action="store_true", help="delete for good what lies in the trash"
    )
    parser.add_argument(
        "--older-than-days",
        type=float,
        default=KEEP_TRASHED_DAYS,
        metavar="DAYS",
        help=f"spare what was deleted more recently (default {KEEP_TRASHED_DAYS:g})",
    )
    add_json(parser)


def add_inspect(verbs: Verbs) -> None:
    """Add `jejunet inspect`."""
    parser = verbs.add_parser(
        "inspect",
        help="look a dataset through",
        description="Count images and classes, and name every pair that cannot be used: a missing "
        "mask, other sizes, unknown indices, damaged files.",
    )
    parser.add_argument("--dataset", required=True, metavar="DIR", help="folder of the dataset")
    parser.add_argument("--split", default="train", help="list of the dataset (default train)")
    add_json(parser)
