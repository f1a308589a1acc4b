"""A model that is made to fit the frame says what it said before, of a picture without bars."""

from __future__ import annotations

import functools
from dataclasses import replace
from pathlib import Path
from typing import Any

import ai_edge_litert.interpreter as litert
import numpy as np
import pytest
from numpy.typing import NDArray

from studio.errors import ModelError
from studio.inference.adapted import AdaptedModel, ModelAdapter
from studio.inference.choices import Choices
from studio.inference.model import SessionOptions
from studio.inference.segmenter import Segmenter
from studio.opencv import cv2
from tests.support.checkout import ROOT
from tests.support.shared_data import CAT, CORAL, CORAL_HALF, FLOAT_257, JEJUNET, shared_data
from tests.support.small_deeplab import small_deeplab

FRAME = SessionOptions(input_fit="frame")
SHIPPED = sorted((ROOT / "models").glob("jejunet_fast_*.tflite"))  # the others are laid out alike


@functools.cache
def choices_of(path: Path) -> Choices:
    return Segmenter(path).wiring.choices


def no_run(_content: bytes) -> NDArray[np.float32]:
    raise AssertionError("nothing is run on bars here")


@functools.cache
def adapter_of(path: Path) -> ModelAdapter:
    """How a model is made to fit, as an opened one does it."""
    adapter = Segmenter(path, FRAME)._adapter
    assert adapter is not None
    return adapter


class Plain:
    """A model on the runtime's own operators, whose inner tensors can be read.

    Args:
        model: path, or content.
        input_shape: to set; the file's when None.
    """

    def __init__(self, model: Path | bytes, input_shape: tuple[int, ...] | None = None) -> None:
        source = {"model_path": str(model)} if isinstance(model, Path) else {"model_content": model}
        self.interpreter: Any = litert.Interpreter(
            **source,
            experimental_preserve_all_tensors=True,
            experimental_op_resolver_type=litert.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
        )
        self._input = self.interpreter.get_input_details()[0]
        if input_shape is not None:
            self.interpreter.resize_tensor_input(self._input["index"], input_shape)
        self.interpreter.allocate_tensors()

    def run(self) -> None:
        shape = self.interpreter.get_input_details()[0]["shape"]
        values = np.random.default_rng(0).integers(0, 256, shape)
        if self._input["dtype"] == np.float32:
            values = values / 127.5 - 1
        elif self._input["dtype"] == np.int8:
            values = values - 128
        self.interpreter.set_tensor(self._input["index"], values.astype(self._input["dtype"]))
        self.interpreter.invoke()

    def tensor(self, name: str) -> NDArray[Any]:
        """The computed tensor of a name."""
        details = self.interpreter.get_tensor_details()
        index = next(entry["index"] for entry in details if entry["name"] == name)
        values: NDArray[Any] = self.interpreter.get_tensor(index)
        return values

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of each tensor, by its name."""
        details = self.interpreter.get_tensor_details()
        return {entry["name"]: tuple(entry["shape"].tolist()) for entry in details}

    @property
    def output_name(self) -> str:
        return str(self.interpreter.get_output_details()[0]["name"])


def published_and_shipped() -> list[Any]:
    published = [CORAL, CORAL_HALF, FLOAT_257, JEJUNET]
    return [*published, *(pytest.param(path, id=path.stem) for path in SHIPPED)]


def located(model: str | Path) -> Path:
    return model if isinstance(model, Path) else shared_data(model)


@pytest.mark.parametrize("model", published_and_shipped())
def test_at_its_own_size_a_cut_model_gives_the_same_scores_to_the_bit(model: str | Path) -> None:
    path = located(model)
    choices = choices_of(path)
    cut = Plain(adapter_of(path).adapted(choices.input_size).content)
    whole = Plain(path)
    cut.run()
    whole.run()
    scores = cut.tensor(cut.output_name)
    assert scores.shape[-1] == len(choices.labels)
    np.testing.assert_array_equal(scores, whole.tensor(cut.output_name))


@pytest.mark.parametrize("model", published_and_shipped())
@pytest.mark.parametrize("frame_size", [(720, 1280), (480, 640), (1080, 2520), (1280, 720)])
def test_the_sizes_written_in_the_file_are_those_that_the_runtime_finds(
    model: str | Path, frame_size: tuple[int, int]
) -> None:
    path = located(model)
    adapter = adapter_of(path)
    adapted = adapter.adapted(adapter.input_size(frame_size))
    # The runtime works out the shapes of all that is computed when it allocates.
    written = _stored_shapes(adapted)
    found = Plain(adapted.content).shapes()
    assert adapted.output_shape == found[Plain(adapted.content).output_name]
    computed = {name for name, shape in found.items() if name in written}
    assert len(computed) > 50
    assert {name: found[name] for name in computed} == {name: written[name] for name in computed}


def _stored_shapes(adapted: AdaptedModel) -> dict[str, tuple[int, ...]]:
    from studio.inference.flatbuffer import Table

    graph = Table.root(adapted.content).tables(2)[0]
    used = {
        int(index) for op in graph.tables(3) for field in (1, 2) for index in op.array(field, "<i4")
    }
    return {
        tensor.text(3): tuple(tensor.array(0, "<i4").tolist())
        for index, tensor in enumerate(graph.tables(0))
        if index in used
    }


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_but_for_what_it_is_told_of_bars_a_model_runs_as_if_the_runtime_had_resized_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio.inference.adapted._BARS_MATTER_BELOW", 0)
    adapter = ModelAdapter(path, choices_of(path), no_run)
    size = adapter.input_size((720, 1280))
    adapted = Plain(adapter.adapted(size).content)
    resized = Plain(path, (1, *size, 3))
    adapted.run()
    resized.run()
    name = adapted.output_name
    np.testing.assert_array_equal(adapted.tensor(name), resized.tensor(name))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_told_of_bars_a_model_says_more_nearly_what_it_said_amid_them(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image: NDArray[Any] = cv2.imread(str(shared_data(CAT)))
    own = Segmenter(path).scores(image)
    told = Segmenter(path, FRAME).scores(image)
    monkeypatch.setattr("studio.inference.adapted._BARS_MATTER_BELOW", 0)
    untold = Segmenter(path, FRAME).scores(image)
    rows = own.values.shape[0] // 2  # of the frame alone, its lower edge left out
    expected, *found = (output.values[:rows].astype(float) for output in (own, told, untold))
    assert np.abs(found[0] - expected).mean() < np.abs(found[1] - expected).mean()


def test_a_model_that_stretches_frames_is_told_of_no_bars() -> None:
    path = SHIPPED[0]
    stretching = replace(choices_of(path), fit="stretch")
    ModelAdapter(path, stretching, no_run).adapted((177, 289))
    with pytest.raises(AssertionError, match="nothing is run on bars"):
        ModelAdapter(path, choices_of(path), no_run).adapted((177, 289))


def test_a_model_file_that_goes_away_meanwhile_is_told(tmp_path: Path) -> None:
    path = small_deeplab(tmp_path / "m.tflite")
    choices = choices_of(path)
    path.unlink()
    with pytest.raises(ModelError, match="cannot be read"):
        ModelAdapter(path, choices, no_run)
