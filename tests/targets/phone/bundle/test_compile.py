from __future__ import annotations

import hashlib
import shutil
import sys
from pathlib import Path

import pytest

from studio.errors import OutputError, PhoneError
from studio.targets.phone.bundle.compile import (
    GCC,
    Compiler,
    compile_runner,
    compiler_version,
    find_compiler,
    read_flags,
)
from studio.targets.phone.bundle.sources import runner_hash
from tests.support.full_disk import full_disk
from tests.support.phone_packages import make_sources

_AARCH64 = 183  # e_machine in an ELF header


def _compile(sources: Path, folder: Path) -> bytes:
    folder.mkdir(parents=True)
    return compile_runner(sources, folder, compiler=find_compiler()).read_bytes()


@pytest.mark.usefixtures("cross_compiler")
def test_the_runner_is_for_phones_and_holds_the_hash_of_its_sources(
    tmp_path: Path, sources: Path
) -> None:
    runner = _compile(sources, tmp_path / "a")

    assert runner[:4] == b"\x7fELF"
    assert int.from_bytes(runner[18:20], "little") == _AARCH64
    assert runner_hash(sources).hex().encode() in runner


@pytest.mark.usefixtures("cross_compiler")
def test_sources_elsewhere_give_the_same_bytes(tmp_path: Path) -> None:
    first = _compile(make_sources(tmp_path / "one"), tmp_path / "a")
    second = _compile(make_sources(tmp_path / "a longer path/two"), tmp_path / "b" / "c")

    assert first == second
    assert str(tmp_path).encode() not in first


def test_the_hash_is_over_names_and_contents_in_order(tmp_path: Path) -> None:
    (tmp_path / "b.c").write_bytes(b"B")
    (tmp_path / "a.h").write_bytes(b"A")
    (tmp_path / "flags.txt").write_bytes(b"no source")

    assert runner_hash(tmp_path) == hashlib.sha256(b"a.h\0A\0b.c\0B\0").digest()


def test_missing_sources_are_named(tmp_path: Path) -> None:
    with pytest.raises(PhoneError, match="no C file in"):
        runner_hash(tmp_path)


def test_flags_are_read_from_beside_the_sources(tmp_path: Path) -> None:
    (tmp_path / "flags.txt").write_text("# compile: no\ncompile: -O2 '-DA=b c'\n\nlink: -lm\n")

    assert read_flags(tmp_path) == (["-O2", "-DA=b c"], ["-lm"])


def test_missing_flags_are_named(tmp_path: Path) -> None:
    with pytest.raises(PhoneError, match=r"flags\.txt is missing"):
        read_flags(tmp_path)


def test_a_missing_compiler_is_named_with_the_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "ziglang", None)  # not to be imported

    with pytest.raises(PhoneError, match="no compiler") as caught:
        find_compiler()

    assert "apt-get install gcc-aarch64-linux-gnu" in caught.value.remedy
    assert "pip install ziglang" in caught.value.remedy


@pytest.mark.usefixtures("cross_compiler")
def test_what_the_compiler_says_first_is_in_the_message(tmp_path: Path, sources: Path) -> None:
    (sources / "runner.c").write_text("int main(void) { return nothing; }\n")

    with pytest.raises(PhoneError, match=r"‘?nothing.? undeclared") as caught:
        _compile(sources, tmp_path / "a")

    assert "-o runner" in caught.value.details


@pytest.mark.usefixtures("cross_compiler")
def test_missing_headers_of_the_c_library_are_named_by_their_package(
    tmp_path: Path, sources: Path
) -> None:
    (sources / "runner.c").write_text("#include <no_such_header.h>\n")

    with pytest.raises(PhoneError) as caught:
        _compile(sources, tmp_path / "a")

    assert "libc6-dev-arm64-cross" in caught.value.remedy


def test_a_compiler_that_cannot_be_started_is_said(tmp_path: Path, sources: Path) -> None:
    (tmp_path / "a").mkdir()
    nothing = Compiler((str(tmp_path / "nothing"),), "nothing")

    with pytest.raises(PhoneError, match="could not be compiled by nothing"):
        compile_runner(sources, tmp_path / "a", compiler=nothing)


@pytest.mark.usefixtures("cross_compiler")
def test_a_full_disk_is_no_fault_of_the_sources(tmp_path: Path, sources: Path) -> None:
    with full_disk(free_bytes=3000), pytest.raises(OutputError, match="Could not write"):
        _compile(sources, tmp_path / "a")


@pytest.mark.usefixtures("cross_compiler")
def test_zig_does_it_where_there_is_no_gcc(
    tmp_path: Path, sources: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here the module `ziglang` is one that asks gcc, which knows no `--target`."""
    fake = tmp_path / "site" / "ziglang"
    fake.mkdir(parents=True)
    (fake / "__init__.py").touch()
    (fake / "__main__.py").write_text(
        "import subprocess, sys\n"
        "assert sys.argv[1] == 'cc' and sys.argv[2].startswith('--target=aarch64-linux-gnu.2.')\n"
        f"sys.exit(subprocess.run([{shutil.which(GCC)!r}, *sys.argv[3:]]).returncode)\n"
    )
    expected = _compile(sources, tmp_path / "a")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site"))
    monkeypatch.syspath_prepend(tmp_path / "site")

    assert find_compiler().name == "zig cc"
    assert _compile(sources, tmp_path / "b") == expected
    assert compiler_version(find_compiler(), tmp_path).startswith("zig cc: ")
