"""uv, the installer: one exact version, in the checkout, from the user's own package index."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from studio.bootstrap import places
from studio.bootstrap.say import run_aloud, say
from studio.errors import StudioError

UV_VERSION = "0.13.9"
# One for each wheel that may be wanted here: Linux (x86-64, arm64), macOS (both), Windows.
_UV_HASHES = (
    "d7f459fe4fd247d830351c75686d3996ace3c6f3f728eb0e85a30b7ada0cef19",
    "ecb6028d79dc96fbeafffe5c8af62a7099487ebc05a701e76714eebcffd06375",
    "5435c5ce14a56431208ca0996416d310f1598e8c2c8ba707688985a16bb82dbe",
    "c16ed11e013557536b3e60065f1b912f6407bd6518e041b961e23ef9e6b4fbf5",
    "66c512266d633bef48384a1f53003f41f2a8e7b36fe6e7fbfd3e0fd52d96fa63",
    "6a44b2ed8111d2f60d2b92627c5dccda3f7ed7570b18ce115e569cd68c28246b",
)
# pip's setting, uv's variable for the same thing.
_PIP_TO_UV = {
    "index-url": "UV_DEFAULT_INDEX",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
}
_PIP_EXTRAS_TO_UV = {"extra-index-url": "UV_INDEX", "find-links": "UV_FIND_LINKS"}


def pip_settings(listing: str) -> dict[str, str]:
    """Read what `pip config list` prints.

    Args:
        listing: lines such as `global.index-url='…'`; where a setting comes twice, the later
            source wins, as in pip (files first, then the environment).

    Returns:
        The value of each setting, without the section it stood in.
    """
    settings: dict[str, str] = {}
    sections = {"global": 0, "install": 1, ":env:": 2}
    rank: dict[str, int] = {}
    for line in listing.splitlines():
        name, separator, value = line.partition("=")
        section, dot, key = name.strip().partition(".")
        if not (separator and dot) or section not in sections:
            continue
        if sections[section] >= rank.get(key, -1):
            rank[key] = sections[section]
            settings[key] = value.strip().strip("'\"").replace("\\n", " ").strip()
    return settings


@functools.cache
def _pip_listing() -> str:
    command = [sys.executable, "-m", "pip", "config", "list"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def uv_environment(*, with_extras: bool = False) -> dict[str, str]:
    """The environment to run uv in: it shall see the package index that pip sees.

    What the user has set for uv itself is left alone.

    Args:
        with_extras: also use pip's extra indexes. uv takes all files of a version from one index,
            where pip takes them from all; an extra index with a part of them is in its way.

    Returns:
        This process's environment and what had to be added to it.
    """
    env = dict(os.environ)
    env.pop("VIRTUAL_ENV", None)  # the one in the checkout is meant, whatever is active
    env["UV_PYTHON_DOWNLOADS"] = "never"
    settings = pip_settings(_pip_listing())
    # pip takes the best version of all indexes. With every file pinned by its hash that is safe.
    env.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")
    for key, variable in (_PIP_TO_UV | (_PIP_EXTRAS_TO_UV if with_extras else {})).items():
        if settings.get(key):
            env.setdefault(variable, settings[key])
    return env


def _is_wanted(uv: Path | str) -> bool:
    try:
        answer = subprocess.run([uv, "--version"], capture_output=True, text=True, check=False)
    except OSError:
        return False
    return answer.returncode == 0 and answer.stdout.split()[1:2] == [UV_VERSION]


def provide_uv() -> Path:
    """Find uv, or install it with pip into the checkout.

    pip's `--target` leaves the system's own packages alone, so it also works where they are
    managed by the distribution (PEP 668), and without the venv package of Debian.

    Returns:
        The program.

    Raises:
        StudioError: it could not be installed.
    """
    own = places.TOOLS / "bin" / ("uv.exe" if sys.platform == "win32" else "uv")
    if _is_wanted(own):
        return own
    found = shutil.which("uv")
    if found and _is_wanted(found):
        return Path(found)
    say(f"Installing uv {UV_VERSION}, which installs the rest")
    requirement = f"uv=={UV_VERSION} " + " ".join(f"--hash=sha256:{h}" for h in _UV_HASHES)
    env = {**os.environ, "PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0"}
    with tempfile.TemporaryDirectory() as folder:
        wanted = Path(folder) / "uv.txt"
        wanted.write_text(requirement + "\n", encoding="utf-8")
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--upgrade", "--no-deps"]
        command += ["--only-binary=:all:", "--disable-pip-version-check", "--retries=2"]
        command += ["--root-user-action=ignore", "--no-warn-script-location"]
        command += ["--require-hashes", "--target", str(places.TOOLS), "-r", str(wanted)]
        outcome = run_aloud(command, env)
    if outcome.code != 0 or not _is_wanted(own):
        raise install_error("uv", outcome.tail)
    return own


def install_error(what: str, output: str) -> StudioError:
    """Put a failed installation into words.

    Args:
        what: what was to be installed.
        output: the end of what the installer printed.

    Returns:
        The error to raise.
    """
    low = output.lower()
    free_bytes = shutil.disk_usage(places.ROOT).free
    if "no space left" in low or "disk quota" in low or free_bytes < 100 * 2**20:
        return StudioError(
            f"The disk filled up while {what} was being installed.",
            remedy=f"About 4 GB are needed in {places.ROOT}; free some space and start again.",
            details=output,
        )
    if "no module named pip" in low:
        return StudioError(
            "This Python has no pip.",
            remedy="Install it (on Debian: `apt-get install python3-pip`) and start again.",
            details=output,
        )
    signs = ("resolve host", "name resolution", "dns error", "failed to fetch", "connect", "timed")
    if any(sign in low for sign in (*signs, "no matching distribution", "network")):
        return StudioError(
            f"The package index that has {what} could not be reached.",
            remedy="Installing needs the network (about 1 GB the first time); later starts do not. "
            "Check the connection, or pip's settings (`pip config list`), and start again.",
            details=output,
        )
    return StudioError(
        f"{what[:1].upper()}{what[1:]} could not be installed; the lines above say why.",
        remedy="Start again to carry on; remove the folders .venv and .tools to begin anew.",
        details=output,
    )
