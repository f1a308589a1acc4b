"""Files that look like models and are not, and one that kills whoever opens it."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import ai_edge_litert.schema_py_generated as schema
import numpy as np

from tests.support.models import logits_model
from tests.support.tflite_builder import TfliteBuilder


def crashing_model(path: Path) -> Path:
    """A well-formed model on which both runtimes die of a segmentation fault when it is opened.

    Its only operator is a condition whose branches are the graph itself, so planning never ends
    and the native stack overflows. It looks like a segmentation model until then.
    """
    builder = TfliteBuilder()
    image = builder.tensor((1, 16, 16, 3), "float32", "image")
    condition = builder.constant(np.array([True]), "condition")
    scores = builder.tensor((1, 4, 4, 5), "float32", "scores")
    options = schema.IfOptionsT()
    options.thenSubgraphIndex = options.elseSubgraphIndex = 0
    builder.op("IF", [condition, image], [scores], options)
    return builder.write(path, [image], [scores])


def impostors() -> dict[str, tuple[bytes, str]]:
    """Contents of files that are no models, and words that must name what came instead."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("config.json", "{}")
    card = json.dumps({"name": "a card"}).encode()
    onnx = b"\x08\x07\x12\x07pytorch\x1a\x052.1.0:\x9e\x02" + bytes(range(256))
    return {
        "empty": (b"", "the file is empty"),
        "tiny": (b"\x01\x02", "only 2 bytes"),
        "zeros": (bytes(4096), "nothing but zeros"),
        "text": (b"these are just some words\n" * 9, "a text file"),
        "html": (b"\n<!DOCTYPE html><html><body>404</body></html>", "a web page"),
        "lfs": (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "Git LFS"),
        "keras": (archive.getvalue(), "Keras model (.keras)"),
        "h5": (b"\x89HDF\r\n\x1a\n" + bytes(64), "HDF5"),
        "onnx": (onnx, "ONNX"),
        "gzip": (b"\x1f\x8b\x08" + bytes(range(60)), "packed archive"),
        "pickle": (b"\x80\x04\x95" + bytes(range(60)), "pickled"),
        "png": (b"\x89PNG\r\n\x1a\n" + bytes(64), "a picture"),
        "video": (b"\x00\x00\x00\x20ftypisom" + bytes(64), "a video"),
        "json": (card, "JSON"),
        "noise": (bytes(range(128, 256)) * 4, "unknown kind"),
    }


def truncated_model(path: Path, kept: float) -> Path:
    """The first part of a model.

    Args:
        path: of the file to write.
        kept: share of the bytes, 0..1.
    """
    logits_model(path)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * kept)])
    return path
