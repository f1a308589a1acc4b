"""The system libraries that Qt and OpenCV load but no Python package brings."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import shutil
import sys
from pathlib import Path

from studio.bootstrap import places
from studio.bootstrap.say import run_aloud, say
from studio.errors import StudioError

# What the dynamic loader must find, and the Debian 12 package that brings it.
LIBRARIES = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
}
# The screen for tests; qemu for the programs on the lab's phone; the compilers of the runner, for
# this computer and for phones.
TEST_PROGRAMS = {
    "Xvfb": "xvfb",
    "qemu-aarch64-static": "qemu-user-static",
    "gcc": "gcc",
    "aarch64-linux-gnu-gcc": "gcc-aarch64-linux-gnu",
}
TEST_LIBRARIES = {"libturbojpeg.so.0": "libturbojpeg0"}
# The compilers only recommend what every C program includes.
TEST_FILES = {
    "/usr/include/stdio.h": "libc6-dev",
    "/usr/aarch64-linux-gnu/include/stdio.h": "libc6-dev-arm64-cross",
}
_FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts")
_FONT_PACKAGE = "fonts-dejavu-core"
# Looks better, but is no reason to ask for an administrator's rights.
_WELCOME = "fonts-inter"
_EVERYTHING = "."  # apt and dpkg have much to say while nothing is wrong
_SHOWN_LINES = 4


def _loads(library: str) -> bool:
    """Whether the dynamic loader finds a library; the same question that Qt will ask."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _has_fonts() -> bool:
    """Whether there is a font at all: without one Qt draws text as empty boxes."""
    for folder in _FONT_FOLDERS:
        for _, _, names in os.walk(Path(folder).expanduser()):
            if any(name.endswith((".ttf", ".otf", ".ttc")) for name in names):
                return True
    return False


def _wants_pip() -> bool:
    """Whether uv must still be installed and Debian's Python has no pip to do it with."""
    needs_uv = not places.VENV.is_dir() and not places.TOOLS.is_dir()
    return needs_uv and sys.prefix == "/usr" and importlib.util.find_spec("pip") is None


def missing_packages(*, for_tests: bool) -> list[str]:
    """Name the Debian packages that this system still needs.

    Args:
        for_tests: ask for what the tests need on top.

    Returns:
        Package names, sorted; empty when all is there, and on systems other than Linux, where
        the Python packages bring everything.
    """
    if not sys.platform.startswith("linux"):
        return []
    missing = [package for library, package in LIBRARIES.items() if not _loads(library)]
    if not _has_fonts():
        missing.append(_FONT_PACKAGE)
    if for_tests:
        missing += [
            package for program, package in TEST_PROGRAMS.items() if shutil.which(program) is None
        ]
        missing += [package for name, package in TEST_LIBRARIES.items() if not _loads(name)]
        missing += [package for name, package in TEST_FILES.items() if not Path(name).exists()]
    if _wants_pip():
        missing.append("python3-pip")
    return sorted(missing)


def _apt_prefix() -> list[str] | None:
    """How this user may run apt-get; None when not at all."""
    if shutil.which("apt-get") is None:
        return None
    if os.geteuid() == 0:
        return ["env", "DEBIAN_FRONTEND=noninteractive"]
    if shutil.which("sudo") is None:
        return None
    ask = [] if sys.stdin.isatty() else ["-n"]
    return ["sudo", *ask, "env", "DEBIAN_FRONTEND=noninteractive"]


def provide(*, for_tests: bool) -> None:
    """Install the system packages that are missing; does nothing when none is.

    Args:
        for_tests: include what the tests need on top.

    Raises:
        StudioError: they could not be installed; the remedy is the command that does it.
    """
    missing = missing_packages(for_tests=for_tests)
    if not missing:
        return
    names = " ".join(missing)
    by_hand = f"apt-get install -y --no-install-recommends {names}"
    prefix = _apt_prefix()
    if prefix is None:
        raise StudioError(
            f"The studio needs system packages that only an administrator can install: {names}.",
            remedy=f"On Debian or Ubuntu ask for `{by_hand}`, elsewhere for the packages with the "
            "same libraries; then start again.",
        )
    say(f"Installing system packages: {names}")
    wait = ["-o", "DPkg::Lock::Timeout=300"]  # another apt may be at work
    # A package source that is out of order must not hinder what the others can bring.
    run_aloud([*prefix, "apt-get", *wait, "-qq", "update"], chatter=_EVERYTHING)
    install = [*prefix, "apt-get", *wait, "-qq", "install", "-y", "--no-install-recommends"]
    outcome = run_aloud([*install, *missing], chatter=_EVERYTHING)
    if outcome.code == 0:
        run_aloud([*install, _WELCOME], chatter=_EVERYTHING)
    else:
        for line in outcome.tail.splitlines()[-_SHOWN_LINES:]:
            say(line)
    still_missing = missing_packages(for_tests=for_tests)
    if outcome.code != 0 or still_missing:
        raise StudioError(
            f"These system packages could not be installed: {' '.join(still_missing) or names}.",
            remedy=f"Installing needs the network. Run `{by_hand}` as administrator to see "
            "what is wrong, then start again.",
        )
