"""What playback tells of the network's input is what the network gets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from studio.inference.model import InputFit, ModelInfo, SessionOptions
from studio.playback.messages import ModelChanged, ModelOpened, OpenModel, decode_reply, encode
from studio.temporal.spec import OFF, TemporalSpec
from studio.video.image_writer import write_image
from tests.support.models import logits_model
from tests.support.moving import moving_clip, moving_frame
from tests.support.producing import Window
from tests.support.small_deeplab import small_deeplab

_SPEC = TemporalSpec(difference_limit=20.0, longest_gap=5)


def _tall_clip(folder: Path) -> Path:
    folder.mkdir()
    for index in range(3):
        write_image(folder / f"{index}.png", np.rot90(moving_frame(index)).copy())
    return folder


def _open(window: Window, path: Path, input_fit: InputFit) -> ModelInfo:
    window.producer.obey(OpenModel(str(path), SessionOptions(input_fit=input_fit)))
    return window.wait_for(ModelOpened).info


def _play(window: Window) -> None:
    window.cue(0)
    while window.take() is not None:
        pass


def _changes(window: Window) -> list[ModelInfo]:
    return [reply.info for reply in window.others if isinstance(reply, ModelChanged)]


@pytest.mark.parametrize("spec", [OFF, _SPEC], ids=["alone", "carried"])
def test_another_input_is_told_once_with_the_first_frame_of_its_shape(
    tmp_path: Path, spec: TemporalSpec
) -> None:
    with Window() as window:
        window.set_temporal(spec)
        window.open_video(moving_clip(tmp_path / "clip", 6))
        opened = _open(window, small_deeplab(tmp_path / "net.tflite"), "frame")
        assert opened.input_height == opened.input_width
        window.cue(0)
        assert window.take() is not None
        assert len(_changes(window)) == 1, "told before the frame that it is true of"
        _play(window)
        (wide,) = _changes(window)
        assert wide.input_width == opened.input_width
        assert wide.input_height < opened.input_height
        window.open_video(_tall_clip(tmp_path / "tall"))
        _play(window)
        _, tall = _changes(window)
        assert (tall.input_width, tall.input_height) == (wide.input_height, wide.input_width)
        assert decode_reply(encode(ModelChanged(tall))) == ModelChanged(tall)


def test_nothing_is_told_of_an_input_that_stays(tmp_path: Path) -> None:
    net = small_deeplab(tmp_path / "net.tflite")
    fixed = logits_model(tmp_path / "fixed.tflite", layout="NCHW")
    with Window() as window:
        window.open_video(moving_clip(tmp_path / "clip", 3))
        _open(window, net, "model")
        _play(window)
        info = _open(window, fixed, "frame")
        assert any("cannot follow" in warning for warning in info.warnings)
        _play(window)
        assert _changes(window) == []
