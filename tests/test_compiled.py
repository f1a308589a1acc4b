"""Compiled loops are kept for the next start wherever there is a place to write."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import platformdirs
import pytest

from studio import compiled


def deny(monkeypatch: pytest.MonkeyPatch, *denied: Path) -> None:
    """Make folders look read-only; the superuser's tests could write to them all the same."""
    real = os.access
    monkeypatch.setattr(
        os,
        "access",
        lambda path, mode: (
            not any(Path(path).is_relative_to(folder) for folder in denied) and real(path, mode)
        ),
    )


@pytest.fixture
def _no_choice_yet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(platformdirs, "user_cache_dir", lambda *_, **__: tmp_path / "cache")
    monkeypatch.setenv("NUMBA_CACHE_DIR", "")  # so that it is put back afterwards
    monkeypatch.delenv("NUMBA_CACHE_DIR")


@pytest.mark.usefixtures("_no_choice_yet")
def test_a_package_that_can_be_written_keeps_them_beside_the_source() -> None:
    compiled._choose_cache_folder()
    assert "NUMBA_CACHE_DIR" not in os.environ


@pytest.mark.usefixtures("_no_choice_yet")
def test_a_read_only_package_keeps_them_in_the_users_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deny(monkeypatch, Path(compiled.__file__).parent)
    compiled._choose_cache_folder()
    assert Path(os.environ["NUMBA_CACHE_DIR"]) == tmp_path / "cache" / "compiled"
    assert (tmp_path / "cache" / "compiled").is_dir()


@pytest.mark.usefixtures("_no_choice_yet")
def test_without_a_users_cache_they_go_to_the_temporary_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path / "temporary"))
    deny(monkeypatch, Path(compiled.__file__).parent)
    compiled._choose_cache_folder()
    assert (tmp_path / "temporary") in Path(os.environ["NUMBA_CACHE_DIR"]).parents


@pytest.mark.usefixtures("_no_choice_yet")
def test_a_folder_that_the_user_chose_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", "/chosen")
    deny(monkeypatch, Path("/"))
    compiled._choose_cache_folder()
    assert os.environ["NUMBA_CACHE_DIR"] == "/chosen"
