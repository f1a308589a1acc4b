"""Videos with a foreground mask for each frame, in DAVIS' layout, and what the foreground is."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from studio.data.listing import image_files
from studio.data.samples import Sample
from studio.errors import InputError, SpecError

_MAPPING_FILES = ("foreground.toml", "foreground.json")
_RESOLUTION = "480p"

KNOWN_FOREGROUNDS: dict[str, tuple[str, ...]] = {
    "blackswan": ("bird",),
    "bmx-bumps": ("person", "bicycle"),
    "bmx-trees": ("person", "bicycle"),
    "boat": ("boat",),
    "breakdance": ("person",),
    "breakdance-flare": ("person",),
    "bus": ("bus",),
    "car-roundabout": ("car",),
    "car-shadow": ("car",),
    "car-turn": ("car",),
    "cows": ("cow",),
    "dance-jump": ("person",),
    "dance-twirl": ("person",),
    "dog": ("dog",),
    "dog-agility": ("dog",),
    "drift-chicane": ("car",),
    "drift-straight": ("car",),
    "drift-turn": ("car",),
    "flamingo": ("bird",),
    "hike": ("person",),
    "hockey": ("person",),
    "horsejump-high": ("horse", "person"),
    "horsejump-low": ("horse", "person"),
    "kite-surf": ("person",),
    "libby": ("dog",),
    "lucia": ("person",),
    "mallard-fly": ("bird",),
    "mallard-water": ("bird",),
    "motocross-bumps": ("motorbike", "person"),
    "motocross-jump": ("motorbike", "person"),
    "motorbike": ("motorbike", "person"),
    "parkour": ("person",),
    "rollerblade": ("person",),
    "scooter-black": ("motorbike", "person"),
    "scooter-gray": ("motorbike", "person"),
    "stroller": ("person",),
    "surf": ("person",),
    "swing": ("person",),
    "tennis": ("person",),
    "train": ("train",),
}
"""Videos of DAVIS 2016 whose foreground is made of classes of PASCAL VOC, and which those are."""


@dataclass(frozen=True, slots=True)
class Sequence:
    """One video.

    Attributes:
        name: of its folder.
        frames: in order; each with its mask, in which all but 0 is foreground.
        foreground: names of the classes that the foreground is made of.
    """

    name: str
    frames: tuple[Sample, ...]
    foreground: tuple[str, ...]


def find_davis(root: Path) -> Path | None:
    """The folder that holds `JPEGImages/480p` and `Annotations/480p`, if there is one.

    Args:
        root: that folder, or the one above it.
    """
    for folder in (root, root / "DAVIS"):
        parts = (folder / "JPEGImages" / _RESOLUTION, folder / "Annotations" / _RESOLUTION)
        if all(part.is_dir() for part in parts):
            return folder
    return None


def read_sequences(root: Path, foreground: str = "") -> tuple[tuple[Sequence, ...], list[str]]:
    """Find the videos whose foreground is known.

    Args:
        root: as `find_davis` found it.
        foreground: see `EvaluateSpec`.

    Returns:
        The videos in order of name, and the names of those that were left out.

    Raises:
        InputError: a frame has no mask, or no video can be scored.
        SpecError: the file that says what the foreground is cannot be read.
    """
    known = _foregrounds(root, foreground)
    folders = sorted(
        path for path in (root / "JPEGImages" / _RESOLUTION).iterdir() if path.is_dir()
    )
    everywhere = known.get("*", ())
    found, left_out = [], []
    for folder in folders:
        names = known.get(folder.name, everywhere)
        if names:
            found.append(Sequence(folder.name, _frames(root, folder), tuple(names)))
        else:
            left_out.append(folder.name)
    if not found:
        raise InputError(
            f"Of none of the {len(folders)} videos in {root} it is known what their foreground is.",
            remedy="Say so in a file foreground.toml beside them, with lines such as"
            ' `my-video = ["person", "dog"]`.',
        )
    return tuple(found), left_out


def foreground_of(root: Path, video: str) -> tuple[str, ...]:
    """Names of the classes that a video's foreground is made of; none where nobody says.

    Args:
        root: of the videos; a mapping file lies there, or the known videos of DAVIS are meant.
        video: name of its folder.

    Raises:
        SpecError: the mapping file cannot be read.
    """
    known = _foregrounds(root, "")
    return known.get(video, known.get("*", ()))


def _frames(root: Path, folder: Path) -> tuple[Sample, ...]:
    masks = root / "Annotations" / _RESOLUTION / folder.name
    samples = tuple(
        Sample(name=f"{folder.name}/{image.stem}", image=image, mask=masks / f"{image.stem}.png")
        for image in image_files(folder)
    )
    missing = [sample for sample in samples if not (sample.mask and sample.mask.is_file())]
    if missing or not samples:
        what = f"no mask for {missing[0].name}" if missing else "no frames"
        raise InputError(
            f"The video {folder.name} has {what}.",
            remedy="Bring the files back, or take the video's folder out.",
            details="\n".join(str(sample.mask) for sample in missing),
        )
    return samples


def _foregrounds(root: Path, given: str) -> Mapping[str, tuple[str, ...]]:
    """The classes of each video; `*` stands for all videos that are not named."""
    beside = next((root / name for name in _MAPPING_FILES if (root / name).is_file()), None)
    if not given:
        return KNOWN_FOREGROUNDS if beside is None else _read_mapping(beside)
    if Path(given).suffix.lower() in (".toml", ".json"):
        return _read_mapping(Path(given))
    return {"*": tuple(filter(None, (name.strip() for name in given.split(","))))}


def _read_mapping(path: Path) -> dict[str, tuple[str, ...]]:
    try:
        text = path.read_text(encoding="utf-8")
        plain = tomllib.loads(text) if path.suffix.lower() == ".toml" else json.loads(text)
    except (OSError, ValueError) as error:
        raise SpecError(
            f"{path} does not say which classes are the foreground: it cannot be read.",
            remedy='Give lines such as `my-video = ["person", "dog"]` in TOML, or a JSON object.',
            details=repr(error),
        ) from error
    fits = isinstance(plain, dict) and all(
        isinstance(names, list) and all(isinstance(name, str) for name in names)
        for names in plain.values()
    )
    if not fits:
        raise SpecError(
            f"{path} does not say which classes are the foreground: a list of names was expected"
            " for each video.",
            remedy='Give lines such as `my-video = ["person", "dog"]` in TOML, or a JSON object.',
        )
    return {video: tuple(names) for video, names in plain.items()}
