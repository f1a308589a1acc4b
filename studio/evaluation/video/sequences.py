"""Videos with truth, whatever the layout."""

from __future__ import annotations

from collections.abc import Sequence as Listing
from dataclasses import dataclass
from pathlib import Path

from studio.errors import InputError, SpecError
from studio.evaluation.davis import Sequence, find_davis, read_sequences
from studio.evaluation.video.spec import EvaluateVideoSpec
from studio.evaluation.video.vspw import find_vspw, read_vspw


@dataclass(frozen=True, slots=True)
class VideoSet:
    """What is to be scored.

    Attributes:
        name: for people.
        sequences: the videos.
        labels: name of each class, by its index in masks; empty where masks tell a foreground.
        warnings: what is left out, in words.
    """

    name: str
    sequences: tuple[Sequence, ...]
    labels: tuple[str, ...]
    warnings: tuple[str, ...] = ()

    @property
    def frames(self) -> int:
        """How many there are in all videos together."""
        return sum(len(sequence.frames) for sequence in self.sequences)


def open_videos(spec: EvaluateVideoSpec) -> VideoSet:
    """Find the videos that were asked for.

    Args:
        spec: what to do.

    Raises:
        InputError: the folder is in neither layout, or what belongs to a video is missing.
        SpecError: a video that was asked for is not there, or nobody says what is foreground.
    """
    root = Path(spec.dataset)
    labels: tuple[str, ...] = ()
    left_out: list[str] = []
    if (davis := find_davis(root)) is not None:
        sequences, left_out = read_sequences(davis, spec.foreground)
    elif (vspw := find_vspw(root)) is not None:
        sequences, labels = read_vspw(vspw, spec.split)
    else:
        raise InputError(
            f"There are no videos with masks in {root}.",
            remedy="Give a folder with JPEGImages/480p and Annotations/480p (DAVIS), or with"
            " data/<video>/origin and data/<video>/mask (VSPW).",
        )
    chosen = tuple(_first(each, spec.limit) for each in _chosen(sequences, spec, left_out))
    warnings = list(_unlabelled(chosen))
    if left_out and not spec.sequences:
        warnings.append(f"Left out, as their foreground is not known: {', '.join(left_out)}.")
    return VideoSet(root.name, chosen, labels, tuple(warnings))


def _chosen(
    sequences: Listing[Sequence], spec: EvaluateVideoSpec, left_out: Listing[str]
) -> tuple[Sequence, ...]:
    if not spec.sequences:
        return tuple(sequences)
    by_name = {sequence.name: sequence for sequence in sequences}
    for name in spec.sequences:
        if name in left_out:
            raise SpecError(
                f"Nobody says what the foreground of the video {name} is.",
                remedy="Say so in a file foreground.toml beside the videos, with a line such as"
                f' `{name} = ["person", "dog"]`.',
            )
        if name not in by_name:
            raise SpecError(
                f"There is no video {name!r} in {spec.dataset}.",
                remedy=f"It has {_listed(sorted(by_name))}.",
            )
    return tuple(by_name[name] for name in dict.fromkeys(spec.sequences))


def _first(sequence: Sequence, limit: int) -> Sequence:
    frames = sequence.frames[:limit] if limit else sequence.frames
    return Sequence(sequence.name, frames, sequence.foreground)


def _unlabelled(sequences: Listing[Sequence]) -> list[str]:
    warnings = []
    for sequence in sequences:
        missing = sum(frame.mask is None for frame in sequence.frames)
        if missing:
            warnings.append(
                f"{missing} of the {len(sequence.frames)} frames of the video {sequence.name} have"
                " no mask; they are shown to the model and not scored."
            )
    return warnings


def _listed(names: Listing[str], most: int = 10) -> str:
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown
