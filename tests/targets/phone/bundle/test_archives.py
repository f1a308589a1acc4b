from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.errors import InputError
from studio.targets.phone.bundle.archives import read_files
from tests.support.phone_packages import write_deb

_FILES = {"./usr/odd": b"odd", "./usr/even": b"even", "./other": b""}


def test_a_debian_package_is_read_without_dpkg(tmp_path: Path) -> None:
    deb = tmp_path / "a.deb"
    write_deb(deb, _FILES)

    assert read_files(deb, ["usr/odd", "other"]) == {"usr/odd": b"odd", "other": b""}


def test_a_folder_is_read_like_the_wheel_it_came_from(tmp_path: Path) -> None:
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "a.so").write_bytes(b"content")

    assert read_files(tmp_path, ["package/a.so"]) == {"package/a.so": b"content"}


def test_a_file_that_is_not_in_the_package_is_named(tmp_path: Path) -> None:
    deb = tmp_path / "a.deb"
    write_deb(deb, _FILES)

    with pytest.raises(InputError, match=r"lacks a file.*usr/none"):
        read_files(deb, ["usr/none"])


def test_another_compression_is_named(tmp_path: Path) -> None:
    deb = tmp_path / "a.deb"
    write_deb(deb, _FILES, data_name="data.tar.zst")

    with pytest.raises(InputError, match=r"data\.tar\.xz was expected in it, found data\.tar\.zst"):
        read_files(deb, ["usr/odd"])


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    at=st.floats(0, 1, exclude_max=True),
    value=st.integers(0, 255),
    is_cut=st.booleans(),
    suffix=st.sampled_from([".deb", ".whl"]),
)
def test_a_damaged_package_is_refused_or_read_right(
    tmp_path: Path, at: float, value: int, is_cut: bool, suffix: str
) -> None:
    package = tmp_path / f"a{suffix}"
    write_deb(tmp_path / "whole.deb", _FILES)
    content = bytearray((tmp_path / "whole.deb").read_bytes())
    place = int(at * len(content))
    content[place] = value
    package.write_bytes(bytes(content[:place] if is_cut else content))

    try:
        found = read_files(package, ["usr/odd"])
    except InputError:
        return
    assert found == {"usr/odd": b"odd"}
