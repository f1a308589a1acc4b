"""A temporal setting is a preset's name or a file, and what is neither is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.arguments.temporal import METAVAR, input_fit_of, read_temporal, temporal_name
from studio.errors import SpecError
from studio.temporal.spec import OFF, PRESETS, TemporalSpec


@pytest.mark.parametrize("name", PRESETS)
def test_presets_go_by_their_names(name: str) -> None:
    assert read_temporal(name) is PRESETS[name]
    assert temporal_name(name) == name
    assert name in METAVAR


def test_off_is_a_preset() -> None:
    assert read_temporal("off") == OFF


@pytest.mark.parametrize("spec", PRESETS.values(), ids=PRESETS)
def test_the_input_follows_the_frame_with_it_unless_it_was_said_otherwise(
    spec: TemporalSpec,
) -> None:
    assert input_fit_of(None, spec) == ("model" if spec == OFF else "frame")
    assert input_fit_of("model", spec) == "model"
    assert input_fit_of("frame", spec) == "frame"


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "mine.TOML"
    path.write_text('mode = "key_frames"\nlongest_gap = 9\n')
    assert read_temporal(str(path)).longest_gap == 9
    assert temporal_name(str(path)) == "mine"


@pytest.mark.parametrize("text", ["", "slow", "Balanced", "spec.json", "."])
def test_other_words_are_refused(text: str) -> None:
    with pytest.raises(SpecError, match="off, quality, balanced, fast"):
        read_temporal(text)


@pytest.mark.parametrize(
    "content",
    [b"mode = ", b'mode = "sideways"\n', b"no_such_key = 1\n", b"longest_gap = []\n", b"\xff\xfe"],
)
def test_a_file_that_does_not_fit_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.toml"
    path.write_bytes(content)
    with pytest.raises(SpecError, match=r"bad\.toml"):
        read_temporal(str(path))


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="no file"):
        read_temporal(str(tmp_path / "gone.toml"))
    folder = tmp_path / "folder.toml"
    folder.mkdir()
    with pytest.raises(SpecError, match="cannot be read"):
        read_temporal(str(folder))
    large = tmp_path / "large.toml"
    large.write_bytes(b"#" * ((1 << 20) + 1))
    with pytest.raises(SpecError, match="too large"):
        read_temporal(str(large))
