"""Options of the verbs that score models and change their form."""

from __future__ import annotations

from studio.arguments.parser import Verbs, add_json, add_model_options, add_run_options


def add_evaluate(verbs: Verbs) -> None:
    """Add `jejunet evaluate`."""
    parser = verbs.add_parser(
        "evaluate",
        help="score models on a dataset with masks",
        description="Score models by the protocol of PASCAL VOC: mean IoU, IoU of each class, "
        "pixel accuracy. Of two or more, each is compared with the first on the same images, with "
        "an interval that tells a difference from chance.",
    )
    parser.add_argument(
        "--model",
        action="append",
        required=True,
        dest="models",
        metavar="MODEL",
        help="a .tflite or .keras file, the name of a model, or of a training run; give it again "
        "to compare",
    )
    parser.add_argument("--dataset", required=True, metavar="DIR", help="folder of the dataset")
    parser.add_argument("--split", default="val", help="list of the dataset (default val)")
    parser.add_argument(
        "--limit", type=int, default=0, help="score only so many images, evenly spread"
    )
    parser.add_argument(
        "--resamples",
        type=int,
        default=2000,
        help="of the images, for the intervals (default 2000)",
    )
    parser.add_argument("--seed", type=int, default=0, help="of the resampling (default 0)")
    parser.add_argument(
        "--foreground",
        default="",
        metavar="FILE|CLASSES",
        help="for videos: which classes are the foreground, a TOML or JSON file or class names "
        "with commas between",
    )
    parser.add_argument(
        "--agreement",
        action="store_true",
        help="ask where models agree instead of who is right: any folder of images, or a video",
    )
    add_run_options(parser)
    add_model_options(parser)
    add_json(parser)


def add_import(verbs: Verbs) -> None:
    """Add `jejunet import`."""
    parser = verbs.add_parser(
        "import",
        help="turn a published .tflite file into a Keras network",
        description="Read the weights of a published DeepLab or MobileNetV2 `.tflite` into the "
        "studio's network, to be trained on.",
    )
    parser.add_argument("file", help="name or path of a .tflite model")
    parser.add_argument("--out", required=True, metavar="FILE.keras", help="file to write")
    parser.add_argument(
        "--size", type=int, default=0, metavar="N", help="input in pixels (default: the source's)"
    )
    parser.add_argument(
        "--head-filters",
        type=int,
        default=0,
        metavar="N",
        help="narrow the head to so many filters, by least squares on images of --calibration",
    )
    parser.add_argument(
        "--calibration", default="", metavar="DIR", help="dataset or folder of images for that"
    )
    parser.add_argument(
        "--calibration-images", type=int, default=512, help="how many of them (default 512)"
    )
    parser.add_argument("--seed", type=int, default=0, help="of their choice (default 0)")
    add_json(parser)


def add_export(verbs: Verbs) -> None:
    """Add `jejunet export`."""
    parser = verbs.add_parser(
        "export",
        help="turn a trained network into a .tflite file",
        description="Write a trained network as `.tflite`, with its model card beside it.",
    )
    parser.add_argument("source", help="a training run (name, folder or `last`) or a .keras file")
    parser.add_argument("--out", required=True, metavar="FILE.tflite", help="file to write")
    parser.add_argument(
        "--int8", action="store_true", help="8-bit weights and activations; needs --calibration"
    )
    parser.add_argument(
        "--calibration",
        default="",
        metavar="DIR",
        help="dataset or folder of images from which the activations' ranges are taken",
    )
    parser.add_argument(
        "--calibration-images", type=int, default=128, help="how many of them (default 128)"
    )
    parser.add_argument("--seed", type=int, default=0, help="of their choice (default 0)")
    parser.add_argument(
        "--size", metavar="N|HxW", help="input in pixels (default: the network's own)"
    )
    parser.add_argument(
        "--labels-output",
        action="store_true",
        help="upsample and decide in the graph: a finished label map instead of logits; slower",
    )
    parser.add_argument("--name", default="", help="on the card (default: the file's name)")
    add_json(parser)
