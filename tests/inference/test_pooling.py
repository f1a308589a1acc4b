"""Image pooling that is told of bars gives what it gave when they were there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ai_edge_litert.interpreter as litert
import ai_edge_litert.schema_py_generated as schema
import numpy as np
import pytest
from numpy.typing import NDArray

from studio.inference.pooling import pooled_branches, tell_of_bars
from studio.inference.resizing import resize
from studio.inference.stored_model import StoredModel
from tests.support.models import InputType, logits_model
from tests.support.small_deeplab import small_deeplab
from tests.support.tflite_builder import TfliteBuilder

_BAR, _FRAME = 0.5, np.array([-0.6, 0.2, 0.9])


def run(content: bytes, height: int, frame_rows: int) -> NDArray[np.float64]:
    """What a model says of a frame above a bar, as real numbers."""
    plain = litert.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    interpreter: Any = litert.Interpreter(
        model_content=content, experimental_op_resolver_type=plain
    )
    interpreter.allocate_tensors()
    [source] = interpreter.get_input_details()
    [output] = interpreter.get_output_details()
    picture = np.full((1, height, 64, 3), _BAR)
    picture[:, :frame_rows] = _FRAME
    scale, middle = source["quantization"]
    if scale:
        picture = np.round(picture / scale) + middle
    interpreter.set_tensor(source["index"], picture.astype(source["dtype"]))
    interpreter.invoke()
    values: NDArray[np.float64] = interpreter.get_tensor(output["index"]).astype(np.float64)
    scale, middle = output["quantization"]
    return (values - middle) * scale if scale else values


def told(path: Path, height: int) -> bytes:
    """A model of 64 x 64 pixels with a lower input that was told of the bar it lost."""
    model = StoredModel(path.read_bytes())
    [branch] = pooled_branches(model, model.ops)
    resize(model, model.ops, (height, 64))
    tell_of_bars(model, branch, height / 64, np.full(3, _BAR, np.float32))
    return model.written()


@pytest.mark.parametrize("dtype", ["float32", "int8", "uint8"])
@pytest.mark.parametrize("height", [16, 36, 64])
def test_the_pool_says_of_a_frame_what_it_said_of_frame_and_bar(
    tmp_path: Path, dtype: InputType, height: int
) -> None:
    path = logits_model(tmp_path / "m.tflite", input_size=64, grid=1, dtype=dtype)
    expected = run(path.read_bytes(), 64, height)
    found = run(told(path, height), height, height)
    tolerance = 1e-5 if dtype == "float32" else 2.5 * 5 / 128  # steps of the output
    np.testing.assert_allclose(found, expected, atol=tolerance)
    if height == 16:
        untold = StoredModel(path.read_bytes())
        resize(untold, untold.ops, (height, 64))
        assert np.abs(run(untold.written(), height, height) - expected).max() > 5 * tolerance


def half_floats(path: Path) -> Path:
    """A mean and a convolution whose weights are stored as half floats, as converters write."""
    builder = TfliteBuilder()
    image = builder.tensor((1, 64, 64, 3), "float32", "image")
    pooled = builder.tensor((1, 1, 1, 3), "float32", "pooled")
    axes = builder.constant(np.array([1, 2], np.int32), "axes")
    reducer = schema.ReducerOptionsT()
    reducer.keepDims = True
    builder.op("MEAN", [image, axes], [pooled], reducer)
    weights = np.random.default_rng(0).normal(0, 1, (5, 1, 1, 3))
    constants = []
    for values in (weights, np.arange(5.0)):
        stored = builder.constant(values.astype(np.float16), "half")
        constants.append(builder.tensor(values.shape, "float32", "full"))
        builder.op("DEQUANTIZE", [stored], [constants[-1]])
    options = schema.Conv2DOptionsT()
    options.padding = schema.Padding.VALID
    options.strideH = options.strideW = 1
    scores = builder.tensor((1, 1, 1, 5), "float32", "scores")
    builder.op("CONV_2D", [pooled, *constants], [scores], options)
    return builder.write(path, [image], [scores])


def test_a_mean_and_half_floats_are_told_as_well(tmp_path: Path) -> None:
    path = half_floats(tmp_path / "m.tflite")
    expected = run(path.read_bytes(), 64, 36)
    np.testing.assert_allclose(run(told(path, 36), 36, 36), expected, atol=0.01)


def test_a_pool_whose_taker_cannot_be_told_is_left_alone(tmp_path: Path) -> None:
    model = StoredModel(small_deeplab(tmp_path / "m.tflite").read_bytes())
    assert pooled_branches(model, model.ops) == ()  # its pool goes into a resize


def test_pools_over_parts_of_a_map_are_none_of_it(tmp_path: Path) -> None:
    model = StoredModel(logits_model(tmp_path / "m.tflite").read_bytes())
    assert pooled_branches(model, model.ops) == ()
