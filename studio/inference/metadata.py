"""TFLite metadata: the normalization and the label files that a model carries inside.

Reference:
    tensorflow/tflite-support, tensorflow_lite_support/metadata/metadata_schema.fbs.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from dataclasses import dataclass

from studio.inference.flatbuffer import DamagedBufferError, Table
from studio.inference.graph import ModelGraph
from studio.inference.model import Normalization

_NORMALIZATION_OPTIONS = 1
_LABEL_FILES = (2, 3)  # TENSOR_AXIS_LABELS, TENSOR_VALUE_LABELS
# A file that is missing, encrypted (RuntimeError), packed in another way, cut off or damaged.
_ZIP_ERRORS = (
    OSError,
    zipfile.BadZipFile,
    KeyError,
    RuntimeError,
    EOFError,
    zlib.error,
)


@dataclass(frozen=True, slots=True)
class ModelMetadata:
    """What TFLite metadata says that matters for segmenting.

    Attributes:
        name: of the model; may be empty.
        description: in words; may be empty.
        licence: in words; may be empty.
        normalization: of the first input; None when not given.
        labels: for each output, the names of its classes; empty when not given.
    """

    name: str = ""
    description: str = ""
    licence: str = ""
    normalization: Normalization | None = None
    labels: tuple[tuple[str, ...], ...] = ()


def read_metadata(graph: ModelGraph) -> tuple[ModelMetadata, tuple[str, ...]]:
    """Read a model's own metadata; damaged metadata counts as none and gives a warning.

    Args:
        graph: the file, as `read_graph` returned it.

    Returns:
        The metadata, and warnings in words.
    """
    if graph.metadata is None:
        return ModelMetadata(), ()
    try:
        return _parse(graph, Table.root(graph.metadata)), ()
    except (DamagedBufferError, struct.error, *_ZIP_ERRORS) as error:
        return ModelMetadata(), (
            f"The metadata inside the file is damaged and was left out ({error}).",
        )


def _parse(graph: ModelGraph, root: Table) -> ModelMetadata:
    graphs = root.tables(3)
    inputs = graphs[0].tables(2) if graphs else []
    outputs = graphs[0].tables(3) if graphs else []
    return ModelMetadata(
        name=root.text(0),
        description=root.text(1),
        licence=root.text(5),
        normalization=_normalization(inputs[0]) if inputs else None,
        labels=tuple(_labels(graph, output) for output in outputs),
    )


def _normalization(tensor: Table) -> Normalization | None:
    for unit in tensor.tables(4):
        options = unit.table(1)
        if unit.integer(0, "B") == _NORMALIZATION_OPTIONS and options is not None:
            mean = options.array(0, "<f4").tolist()
            std = options.array(1, "<f4").tolist()
            if len(mean) in (1, 3) and len(std) in (1, 3) and all(std):
                return Normalization(mean=_three(mean), std=_three(std))
    return None


def _three(values: list[float]) -> tuple[float, float, float]:
    red, green, blue = values * 3 if len(values) == 1 else values
    return red, green, blue


def _labels(graph: ModelGraph, tensor: Table) -> tuple[str, ...]:
    for file in tensor.tables(6):
        if file.integer(2, "b") in _LABEL_FILES:
            # Label files are appended to the model as a ZIP archive, which readers find by its end.
            with zipfile.ZipFile(graph.path) as archive:
                text = archive.read(file.text(0)).decode("utf-8", "replace")
            return tuple(line.strip() for line in text.splitlines() if line.strip())
    return ()
