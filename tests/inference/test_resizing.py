"""Every tensor's size follows the input's, or it is said why it cannot."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import ai_edge_litert.interpreter as litert
import ai_edge_litert.schema_py_generated as schema
import numpy as np
import pytest

from studio.errors import ModelError
from studio.inference.resizing import resize
from studio.inference.stored_model import StoredModel
from tests.support.broken_models import truncated_model
from tests.support.tflite_builder import TfliteBuilder

SHAPE = (1, 16, 16, 3)


class Drawing:
    """A graph in the making, whose operators take the tensor before."""

    def __init__(self) -> None:
        self.builder = TfliteBuilder()
        self.image = self.tensor = self.builder.tensor(SHAPE, "float32", "image")

    def then(
        self,
        name: str,
        shape: tuple[int, ...],
        *constants: Any,
        options: Any = None,
        others: tuple[int, ...] = (),
    ) -> Drawing:
        """Add an operator that takes what is there, other tensors and int32 constants."""
        stored = [self.builder.constant(np.array(values, np.int32)) for values in constants]
        out = self.builder.tensor(shape, "float32", name)
        self.builder.op(name, [self.tensor, *others, *stored], [out], options)
        self.tensor = out
        return self

    def pooled(self, name: str = "MAX_POOL_2D", side: int = 2, padding: str = "VALID") -> Drawing:
        """Add a pool that shrinks a map to a half, or whatever its side is."""
        options = schema.Pool2DOptionsT()
        options.padding = getattr(schema.Padding, padding)
        options.strideH = options.strideW = options.filterHeight = options.filterWidth = side
        before = self.builder._tensors[self.tensor].shape
        rest = side - 1 if padding == "SAME" else 0
        shape = (1, (before[1] + rest) // side, (before[2] + rest) // side, before[3])
        return self.then(name, shape, options=options)

    def resized(self, size: tuple[int, int], nearest: bool = False) -> Drawing:
        """Add a resize to a size."""
        if nearest:
            return self.then("RESIZE_NEAREST_NEIGHBOR", (1, *size, 3), size)
        return self.then("RESIZE_BILINEAR", (1, *size, 3), size)

    def write(self, path: Path) -> StoredModel:
        return StoredModel(self.builder.write(path, [self.image], [self.tensor]).read_bytes())


def reducer(keeps: bool) -> Any:
    options = schema.ReducerOptionsT()
    options.keepDims = keeps
    return options


def reshaping(shape: tuple[int, ...]) -> Any:
    options = schema.ReshapeOptionsT()
    options.newShape = list(shape)
    return options


def joined(drawing: Drawing) -> Drawing:
    options = schema.ConcatenationOptionsT()
    options.axis = -1
    shape = (1, 8, 8, 6)
    return drawing.then("CONCATENATION", shape, options=options, others=(drawing.tensor,))


RIGHT: dict[str, tuple[Callable[[Drawing], Drawing], tuple[int, ...]]] = {
    "max pool": (lambda d: d.pooled(), (1, 4, 8, 3)),
    "padded pool": (lambda d: d.pooled(side=3, padding="SAME"), (1, 3, 6, 3)),
    "whole pool": (lambda d: d.pooled("AVERAGE_POOL_2D", 16), (1, 1, 1, 3)),
    "mean": (
        lambda d: d.then("MEAN", (1, 1, 1, 3), [1, 2], options=reducer(True)),
        (1, 1, 1, 3),
    ),
    "mean of channels": (
        lambda d: d.then("MEAN", (1, 16, 16), [-1], options=reducer(False)),
        (1, 8, 16),
    ),
    "padding": (
        lambda d: d.then("PAD", (1, 18, 17, 3), [[0, 0], [1, 1], [0, 1], [0, 0]]),
        (1, 10, 17, 3),
    ),
    "activation": (lambda d: d.pooled().then("LOGISTIC", (1, 8, 8, 3)), (1, 4, 8, 3)),
    "joined": (lambda d: joined(d.pooled()), (1, 4, 8, 6)),
    "back to a size that was": (lambda d: d.pooled().resized((16, 16)), (1, 8, 16, 3)),
    "to a multiple": (lambda d: d.resized((32, 48), nearest=True), (1, 16, 48, 3)),
    "corner on corner": (
        lambda d: d.pooled(side=3, padding="SAME").resized((11, 11)),
        (1, 5, 11, 3),
    ),
    "a whole pool spread again": (
        lambda d: d.pooled().pooled("AVERAGE_POOL_2D", 8).resized((8, 8)),
        (1, 4, 8, 3),
    ),
    "flattened": (
        lambda d: d.then("RESHAPE", (1, 256, 3), [1, 256, 3], options=reshaping((1, 256, 3))),
        (1, 128, 3),
    ),
    "flattened with a free side": (
        lambda d: d.then("RESHAPE", (1, 256, 3), [1, -1, 3], options=reshaping((1, -1, 3))),
        (1, 128, 3),
    ),
    "reshaped behind a pool": (
        lambda d: d.pooled("AVERAGE_POOL_2D", 16).then(
            "RESHAPE", (3,), [3], options=reshaping((3,))
        ),
        (3,),
    ),
}


@pytest.mark.parametrize("case", RIGHT)
def test_the_size_found_is_the_one_that_the_runtime_gives(tmp_path: Path, case: str) -> None:
    draw, expected = RIGHT[case]
    model = draw(Drawing()).write(tmp_path / "m.tflite")
    shapes = resize(model, model.ops, (8, 16))
    output = model.outputs[0]
    assert shapes.get(output, model.shapes[output]) == expected
    interpreter: Any = litert.Interpreter(model_content=model.written())
    interpreter.allocate_tensors()
    assert tuple(interpreter.get_input_details()[0]["shape"]) == (1, 8, 16, 3)
    assert tuple(interpreter.get_output_details()[0]["shape"]) == expected
    interpreter.invoke()


def two_sizes_in_one(drawing: Drawing) -> Drawing:
    """Half of 16 and half of 17 are 8 both, but half of 7 is not half of 8."""
    drawing.pooled()
    half = drawing.tensor
    drawing.tensor = drawing.image
    drawing.then("PAD", (1, 17, 17, 3), [[0, 0], [0, 1], [0, 1], [0, 0]])
    drawing.pooled()
    options = schema.ConcatenationOptionsT()
    options.axis = 3
    return drawing.then("CONCATENATION", (1, 8, 8, 6), options=options, others=(half,))


def shared_size(drawing: Drawing) -> Drawing:
    """One constant that two resizes take, to whom it becomes something else."""
    builder = drawing.builder
    size = builder.constant(np.array([32, 32], np.int32), "size")
    large = builder.tensor((1, 32, 32, 3), "float32", "large")
    builder.op("RESIZE_BILINEAR", [drawing.image, size], [large])
    drawing.then("PAD", (1, 32, 32, 3), [[0, 0], [8, 8], [8, 8], [0, 0]])
    padded = drawing.tensor
    again = builder.tensor((1, 32, 32, 3), "float32", "again")
    builder.op("RESIZE_BILINEAR", [padded, size], [again])
    drawing.tensor = again
    return drawing


WRONG: dict[str, tuple[Callable[[Drawing], Drawing], str]] = {
    "an unknown operator": (lambda d: d.then("COS", SHAPE), "operator 108 does at another size"),
    "a size from nowhere": (lambda d: d.pooled().resized((11, 11)), "not clear what 11x11 becomes"),
    "two maps that part": (two_sizes_in_one, r"would differ in size|not clear"),
    "one size for two": (shared_size, "not clear what 32x32 becomes|cannot share"),
    "height and width mixed": (
        lambda d: d.then("RESHAPE", (1, 16, 48), [1, 16, 48], options=reshaping((1, 16, 48))),
        "mixes height and width|unknown way",
    ),
    "all in a row": (
        lambda d: d.then("RESHAPE", (1, 32, 8, 3), [1, 32, 8, 3], options=reshaping((1, 32, 8, 3))),
        "unknown way",
    ),
    "too low a map": (lambda d: d.pooled(side=5).pooled(side=3), "needs a larger map"),
    "sums of maps": (
        lambda d: d.pooled().then("ADD", SHAPE, others=(d.image,)),
        "would differ in size",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_follow_is_said(tmp_path: Path, case: str) -> None:
    draw, words = WRONG[case]
    model = draw(Drawing()).write(tmp_path / "m.tflite")
    heights = {"too low a map": 4, "two maps that part": 7}
    with pytest.raises(ModelError, match=words):
        resize(model, model.ops, (heights.get(case, 8), 16))


def test_sizes_that_are_computed_in_the_graph_are_told(tmp_path: Path) -> None:
    drawing = Drawing()
    builder = drawing.builder
    size = builder.tensor((2,), "int32", "computed")
    out = builder.tensor((1, 32, 32, 3), "float32", "resized")
    builder.op("RESIZE_BILINEAR", [drawing.image, size], [out])
    drawing.tensor = out
    model = drawing.write(tmp_path / "m.tflite")
    with pytest.raises(ModelError, match="computes its own sizes"):
        resize(model, model.ops, (8, 16))


def test_at_the_size_it_has_nothing_is_written(tmp_path: Path) -> None:
    path = tmp_path / "m.tflite"
    model = Drawing().then("COS", SHAPE).write(path)
    shapes = resize(model, model.ops, (16, 16))
    assert shapes[model.outputs[0]] == SHAPE
    assert model.written() == path.read_bytes()


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="damaged"):
        StoredModel(truncated_model(tmp_path / "m.tflite", 0.4).read_bytes())


def test_a_setting_that_the_file_does_not_have_is_told(tmp_path: Path) -> None:
    model = Drawing().then("COS", SHAPE).write(tmp_path / "m.tflite")
    with pytest.raises(ModelError, match="is not in the file"):
        model.set_option(model.ops[0], 3, 7)
