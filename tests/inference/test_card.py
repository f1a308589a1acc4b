"""Model cards: what they say is taken, what is wrong in them is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from studio.errors import ModelError
from studio.inference.card import card_path, read_card
from studio.inference.model import Normalization
from tests.support.models import write_card


def test_a_model_without_a_card_has_none(tmp_path: Path) -> None:
    assert read_card(tmp_path / "m.tflite") is None


def test_a_card_is_read_and_keys_of_the_future_are_left_alone(tmp_path: Path) -> None:
    model = tmp_path / "m.tflite"
    write_card(
        model,
        schema=1,
        name="Small",
        labels=["a", "b"],
        palette=[[0, 0, 0], [255, 0, 7]],
        normalization={"mean": [0, 0, 0], "std": [255, 255, 255]},
        fit="stretch",
        logits_grid="align_corners",
        channel_order="bgr",
        metrics={"miou": 0.62},
        recipe={"epochs": 4},
        flavour="vanilla",
    )
    card = read_card(model)
    assert card is not None
    assert card.name == "Small"
    assert card.labels == ("a", "b")
    assert card.palette == ((0, 0, 0), (255, 0, 7))
    assert card.normalization == Normalization((0.0, 0.0, 0.0), (255.0, 255.0, 255.0))
    assert (card.fit, card.logits_grid, card.channel_order) == ("stretch", "align_corners", "bgr")
    assert card.metrics == {"miou": 0.62}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"fit": "crop"}, r"'fit': invalid enum value 'crop'"),
        ({"labels": "cat"}, r"'labels': expected `array \| null`, got `str`"),
        ({"labels": ["a", 3]}, r"'labels\[1\]': expected `str`, got `int`"),
        ({"labels": []}, "'labels' must name 1 to 255 classes, not 0"),
        ({"palette": [[0, 0]]}, r"'palette\[0\]': expected `array` of length 3"),
        ({"palette": [[0, 0, 300]]}, "'palette' must hold values from 0 to 255"),
        (
            {"palette": [[0, 0, 0]], "labels": ["a", "b"]},
            "'palette' has 1 colours for 2 labels",
        ),
        (
            {"normalization": {"mean": [0, 0, 0], "std": [1, 0, 1]}},
            "'normalization.std' must not be 0",
        ),
        ({"input_size": [0, 5]}, "'input_size' must be height and width"),
        ({"schema": 99}, "has schema 99; this studio knows up to 1"),
    ],
)
def test_what_does_not_fit_is_named_with_its_key(
    tmp_path: Path, fields: dict[str, Any], words: str
) -> None:
    model = tmp_path / "m.tflite"
    write_card(model, **fields)
    with pytest.raises(ModelError, match=words) as caught:
        read_card(model)
    assert "m.json" in caught.value.message
    assert caught.value.remedy


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[1, 2]", b'"text"'])
def test_a_card_that_is_no_json_object_is_told(tmp_path: Path, content: bytes) -> None:
    model = tmp_path / "m.tflite"
    card_path(model).write_bytes(content)
    with pytest.raises(ModelError, match=r"not valid JSON|does not fit: expected `object`"):
        read_card(model)


def test_a_card_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    model = tmp_path / "m.tflite"
    card_path(model).mkdir()
    with pytest.raises(ModelError, match="cannot be read"):
        read_card(model)
