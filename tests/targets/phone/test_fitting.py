"""Which file goes to the phone: the model, or what was made of it to fit the frames."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.errors import ModelError
from studio.inference.model import ModelOverrides, SessionOptions
from studio.inference.segmenter import Segmenter
from studio.paths import shipped_models_dir, workspace_dir
from studio.targets.phone.fitting import file_sha256, fit_model
from tests.support.models import logits_model

FRAME = SessionOptions(input_fit="frame")
SHIPPED = "jejunet_fast_289_int8.tflite"


def test_a_model_goes_as_it_is_unless_it_is_to_fit(tmp_path: Path) -> None:
    path = logits_model(tmp_path / "m.tflite")
    for options, size in ((SessionOptions(), (72, 128)), (FRAME, None)):
        fitted = fit_model(path, options, size)
        assert (fitted.path, fitted.warning) == (path, "")
        assert fitted.options.input_fit == "model"


def test_a_model_that_fits_the_frames_is_a_file_of_its_own() -> None:
    path = shipped_models_dir() / SHIPPED
    options = SessionOptions(input_fit="frame", overrides=ModelOverrides(channel_order="bgr"))
    fitted = fit_model(path, options, (720, 1280))
    assert fitted.path.is_relative_to(workspace_dir())
    assert file_sha256(fitted.path) != file_sha256(path)
    assert fitted.options.overrides == ModelOverrides(), "its card has them"
    segmenter = Segmenter(fitted.path, fitted.options)
    height, width = segmenter.wiring.choices.input_size
    assert width == 289
    assert 1.6 < width / height < 1.9
    assert segmenter.wiring.choices.channel_order == "bgr"


def test_a_model_that_cannot_fit_goes_as_it_is_and_says_why(tmp_path: Path) -> None:
    path = logits_model(tmp_path / "m.tflite", layout="NCHW")
    fitted = fit_model(path, FRAME, (72, 128))
    assert fitted.path == path
    assert "cannot follow the shape" in fitted.warning


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be read"):
        fit_model(tmp_path / "absent.tflite", FRAME, (72, 128))
