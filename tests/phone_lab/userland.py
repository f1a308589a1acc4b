"""The programs on a lab phone: Debian's arm64 mksh, toybox and busybox, laid out as on Android."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.phone_lab.packages import UnavailableError, cache_folder, fetch_packages, unpack

_ANDROID = Path(__file__).parent / "android"
_PACKAGES = ("mksh", "toybox", "busybox-static", "libc6", "libcrypt1")
_LAYOUT = b"1"
_KEPT_SECONDS = 86_400.0
_LIBRARIES = ("libc.so.6", "libm.so.6", "libcrypt.so.1")

# glibc lies where no other program looks for it: on a phone there is none, and what we deploy
# must bring its own. Both names are as long as those they stand for.
_LOADER = b"/lib/ld-linux-aarch64.so.1"
_HIDDEN_LOADER = b"/system/lib64/lab/ld.so.1"
_LIBRARY_FOLDER = b"/lib/aarch64-linux-gnu/"
_HIDDEN_FOLDER = b"/system/lib64/lab//////"


def _replaced(data: bytes, old: bytes, new: bytes) -> bytes:
    """Replace a C string in a program by a shorter or equal one, in place."""
    if old not in data:
        raise UnavailableError(f"the arm64 packages are laid out in an unknown way: no {old!r}")
    return data.replace(old + b"\0", new.ljust(len(old), b"\0") + b"\0")


def _version() -> str:
    """Changes when what is unpacked would be another."""
    digest = hashlib.sha256(_LAYOUT)
    for path in sorted(path for path in _ANDROID.rglob("*") if path.is_file()):
        digest.update(path.name.encode() + path.read_bytes())
    digest.update(" ".join(_PACKAGES).encode())
    return digest.hexdigest()[:12]


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def provide_userland() -> Path:
    """Find the phone's `/system`, or fetch and unpack it.

    Returns:
        The folder, which is shared and must not be changed.

    Raises:
        UnavailableError: it cannot be had on this machine.
    """
    cache = cache_folder()
    wanted = cache / f"system-{_version()}"
    with _locked(cache):
        if wanted.is_dir():
            return wanted
        packages = cache / "arm64"
        have = sorted(packages.glob("*.deb"))
        if len(have) != len(_PACKAGES):
            for path in have:
                path.unlink()
            have = fetch_packages(_PACKAGES, "arm64", packages)
        with tempfile.TemporaryDirectory(dir=cache) as making:
            unpacked = Path(making) / "unpacked"
            for package in have:
                unpack(package, unpacked)
            system = Path(making) / "system"
            _lay_out(unpacked, system)
            for old in cache.glob("system-*"):
                # A younger one may be in use by the tests of another checkout.
                if time.time() - old.stat().st_mtime > _KEPT_SECONDS:
                    shutil.rmtree(old, ignore_errors=True)
            system.replace(wanted)
    return wanted


def _lay_out(unpacked: Path, system: Path) -> None:
    programs = system / "bin"
    libraries = system / "lib64/lab"
    programs.mkdir(parents=True)
    libraries.mkdir(parents=True)
    (system / "lab").mkdir()  # for what changes from phone to phone
    shutil.copytree(_ANDROID / "etc", system / "etc")
    shutil.copy2(unpacked / "usr/lib/aarch64-linux-musl/bin/mksh", programs / "sh")
    shutil.copy2(unpacked / "bin/busybox", programs / "busybox")
    toybox = (unpacked / "bin/toybox").read_bytes()
    (programs / "toybox").write_bytes(_replaced(toybox, _LOADER, _HIDDEN_LOADER))
    folder = unpacked / "lib/aarch64-linux-gnu"
    loader = (folder / "ld-linux-aarch64.so.1").read_bytes()
    loader = _replaced(loader, _LIBRARY_FOLDER, _HIDDEN_FOLDER)
    (libraries / "ld.so.1").write_bytes(loader)
    for name in _LIBRARIES:
        shutil.copy2(folder / name, libraries / name)
    # A library that asks for the loader by its name must get the one that is running.
    (libraries / "ld-linux-aarch64.so.1").symlink_to("ld.so.1")
    # What Android 11 has in /system/bin, by the program that plays it here.
    for player in (_ANDROID / "links").iterdir():
        for name in player.read_text(encoding="ascii").split():
            (programs / name).symlink_to(player.name)
    for script in (_ANDROID / "bin").iterdir():
        shutil.copyfile(script, programs / script.name)
    for path in (*programs.iterdir(), libraries / "ld.so.1"):
        if not path.is_symlink():
            path.chmod(0o755)
