"""Models are found by folder, told from other files, and named without doubt."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio import paths
from studio.errors import ModelError
from studio.inference.catalogue import default_model, find_model, list_models, scan_models
from tests.support.broken_models import impostors
from tests.support.models import (
    classifier_model,
    labels_model,
    logits_model,
    model_with_metadata,
    write_card,
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model folder of its own, the only one there is."""
    extra = tmp_path / "extra"
    (extra / "deep" / "er").mkdir(parents=True)
    shipped = tmp_path / "shipped" / "models"
    workspace = tmp_path / "workspace" / "models"
    for made in (shipped, workspace):
        made.mkdir(parents=True)
    monkeypatch.setattr(paths, "shipped_models_dir", lambda: shipped)
    monkeypatch.setattr(paths, "model_dirs", lambda: [shipped, workspace, extra])
    return extra


def shipped(folder: Path) -> Path:
    return folder.parent / "shipped" / "models"


def test_nothing_is_found_in_empty_folders(folder: Path) -> None:
    assert scan_models().models == ()
    assert default_model() is None
    with pytest.raises(ModelError, match=r"no model called x\. Give the path"):
        find_model("x")


def test_models_are_found_in_all_folders_shipped_ones_first(folder: Path) -> None:
    logits_model(folder / "deep" / "er" / "b.tflite")
    logits_model(folder.parent / "workspace" / "models" / "c.tflite", dtype="int8")
    labels_model(shipped(folder) / "z.tflite")
    entries = list_models()
    assert [(entry.name, entry.folder) for entry in entries] == [
        ("z", "shipped"),
        ("c", "workspace"),
        ("b", "extra"),
    ]
    assert entries[0].output_kind == "labels"
    assert entries[1].weight_bits == 8
    assert (entries[2].input_height, entries[2].input_width, entries[2].classes) == (65, 65, 21)
    assert entries[2].size_bytes == entries[2].path.stat().st_size


def test_classifiers_and_other_files_are_left_out(folder: Path) -> None:
    classifier_model(folder / "classifier.tflite")
    (folder / "notes.txt").write_text("no model")
    logits_model(folder / "m.tflite")
    assert [entry.name for entry in list_models()] == ["m"]


def test_broken_files_are_listed_apart(folder: Path) -> None:
    for name, (content, _) in impostors().items():
        (folder / f"{name}.tflite").write_bytes(content)
    logits_model(folder / "good.tflite")
    found = scan_models()
    assert [entry.name for entry in found.models] == ["good"]
    assert {broken.path.stem for broken in found.broken} == set(impostors())
    assert all(broken.problem for broken in found.broken)


def test_names_come_from_the_card_then_the_metadata_then_the_file(folder: Path) -> None:
    logits_model(folder / "a.tflite")
    write_card(folder / "a.tflite", name="From the card")
    model_with_metadata(folder / "b.tflite", ("x", "y"))
    logits_model(folder / "c.tflite")
    assert [entry.name for entry in list_models()] == ["c", "From the card", "Named inside"]


def test_a_card_that_cannot_be_used_is_told_and_the_model_still_listed(folder: Path) -> None:
    logits_model(folder / "a.tflite")
    write_card(folder / "a.tflite", fit="crop")
    (entry,) = list_models()
    assert entry.card is None
    assert "'fit'" in entry.problem


def test_a_model_that_leaves_its_size_open_is_listed(folder: Path) -> None:
    logits_model(folder / "a.tflite", dynamic=True)
    (entry,) = list_models()
    assert (entry.input_height, entry.input_width) == (-1, -1)


def test_a_model_is_found_by_path_file_stem_and_card_name(folder: Path) -> None:
    path = logits_model(folder / "deep" / "a.tflite")
    write_card(path, name="Pretty")
    for name in (path, str(path), "a.tflite", "a", "Pretty"):
        assert find_model(name) == path


def test_a_name_that_two_models_share_is_told_with_their_paths(folder: Path) -> None:
    one = logits_model(folder / "a.tflite")
    other = logits_model(folder / "deep" / "a.tflite")
    with pytest.raises(ModelError, match="2 models are called a") as caught:
        find_model("a")
    assert str(one) in caught.value.message
    assert str(other) in caught.value.message


def test_an_unknown_name_lists_what_there_is(folder: Path) -> None:
    logits_model(folder / "one.tflite")
    logits_model(folder / "two.tflite")
    with pytest.raises(ModelError, match=r"no model called three\. Choose one of: one, two"):
        find_model("three")
    with pytest.raises(ModelError, match="is a folder"):
        find_model(folder)


def test_the_default_is_shipped_before_small_before_large(folder: Path) -> None:
    large = logits_model(folder / "a.tflite", input_size=130, grid=26)
    assert default_model() == large
    labels_model(folder / "b.tflite", input_size=26)
    assert default_model() == large  # upsampling inside the graph costs more
    small = logits_model(folder / "c.tflite", input_size=65)
    assert default_model() == small
    own = logits_model(shipped(folder) / "d.tflite", input_size=260, grid=26)
    assert default_model() == own
    smaller = logits_model(shipped(folder) / "e.tflite", input_size=65)
    assert default_model() == smaller
    own.with_suffix(".json").write_text('{"recommended": true}')
    assert default_model() == own


def test_a_name_that_no_file_can_have_is_refused_in_words() -> None:
    with pytest.raises(ModelError, match="too long"):
        find_model("x" * 300)
