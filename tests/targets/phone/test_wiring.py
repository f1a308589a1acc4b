"""What the phone is told of a model is what this computer does with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from studio.errors import ModelError
from studio.inference.model import ModelOverrides, SessionOptions
from studio.inference.segmenter import Segmenter
from studio.targets.computer import ComputerTarget
from studio.targets.phone.spec import PhoneOptions
from studio.targets.phone.wire import MASKS_AT_MODEL_SIZE, XNNPACK, Open
from studio.targets.phone.wiring import open_message
from studio.targets.phone_target import PhoneTarget
from studio.video.frame import Frame
from tests.phone_lab.phone import LabPhone
from tests.support.models import (
    binary_model,
    labels_model,
    logits_model,
    picture,
    raw_pixels_model,
    two_output_model,
)


def said_of(path: Path, overrides: ModelOverrides | None = None) -> tuple[Segmenter, Open]:
    segmenter = Segmenter(path, SessionOptions(overrides=overrides or ModelOverrides()))
    message = open_message(
        segmenter.wiring, "/m", threads=3, xnnpack=True, cpu_mask=0xF0, warm_up=2
    )
    return segmenter, message


def test_logits_of_an_int8_model(tmp_path: Path) -> None:
    _, said = said_of(logits_model(tmp_path / "m.tflite", dtype="int8"))
    assert (said.model, said.threads, said.cpu_mask, said.warm_up) == ("/m", 3, 0xF0, 2)
    assert said.flags == XNNPACK
    assert (said.input_type, said.output_kind, said.classes) == (3, 0, 21)
    assert (said.input_size, said.grid_size) == ((65, 65), (13, 13))
    assert said.swaps
    assert (said.channels_first, said.output_channels_first, said.align_corners) == (False,) * 3
    table = np.frombuffer(said.table, np.int8).reshape(256, 3)
    np.testing.assert_array_equal(table[:, 0], np.arange(-128, 128))
    assert said.padding == b"\0"


def test_float_tables_have_four_bytes_a_value(tmp_path: Path) -> None:
    _, said = said_of(logits_model(tmp_path / "m.tflite"))
    table = np.frombuffer(said.table, np.float32).reshape(256, 3)
    np.testing.assert_allclose(table[:, 1], np.arange(256) / 127.5 - 1, atol=1e-6)
    assert said.padding == bytes(4)


def test_overrides_are_passed_on(tmp_path: Path) -> None:
    overrides = ModelOverrides(channel_order="bgr", logits_grid="align_corners")
    _, said = said_of(logits_model(tmp_path / "m.tflite"), overrides)
    assert not said.swaps
    assert said.align_corners


def test_thresholds_are_in_stored_units(tmp_path: Path) -> None:
    _, said = said_of(binary_model(tmp_path / "m.tflite", dtype="uint8", probability=True))
    assert said.output_kind == 2
    assert said.threshold == pytest.approx(128.0)


def test_label_maps_of_the_grid_are_asked_for(tmp_path: Path) -> None:
    segmenter = Segmenter(labels_model(tmp_path / "m.tflite"))
    said = open_message(
        segmenter.wiring,
        "/m",
        threads=1,
        xnnpack=False,
        cpu_mask=0,
        warm_up=0,
        masks_at_model_size=True,
    )
    assert said.flags == MASKS_AT_MODEL_SIZE
    assert said.output_kind == 1


@pytest.mark.parametrize(
    "build",
    [
        lambda path: logits_model(path, layout="NCHW"),
        lambda path: labels_model(path, flat=True),
        lambda path: binary_model(path, dtype="int8"),
    ],
    ids=["logits", "labels", "binary"],
)
def test_label_maps_here_are_the_winners_of_the_grid(
    tmp_path: Path, build: Callable[[Path], Path]
) -> None:
    segmenter = Segmenter(build(tmp_path / "m.tflite"))
    labels = np.random.default_rng(3).integers(0, 2, (13, 13)).astype(np.uint8)
    size = segmenter.wiring.choices.input_size[0]
    grid = segmenter.wiring.choices.output.grid
    image = picture(labels, 5)[:size, :size]
    mask, _ = segmenter.segment(image)
    label_map = segmenter.wiring.label_map(segmenter.output())
    assert label_map.shape == grid
    assert label_map.dtype == np.uint8
    if grid == (13, 13):
        np.testing.assert_array_equal(label_map, labels)
        np.testing.assert_array_equal(label_map, mask[2::5, 2::5])


def test_what_the_wire_has_no_words_for_is_refused(tmp_path: Path) -> None:
    wiring = Segmenter(logits_model(tmp_path / "m.tflite")).wiring
    other = replace(wiring, input=replace(wiring.input, dtype="float16"))
    with pytest.raises(ModelError, match="one of float16"):
        open_message(other, "/m", threads=1, xnnpack=True, cpu_mask=0, warm_up=0)
    image = replace(wiring.choices.image, height=70_000)
    other = replace(wiring, choices=replace(wiring.choices, image=image))
    with pytest.raises(ModelError, match="smaller input"):
        open_message(other, "/m", threads=1, xnnpack=True, cpu_mask=0, warm_up=0)


def test_models_of_all_kinds_give_this_computers_masks_on_the_phone(
    lab_phone: LabPhone, tmp_path: Path
) -> None:
    models = {
        "channels first": logits_model(tmp_path / "nchw.tflite", layout="NCHW"),
        "open size": logits_model(tmp_path / "open.tflite", input_size=257, dynamic=True),
        "labels": labels_model(tmp_path / "labels.tflite", flat=True),
        "chance": binary_model(tmp_path / "binary.tflite", dtype="uint8", probability=True),
        "raw": raw_pixels_model(tmp_path / "raw.tflite", "int8"),
        "two": two_output_model(tmp_path / "two.tflite"),
    }
    rng = np.random.default_rng(5)
    labels = rng.integers(0, 21, (9, 13))
    image = picture(labels, 7) // 2 + rng.integers(0, 90, (63, 91, 3), np.uint8)
    frame = Frame(0, 0.0, image, 0.0)
    for name, model in models.items():
        here = ComputerTarget().open(model, SessionOptions())
        there = PhoneTarget(lab_phone.serial, PhoneOptions(warm_up=0)).open(model, SessionOptions())
        try:
            same = there.segment(frame).mask == here.segment(frame).mask
            assert same.mean() >= 0.999, name
        finally:
            there.close()
            here.close()
