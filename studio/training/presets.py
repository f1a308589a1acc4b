"""Trainings to start from: `resources/presets/*.toml`, each with a title and what it is for."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path

from studio.errors import SpecError
from studio.paths import resources_dir
from studio.training.spec import TrainSpec
from studio.training.spec_file import read_spec_file


@dataclass(frozen=True, slots=True)
class Preset:
    """A training to start from.

    Attributes:
        name: of its file, without `.toml`.
        title: as shown to the user.
        description: what it is for, and what it costs.
        spec: the training, its dataset left empty.
    """

    name: str
    title: str
    description: str
    spec: TrainSpec


def presets_dir() -> Path:
    """Where the presets lie."""
    return resources_dir() / "presets"


def list_presets() -> tuple[Preset, ...]:
    """All presets, the cheapest network first.

    Raises:
        SpecError: one is damaged.
    """
    presets = [_read(path) for path in sorted(presets_dir().glob("*.toml"))]
    return tuple(sorted(presets, key=lambda preset: (_cost(preset.spec), preset.name)))


def load_preset(name: str) -> Preset:
    """Read a preset.

    Raises:
        SpecError: there is none of that name, or it is damaged.
    """
    names = sorted(path.stem for path in presets_dir().glob("*.toml"))
    if name not in names:
        near = difflib.get_close_matches(name, names, n=1)
        raise SpecError(
            f"There is no preset “{name}”.",
            remedy=f"Did you mean {near[0]}?" if near else f"There are {', '.join(names)}.",
        )
    return _read(presets_dir() / f"{name}.toml")


def _read(path: Path) -> Preset:
    file = read_spec_file(path)
    return Preset(path.stem, file.title, file.description, file.spec)


def _cost(spec: TrainSpec) -> float:
    """What the network costs, roughly: enough to put presets in order."""
    height, width = spec.network.input_size
    return height * width * spec.network.width**2
