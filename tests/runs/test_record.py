from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.errors import RunError
from studio.runs import record as record_module
from studio.runs.plain import from_plain
from studio.runs.record import RunRecord, decode_record, encode_record, new_record


@dataclass(frozen=True)
class _Spec:
    video: Path
    threads: int = 1
    seed: int | None = None


def test_a_record_says_what_was_asked_on_what() -> None:
    record = new_record("segment", _Spec(Path("a.mp4"), seed=5), title="A", parents=["p"])
    assert record.spec == {"video": "a.mp4", "threads": 1, "seed": 5}
    assert (record.job, record.title, record.parents, record.seed) == ("segment", "A", ("p",), 5)
    assert {"python", "studio", "numpy", "msgspec"} <= set(record.versions)
    assert record.host


def test_a_record_without_random_numbers_has_no_seed() -> None:
    assert new_record("segment", _Spec(Path("a.mp4")), title="A").seed is None


def test_packages_that_are_not_installed_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record_module, "_PACKAGES", ("numpy", "no-such-package-anywhere"))
    record_module._versions.cache_clear()
    try:
        assert set(record_module._versions()) == {"python", "studio", "numpy"}
    finally:
        record_module._versions.cache_clear()


@settings(deadline=None, max_examples=40)
@given(st.text(), st.dictionaries(st.text(), st.integers(0, 2**53) | st.text()), st.floats(0, 4e9))
def test_what_is_written_is_read(title: str, spec: dict[str, object], created: float) -> None:
    record = RunRecord(schema=1, job="j", spec=spec, title=title, created_seconds=created)
    assert decode_record(encode_record(record)) == record


@settings(deadline=None, max_examples=40)
@given(st.binary(max_size=50))
def test_damage_is_told_in_words(data: bytes) -> None:
    with pytest.raises(RunError, match="damaged"):
        decode_record(data)


def test_a_record_of_a_newer_studio_is_told_apart_from_damage() -> None:
    record = RunRecord(schema=99, job="j", spec={}, title="t")
    with pytest.raises(RunError, match="newer studio"):
        decode_record(encode_record(record))


@pytest.mark.parametrize("spec", [object(), [1], 5])
def test_a_spec_must_be_an_object_that_json_can_hold(spec: object) -> None:
    with pytest.raises(TypeError, match="Expected"):
        new_record("segment", spec, title="A")


def test_specs_read_paths_back() -> None:
    assert from_plain(Path, "a/b") == Path("a/b")
    with pytest.raises(ValueError, match="Expected `path`, got `int`"):
        from_plain(Path, 3)
    with pytest.raises(ValueError, match="cannot hold"):
        from_plain(bytes, "x")
