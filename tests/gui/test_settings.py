"""Settings survive damage, versions, and a second window."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QByteArray

from studio.gui.settings import LAYOUT_VERSION, Settings
from studio.inference.model import ModelOverrides, Normalization


def test_values_come_back_in_another_start(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "studio.ini"
    first = Settings(path)
    assert first.is_first_start
    first.theme = "light"
    first.runtime = "tflite-runtime"
    first.threads = 3
    first.input_fit = "frame"
    first.mark_started()
    first.set_last("video", "/videos/a b.mp4")
    first.sync()
    again = Settings(path)
    assert (again.theme, again.runtime, again.threads) == ("light", "tflite-runtime", 3)
    assert again.input_fit == "frame"
    assert not again.is_first_start
    assert again.last("video") == "/videos/a b.mp4"


@pytest.mark.parametrize(
    "content",
    [
        b"\x00\x01\x02 not text",
        b"[General]\ntheme=pink\nruntime=7\nthreads=-4\ninput_fit=round\n",
        b"theme\n[[[\n=\n",
        b"[window]\nversion=1\ngeometry=12\nlayout=@ByteArray(broken\n",
        b"",
    ],
)
def test_damaged_file_gives_defaults_and_can_be_written_again(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "studio.ini"
    path.write_bytes(content)
    damaged = Settings(path)
    assert damaged.theme == "system"
    assert damaged.runtime == "litert"
    assert damaged.threads == 1
    assert damaged.input_fit == "model"
    assert damaged.recent("videos") == []
    geometry, layout = damaged.window()
    assert geometry is None or isinstance(geometry, QByteArray)
    assert layout is None or isinstance(layout, QByteArray)
    damaged.theme = "dark"
    damaged.sync()
    assert Settings(path).theme == "dark"


def test_binary_rubbish_is_kept_aside_and_told(tmp_path: Path) -> None:
    path = tmp_path / "studio.ini"
    path.write_bytes(b"\0rubbish")
    assert "damaged" in Settings(path).problem
    assert path.with_suffix(".damaged").read_bytes() == b"\0rubbish"


def test_layout_of_another_version_is_not_restored(tmp_path: Path) -> None:
    path = tmp_path / "studio.ini"
    settings = Settings(path)
    settings.set_window(QByteArray(b"geometry"), QByteArray(b"layout"))
    settings.sync()
    assert Settings(path).window() == (QByteArray(b"geometry"), QByteArray(b"layout"))
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(f"version={LAYOUT_VERSION}", "version=0"), encoding="utf-8")
    assert Settings(path).window() == (None, None)


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1)))
def test_recent_files_are_newest_first_without_doubles(
    tmp_path_factory: pytest.TempPathFactory, names: list[str]
) -> None:
    settings = Settings(tmp_path_factory.mktemp("recent") / "studio.ini")
    for name in names:
        settings.add_recent("videos", name)
    expected = list(dict.fromkeys(reversed(names)))[:12]
    assert settings.recent("videos") == expected
    settings.sync()
    assert Settings(settings.path).recent("videos") == expected


def test_recent_file_can_be_forgotten(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "studio.ini")
    for name in ("a", "b", "c"):
        settings.add_recent("models", name)
    settings.drop_recent("models", "b")
    assert settings.recent("models") == ["c", "a"]
    settings.drop_recent("models")
    assert settings.recent("models") == []


def test_overrides_are_kept_for_each_model(tmp_path: Path) -> None:
    path = tmp_path / "studio.ini"
    chosen = ModelOverrides(
        labels=("a", "b, c", "ü"),
        normalization=Normalization((1.0, 2.0, 3.0), (4.0, 5.0, 6.0)),
        fit="stretch",
        output_index=2,
    )
    settings = Settings(path)
    settings.set_overrides("/m/one.tflite", chosen)
    settings.sync()
    again = Settings(path)
    assert again.overrides("/m/one.tflite") == chosen
    assert again.overrides("/m/two.tflite") == ModelOverrides()
    again.set_overrides("/m/one.tflite", ModelOverrides())
    assert again.overrides("/m/one.tflite") == ModelOverrides()


def _add_many(path: Path, name: str) -> None:
    settings = Settings(path)
    for number in range(20):
        settings.set_last(f"{name}{number}", str(number))
        settings.sync()


def test_two_studios_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "studio.ini"
    context = multiprocessing.get_context("fork")
    others = [context.Process(target=_add_many, args=(path, name)) for name in "ab"]
    for other in others:
        other.start()
    for other in others:
        other.join()
        assert other.exitcode == 0
    merged = Settings(path)
    assert merged.problem == ""
    for name in "ab":
        assert [merged.last(f"{name}{n}") for n in range(20)] == [str(n) for n in range(20)]
