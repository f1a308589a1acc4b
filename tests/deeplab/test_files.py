"""A network comes back from its file as it was, or the file says what is wrong with it."""

from __future__ import annotations

import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest

from studio.deeplab.files import LoadedNetwork, load_network, save_network
from studio.errors import ModelError, OutputError
from tests.support.full_disk import full_disk
from tests.support.networks import lively_network, pictures, tiny_spec

LABELS = ("background", "cat", "dog", "sofa")


@pytest.fixture(scope="module")
def network() -> LoadedNetwork:
    return lively_network(tiny_spec(decoder_filters=8, atrous_rates=(2,)))


@pytest.fixture
def saved(network: LoadedNetwork, tmp_path: Path) -> Path:
    path = tmp_path / "network.keras"
    save_network(network.model, network.spec, path, LABELS, origin="nowhere", has_head=False)
    return path


def test_a_network_comes_back_as_it_was(network: LoadedNetwork, saved: Path) -> None:
    again = load_network(saved, norm="frozen")
    assert again.spec == network.spec
    assert (again.labels, again.origin, again.has_head) == (LABELS, "nowhere", False)
    image = pictures((33, 33))
    np.testing.assert_allclose(again.model(image), network.model(image), atol=1e-6)
    assert again.model.get_layer("stem").norm == "frozen"


def test_it_comes_back_at_another_size(network: LoadedNetwork, saved: Path) -> None:
    again = load_network(saved, size=(65, 97))
    assert again.model.input_shape == (None, 65, 97, 3)
    assert again.spec == network.spec
    for came, was in zip(again.model.get_weights(), network.model.get_weights(), strict=True):
        np.testing.assert_array_equal(came, was)


def test_keras_itself_can_open_the_file(network: LoadedNetwork, saved: Path) -> None:
    image = pictures((33, 33))
    theirs = keras.saving.load_model(saved, compile=False)
    np.testing.assert_allclose(theirs(image), network.model(image), atol=1e-6)


def test_classes_without_names_get_some(network: LoadedNetwork, tmp_path: Path) -> None:
    save_network(network.model, network.spec, tmp_path / "x.keras")
    assert load_network(tmp_path / "x.keras").labels == ("class 0", "class 1", "class 2", "class 3")


def test_on_a_full_disk_the_old_file_stays(network: LoadedNetwork, saved: Path) -> None:
    before = saved.read_bytes()
    # Not in a fixture, whose end comes after the report's own lines, which may go to a file too.
    with full_disk(20_000), pytest.raises(OutputError, match="Could not write"):
        save_network(network.model, network.spec, saved)
    assert saved.read_bytes() == before
    assert list(saved.parent.glob(".*")) == []


@pytest.mark.parametrize("place", ["", "nowhere/x.keras"])
def test_a_place_that_cannot_be_written_is_named(
    network: LoadedNetwork, tmp_path: Path, place: str
) -> None:
    with pytest.raises(OutputError, match=str(tmp_path)):
        save_network(network.model, network.spec, tmp_path / place)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="There is no network"):
        load_network(tmp_path / "none.keras")


def test_a_folder_is_no_network(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="is a folder"):
        load_network(tmp_path)


def test_another_programs_file_is_refused_in_words(tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    model.save(tmp_path / "other.keras")
    with pytest.raises(ModelError, match="none of this studio's"):
        load_network(tmp_path / "other.keras")


@pytest.mark.parametrize("bytes_kept", [0, 10, 3000])
def test_a_file_that_was_cut_off_is_refused_in_words(saved: Path, bytes_kept: int) -> None:
    saved.write_bytes(saved.read_bytes()[:bytes_kept])
    with pytest.raises(ModelError, match="cut off"):
        load_network(saved)


def _rewritten(path: Path, name: str, content: bytes) -> None:
    with zipfile.ZipFile(path) as archive:
        files = {entry: archive.read(entry) for entry in archive.namelist()}
    files[name] = content
    with zipfile.ZipFile(path, "w") as archive:
        for entry, text in files.items():
            archive.writestr(entry, text)


@pytest.mark.parametrize(
    "description",
    [
        b"{",
        b"{}",
        b'{"network": {"width": 9}, "labels": ["a", "b"]}',
        b'{"network": {"depth": 9, "classes": 2}, "labels": ["a", "b", "c"]}',
        b'{"network": {}, "labels": ["a", "b"]}',
        b'{"schema": 99, "network": {"classes": 2}, "labels": ["a", "b"]}',
    ],
)
def test_a_description_of_an_unknown_network_is_refused(saved: Path, description: bytes) -> None:
    _rewritten(saved, "jejunet.json", description)
    with pytest.raises(ModelError, match="cannot build"):
        load_network(saved)


def test_weights_of_another_network_are_refused(saved: Path) -> None:
    _rewritten(saved, "jejunet.json", b'{"network": {"classes": 2}, "labels": ["a", "b"]}')
    with pytest.raises(ModelError, match="do not fit"):
        load_network(saved)


def test_damaged_weights_are_refused(saved: Path) -> None:
    _rewritten(saved, "model.weights.h5", b"no weights at all")
    with pytest.raises(ModelError, match="damaged"):
        load_network(saved)
