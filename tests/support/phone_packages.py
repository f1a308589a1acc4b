"""Small packages to build a bundle from, and sources of a runner that compile in no time."""

from __future__ import annotations

import hashlib
import io
import tarfile
import zipfile
from pathlib import Path

from studio.targets.phone.bundle.pins import Package, Part

LIBRARY = b"a library" * 100
LOADER = b"a loader" * 50
COPYRIGHT = b"Anyone may use it.\n"
_WHEEL_NOTES = {
    "METADATA": "Metadata-Version: 2.1\nName: some-runtime\nVersion: 1.0\n",
    "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    "RECORD": "",
}
_SOURCE = """\
#include <stdio.h>
#include "words.h"
int main(void) { printf("%s %s %s\\n", WORDS, RUNNER_HASH_HEX, __FILE__); return 0; }
"""


def make_packages(folder: Path) -> tuple[Package, ...]:
    """Write a wheel and a Debian package into a folder.

    Returns:
        Their pins.
    """
    folder.mkdir(parents=True, exist_ok=True)
    wheel = folder / "some_runtime-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("some_runtime/libruntime.so", LIBRARY)
        archive.writestr("some_runtime/unwanted.bin", bytes(1000))
        for name, text in _WHEEL_NOTES.items():
            archive.writestr(f"some_runtime-1.0.dist-info/{name}", text)
    deb = folder / "libsome_1.0_arm64.deb"
    write_deb(deb, {"./usr/lib/ld.so": LOADER, "./usr/share/doc/copyright": COPYRIGHT})
    return (
        _pin(wheel, "wheel", {"some_runtime/libruntime.so": "libruntime.so"}),
        _pin(deb, "deb", {"usr/lib/ld.so": "ld.so", "usr/share/doc/copyright": "licences/a.txt"}),
    )


def write_deb(path: Path, files: dict[str, bytes], *, data_name: str = "data.tar.xz") -> None:
    """Write a Debian package, which is an `ar` archive around a tar file."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:xz") as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    members = {"debian-binary": b"2.0\n", "control.tar.xz": b"odd", data_name: data.getvalue()}
    with path.open("wb") as file:
        file.write(b"!<arch>\n")
        for name, content in members.items():
            file.write(f"{name:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(content):<10}`\n".encode())
            file.write(content + b"\n" * (len(content) % 2))


def make_sources(folder: Path, words: str = "hello") -> Path:
    """Write the sources of a runner into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "runner.c").write_text(_SOURCE)
    (folder / "words.h").write_text(f'#define WORDS "{words}"\n')
    (folder / "flags.txt").write_text("# how to\ncompile: -std=c11 -O2 -g\nlink: -lm\n")
    return folder


def _pin(path: Path, kind: str, parts: dict[str, str]) -> Package:
    assert kind in ("wheel", "deb")
    content = {"libruntime.so": LIBRARY, "ld.so": LOADER, "licences/a.txt": COPYRIGHT}
    return Package(
        name="some-runtime" if kind == "wheel" else "libsome",
        version="1.0",
        kind="wheel" if kind == "wheel" else "deb",
        file_names=(path.name,),
        size_bytes=path.stat().st_size,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        licence="MIT",
        source="nowhere",
        parts=tuple(
            Part(
                inside,
                name,
                hashlib.sha256(content[name]).hexdigest(),
                is_for_phone="/" not in name,
                is_executable=name.startswith("ld"),
            )
            for inside, name in parts.items()
        ),
    )
