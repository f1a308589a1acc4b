"""Which models there are: found by folder, told apart by their graph, never opened.

The window lists models through this module, so nothing here loads a runtime.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from studio import paths
from studio.errors import ModelError
from studio.inference.card import ModelCard, read_card
from studio.inference.graph import ModelGraph, read_graph
from studio.inference.metadata import read_metadata
from studio.inference.model import OutputKind
from studio.inference.reading import (
    InputReading,
    OutputReading,
    closed_shape,
    read_input,
    read_output,
)

FolderKind = Literal["shipped", "workspace", "extra"]

_ANY_SIZE = (64, 64)  # stands for sizes that a file leaves open
_KIND_ORDER: tuple[FolderKind, ...] = ("shipped", "workspace", "extra")


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """A segmentation model that was found.

    Attributes:
        path: of the .tflite file.
        name: from the card, the metadata, or the file's stem.
        card: beside the file; None without, or when it cannot be used.
        folder: shipped with the studio, in the workspace, or in another folder.
        size_bytes: of the file.
        input_height: in pixels; -1 when the file leaves it open.
        input_width: in pixels; -1 when the file leaves it open.
        input_dtype: of the input.
        output_kind: logits, labels or binary.
        classes: number of classes; None when the file does not tell.
        weight_bits: width of most of the stored weights.
        problem: why the card cannot be used, in words; empty when nothing is wrong.
    """

    path: Path
    name: str
    card: ModelCard | None
    folder: FolderKind
    size_bytes: int
    input_height: int
    input_width: int
    input_dtype: str
    output_kind: OutputKind
    classes: int | None
    weight_bits: int
    problem: str = ""


@dataclass(frozen=True, slots=True)
class BrokenModel:
    """A .tflite file that cannot be read.

    Attributes:
        path: of the file.
        problem: in words.
    """

    path: Path
    problem: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What was found.

    Attributes:
        models: segmentation models, shipped ones first.
        broken: files named .tflite that are damaged or something else.
    """

    models: tuple[ModelEntry, ...]
    broken: tuple[BrokenModel, ...]


def scan_models() -> Catalogue:
    """Look through all model folders; files that do not segment are left out."""
    models: list[ModelEntry] = []
    broken: list[BrokenModel] = []
    for path, folder in _files():
        try:
            graph = read_graph(path)
        except ModelError as error:
            broken.append(BrokenModel(path, str(error)))
            continue
        entry = _entry(graph, folder)
        if entry is not None:
            models.append(entry)
    models.sort(key=lambda entry: (_KIND_ORDER.index(entry.folder), entry.name.lower()))
    return Catalogue(tuple(models), tuple(broken))


def list_models() -> list[ModelEntry]:
    """The segmentation models in all model folders, shipped ones first."""
    return list(scan_models().models)


def find_model(name_or_path: str | Path) -> Path:
    """Find a model by path, file name, stem, or the name on its card.

    Raises:
        ModelError: nothing or more than one thing is called so.
    """
    wanted = str(name_or_path)
    direct = Path(wanted).expanduser()
    try:
        if direct.is_file():
            return direct
        is_folder = direct.is_dir()
    except OSError as error:  # the name is too long, or a folder above may not be entered
        raise ModelError(
            f"Could not read {wanted}: {error.strerror}.",
            remedy="Check the path.",
            details=repr(error),
        ) from error
    if is_folder:
        raise ModelError(
            f"A model file was expected, but {wanted} is a folder.",
            remedy="Give the .tflite file inside it.",
        )
    files = [path for path, _ in _files()]
    found = [path for path in files if wanted in (path.name, path.stem)]
    if not found:
        found = [entry.path for entry in list_models() if entry.name == wanted]
    if len(found) == 1:
        return found[0]
    if found:
        raise ModelError(
            f"{len(found)} models are called {wanted}: {', '.join(map(str, found))}.",
            remedy="Give the path of the one you mean.",
        )
    names = ", ".join(entry.path.stem for entry in list_models())
    raise ModelError(
        f"There is no model called {wanted}.",
        remedy=f"Choose one of: {names}." if names else "Give the path of a .tflite file.",
    )


def default_model() -> Path | None:
    """The model to start with: shipped before others, then recommended, then of small input."""
    models = list_models()
    if not models:
        return None

    def cost(entry: ModelEntry) -> tuple[int, bool, bool, int, int, str]:
        pixels = entry.input_height * entry.input_width
        # A stored label map was upsampled inside the network, which costs more than it gives.
        return (
            _KIND_ORDER.index(entry.folder),
            entry.card is None or not entry.card.recommended,
            entry.output_kind != "logits",
            pixels if pixels > 0 else 1 << 30,
            entry.size_bytes,
            entry.path.name,
        )

    return min(models, key=cost).path


def _files() -> Iterator[tuple[Path, FolderKind]]:
    seen: set[Path] = set()
    workspace = paths.workspace_dir() / "models"
    own = paths.shipped_models_dir()
    for root in paths.model_dirs():
        folder: FolderKind = "extra"
        if root == own:
            folder = "shipped"
        elif root == workspace:
            folder = "workspace"
        for path in sorted(_walk(root)):
            resolved = path.resolve()
            if resolved not in seen:
                seen.add(resolved)
                yield path, folder


def _walk(root: Path) -> Iterator[Path]:
    for folder, _, names in os.walk(root):
        for name in names:
            if name.lower().endswith(".tflite"):
                yield Path(folder) / name


def _entry(graph: ModelGraph, folder: FolderKind) -> ModelEntry | None:
    """Describe a file, or None when it does not segment."""
    problem = ""
    card: ModelCard | None = None
    try:
        card = read_card(graph.path)
    except ModelError as error:
        problem = str(error)
    try:
        tensor = graph.tensors[graph.inputs[0]]
        image = read_input(tensor.shape, tensor.dtype)
        output = _best_output(graph, image)
    except (ModelError, IndexError):
        return None
    metadata, _ = read_metadata(graph)
    return ModelEntry(
        path=graph.path,
        name=(card.name if card else "") or metadata.name or graph.path.stem,
        card=card,
        folder=folder,
        size_bytes=graph.size_bytes,
        input_height=image.height,
        input_width=image.width,
        input_dtype=tensor.dtype,
        output_kind=output.kind,
        classes=output.classes,
        weight_bits=graph.weight_bits,
        problem=problem,
    )


def _best_output(graph: ModelGraph, image: InputReading) -> OutputReading:
    closed = image
    if min(image.height, image.width) < 1:
        closed = replace(image, height=_ANY_SIZE[0], width=_ANY_SIZE[1])
    refusal: ModelError | None = None
    for index in graph.outputs:
        tensor = graph.tensors[index]
        try:
            return read_output(
                closed_shape(tensor.shape, _ANY_SIZE),
                tensor.dtype,
                tensor.scales[0] if tensor.scales else 0.0,
                tensor.zero_points[0] if tensor.zero_points else 0,
                closed,
                graph,
                index,
            )
        except ModelError as error:
            refusal = error
    raise refusal or ModelError("The model has no output.")
