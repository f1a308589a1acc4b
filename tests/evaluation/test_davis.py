"""Videos with foreground masks are found, and it is known or said what their foreground is."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.classes import VOC_LABELS
from studio.errors import InputError, SpecError
from studio.evaluation.davis import KNOWN_FOREGROUNDS, find_davis, read_sequences
from tests.evaluation.painted_videos import painted_davis
from tests.support.datasets import make_voc
from tests.support.shared_data import shared_data


def test_the_layout_is_found_from_the_folder_and_from_above(tmp_path: Path) -> None:
    root = painted_davis(tmp_path, {"dog": [12, 12]})
    assert find_davis(root) == root
    assert find_davis(tmp_path) == root
    assert find_davis(make_voc(tmp_path / "other", images=2, val=1)) is None


def test_known_videos_need_no_file_and_others_are_left_out(tmp_path: Path) -> None:
    root = painted_davis(tmp_path, {"dog": [12, 12], "my-cat": [8], "car-turn": [7]})
    sequences, left_out = read_sequences(root)
    assert [(each.name, each.foreground) for each in sequences] == [
        ("car-turn", ("car",)),
        ("dog", ("dog",)),
    ]
    assert left_out == ["my-cat"]
    assert [frame.name for frame in sequences[1].frames] == ["dog/00000", "dog/00001"]


def test_what_is_known_are_classes_of_voc() -> None:
    assert {name for names in KNOWN_FOREGROUNDS.values() for name in names} <= set(VOC_LABELS)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("foreground.toml", 'my-cat = ["cat"]\ndog = []\n'),
        ("foreground.json", '{"my-cat": ["cat"], "dog": []}'),
    ],
)
@pytest.mark.parametrize("is_beside", [True, False])
def test_a_file_says_it(tmp_path: Path, name: str, text: str, is_beside: bool) -> None:
    root = painted_davis(tmp_path, {"dog": [12], "my-cat": [8]})
    path = (root if is_beside else tmp_path) / name
    path.write_text(text)
    sequences, left_out = read_sequences(root, "" if is_beside else str(path))
    assert [(each.name, each.foreground) for each in sequences] == [("my-cat", ("cat",))]
    assert left_out == ["dog"]


def test_names_stand_for_all_videos(tmp_path: Path) -> None:
    root = painted_davis(tmp_path, {"one": [12], "two": [8]})
    sequences, left_out = read_sequences(root, "cat, dog")
    assert [each.foreground for each in sequences] == [("cat", "dog")] * 2
    assert left_out == []


def test_unknown_videos_alone_are_an_error_that_says_how_to_mend_it(tmp_path: Path) -> None:
    root = painted_davis(tmp_path, {"mine": [12]})
    with pytest.raises(InputError, match=r"none of the 1 videos") as caught:
        read_sequences(root)
    assert "foreground.toml" in caught.value.remedy


@pytest.mark.parametrize("text", ["dog", '{"dog": "dog"}', "[1]", '{"dog": [1]}', None])
def test_a_file_that_cannot_be_understood_is_named(tmp_path: Path, text: str | None) -> None:
    root = painted_davis(tmp_path, {"dog": [12]})
    path = tmp_path / "classes.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(SpecError, match=r"classes\.json does not say"):
        read_sequences(root, str(path))


def test_a_frame_without_a_mask_is_named(tmp_path: Path) -> None:
    root = painted_davis(tmp_path, {"dog": [12, 12]})
    (root / "Annotations" / "480p" / "dog" / "00001.png").unlink()
    with pytest.raises(InputError, match=r"dog has no mask for dog/00001"):
        read_sequences(root)
    (root / "Annotations" / "480p" / "dog" / "00001.png").touch()
    for image in (root / "JPEGImages" / "480p" / "dog").iterdir():
        image.unlink()
    with pytest.raises(InputError, match=r"dog has no frames"):
        read_sequences(root)


def test_the_shared_videos_are_all_known() -> None:
    sequences, left_out = read_sequences(shared_data("DAVIS"))
    assert len(sequences) == 8
    assert left_out == []
    assert all(len(each.frames) >= 40 for each in sequences)
