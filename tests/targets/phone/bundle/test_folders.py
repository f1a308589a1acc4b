from __future__ import annotations

import os
from pathlib import Path

import pytest

from studio.errors import OutputError
from studio.targets.phone.bundle.folders import complete_folder, remove_leftovers, work_folder


def test_a_folder_appears_when_it_is_complete(tmp_path: Path) -> None:
    place = tmp_path / "new" / "place"

    with complete_folder(place) as fresh:
        (fresh / "a").touch()
        assert not place.exists()

    assert [path.name for path in place.iterdir()] == ["a"]
    assert list(place.parent.iterdir()) == [place]


def test_a_folder_that_fails_never_appears_and_the_old_one_stays(tmp_path: Path) -> None:
    place = tmp_path / "place"
    place.mkdir()
    (place / "old").touch()

    with pytest.raises(OutputError), complete_folder(place) as fresh:
        (fresh / "missing" / "half").touch()

    assert [path.name for path in place.iterdir()] == ["old"]
    assert list(tmp_path.iterdir()) == [place]


def test_a_folder_replaces_an_old_one(tmp_path: Path) -> None:
    place = tmp_path / "place"
    place.mkdir()
    (place / "old").touch()

    with complete_folder(place) as fresh:
        (fresh / "new").touch()

    assert [path.name for path in place.iterdir()] == ["new"]
    assert list(tmp_path.iterdir()) == [place]


def test_what_another_process_finished_first_is_kept(tmp_path: Path) -> None:
    """It may be in use already; two folders of one name have one content."""
    place = tmp_path / "place"

    with complete_folder(place):
        place.mkdir()
        (place / "theirs").touch()

    assert [path.name for path in place.iterdir()] == ["theirs"]
    assert list(tmp_path.iterdir()) == [place]


def test_a_place_that_is_taken_by_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(OutputError, match="Could not write"), work_folder(tmp_path / "file"):
        pass


def test_leftovers_of_killed_processes_go_but_not_what_is_being_unpacked(tmp_path: Path) -> None:
    for name in (".work-1", ".bundle-1.77-abc", ".bundle-2.78-abc", "bundle-1"):
        (tmp_path / name / "inside").mkdir(parents=True)
    (tmp_path / ".packed.part").touch()
    for name in (".bundle-1.77-abc", ".packed.part", "bundle-1"):
        os.utime(tmp_path / name, (0, 0))

    remove_leftovers(tmp_path)

    assert {path.name for path in tmp_path.iterdir()} == {".bundle-2.78-abc", "bundle-1"}
