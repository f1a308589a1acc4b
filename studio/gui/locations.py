"""What a path, dropped or typed, can be opened as."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from studio.errors import InputError, ModelError, VideoError

VIDEO_SUFFIXES = (
    ".mp4",
    ".avi",
    ".mov",
    ".mkv",
    ".webm",
    ".m4v",
    ".mpg",
    ".mpeg",
    ".ts",
    ".wmv",
    ".ogv",
    ".gif",
)
IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff")
MODEL_SUFFIXES = (".tflite", ".lite")

Kind = Literal["video", "model"]


@dataclass(frozen=True, slots=True)
class Opening:
    """What to open.

    Attributes:
        kind: a video (file, folder of images, camera) or a model.
        location: as PlaybackModel takes it.
    """

    kind: Kind
    location: str

    @property
    def name(self) -> str:
        """For the user."""
        if self.location.startswith("camera:"):
            return f"Camera {self.location.removeprefix('camera:')}"
        return Path(self.location).name or self.location


def recognise(path: Path) -> Opening:
    """Tell what a file or folder can be opened as, from its name.

    Raises:
        VideoError: a folder that holds no image.
        InputError: nothing the studio opens, or nothing there.
    """
    if path.is_dir():
        if any(entry.suffix.lower() in IMAGE_SUFFIXES for entry in path.iterdir()):
            return Opening("video", str(path))
        raise VideoError(
            f"The folder {path.name} holds no images.",
            remedy="Open a folder of images, a video file or a .tflite model.",
        )
    if not path.exists():
        raise InputError(
            f"{path.name} does not exist.",
            remedy="It may have been moved or deleted; look for it with File ▸ Open video…",
            details=str(path),
        )
    suffix = path.suffix.lower()
    if suffix in MODEL_SUFFIXES:
        return Opening("model", str(path))
    if suffix in VIDEO_SUFFIXES:
        return Opening("video", str(path))
    if suffix in IMAGE_SUFFIXES:  # a picture stands for the folder it lies in
        return Opening("video", str(path.parent))
    raise InputError(
        f"{path.name} is neither a video, nor a folder of images, nor a .tflite model.",
        remedy=f"Videos end in {', '.join(VIDEO_SUFFIXES[:5])} and the like.",
        details=str(path),
    )


def recognise_all(paths: Sequence[Path]) -> list[Opening]:
    """Tell what to open of several files dropped together: one video and one model.

    Raises:
        InputError: nothing among them can be opened, or two of a kind were given.
        ModelError: two models were given.
    """
    found: dict[Kind, Opening] = {}
    for path in paths:
        opening = recognise(path)
        known = found.setdefault(opening.kind, opening)
        if known.location != opening.location:
            kind: type[InputError] = VideoError if opening.kind == "video" else ModelError
            raise kind(
                f"One {opening.kind} can be open at a time; {known.name} and {opening.name} "
                "were dropped together.",
                remedy=f"Drop one {opening.kind}, alone or with one "
                f"{'model' if opening.kind == 'video' else 'video'}.",
            )
    return sorted(found.values(), key=lambda opening: opening.kind)  # the model first


def cameras() -> list[int]:
    """Numbers of the cameras this computer may have, without opening any.

    Returns:
        Those the system lists; where it lists none by name (not Linux), camera 0.
    """
    devices = Path("/sys/class/video4linux")
    if not devices.is_dir():
        return [] if Path("/sys").is_dir() else [0]
    numbers = []
    for device in devices.glob("video*"):
        # A camera shows as two devices; the one with index 0 carries the picture.
        index = device / "index"
        if not index.is_file() or index.read_text(encoding="ascii").strip() == "0":
            numbers.append(int(device.name.removeprefix("video")))
    return sorted(numbers)
