"""Android's own adb daemon, as Debian's next release packages it, unpacked beside its libraries."""

from __future__ import annotations

import fcntl
import os
import shlex
import shutil
import tempfile
from pathlib import Path

from tests.phone_lab.packages import UnavailableError, cache_folder, fetch_packages, unpack

_SUITE = "trixie"
_OLDER_SUITES = ("bookworm", "bullseye")
_PACKAGES = (
    "adbd",
    "android-libbase",
    "android-libboringssl",
    "android-libcutils",
    "android-liblog",
    "libbrotli1",
    "libbsd0",
    "libc6",
    "libcap2",
    "libgcc-s1",
    "liblz4-1",
    "libmd0",
    "libprotobuf32t64",
    "libstdc++6",
    "libsystemd0",
    "libxxhash0",
    "libzstd1",
    "zlib1g",
)
_LIBRARIES = "usr/lib/x86_64-linux-gnu"
_PROGRAM = "usr/lib/android-sdk/platform-tools/adbd"


def command() -> list[str]:
    """How to start the daemon; fetches it when it is not there yet.

    Raises:
        UnavailableError: it cannot be had on this machine.
    """
    if os.uname().machine != "x86_64":
        raise UnavailableError("the real adbd is fetched for x86-64 only")
    cache = cache_folder()
    cache.mkdir(parents=True, exist_ok=True)
    place = cache / f"adbd-{_SUITE}"
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not place.is_dir():
            _fetch(cache, place)
    libraries = place / _LIBRARIES
    loader = libraries / "ld-linux-x86-64.so.2"
    path = f"{libraries}:{libraries}/android"
    return [str(loader), "--library-path", path, str(place / _PROGRAM)]


def _fetch(cache: Path, place: Path) -> None:
    packages = cache / "amd64"
    packages.mkdir(exist_ok=True)
    sources = packages / "sources.list"
    sources.write_text("".join(f"{line}\n" for line in _sources()), encoding="utf-8")
    files = fetch_packages(_PACKAGES, "amd64", packages, sources)
    with tempfile.TemporaryDirectory(dir=cache) as making:
        for file in files:
            unpack(file, Path(making) / "root")
        (Path(making) / "root").replace(place)
    shutil.rmtree(packages)


def _sources() -> list[str]:
    """The machine's own mirrors, asked for the later release.

    Raises:
        UnavailableError: the machine has no sources of Debian that we can read.
    """
    lines: list[str] = []
    for path in sorted(Path("/etc/apt").glob("sources.list.d/*.sources")):
        text = path.read_text(encoding="utf-8", errors="replace")
        for stanza in text.split("\n\n"):
            lines += _from_stanza(stanza)
    for path in [Path("/etc/apt/sources.list"), *Path("/etc/apt").glob("sources.list.d/*.list")]:
        if path.is_file():
            for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
                lines += _from_line(line)
    if not lines:
        raise UnavailableError(f"no package source of Debian here that could have {_SUITE}")
    return list(dict.fromkeys(lines))


def _from_stanza(stanza: str) -> list[str]:
    fields: dict[str, str] = {}
    for line in stanza.splitlines():
        name, separator, value = line.partition(":")
        if separator and not line.startswith(("#", " ")):
            fields[name.strip().lower()] = value.strip()
    suites = fields.get("suites", "").split()
    is_wanted = fields.get("types", "").split()[:1] == ["deb"]
    if not is_wanted or not any(suite in (_SUITE, *_OLDER_SUITES) for suite in suites):
        return []
    key = fields.get("signed-by", "")
    option = f"[signed-by={key}] " if key.startswith("/") else ""
    return [f"deb {option}{uri} {_SUITE} main" for uri in fields.get("uris", "").split()]


def _from_line(line: str) -> list[str]:
    if not line.startswith("deb "):
        return []
    options, _, rest = line[4:].strip().rpartition("] ")
    words = shlex.split(rest)
    if len(words) < 2 or words[1] not in (_SUITE, *_OLDER_SUITES):
        return []
    return [f"deb {options + '] ' if options else ''}{words[0]} {_SUITE} main"]
