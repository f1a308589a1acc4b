"""Debian's packages, fetched beside the system's own: nothing is installed, nothing changed."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

_FETCH_SECONDS = 120
_APT_CONFIGURATION = """\
APT::Architecture "{architecture}";
APT::Architectures {{ "{architecture}"; }};
APT::Sandbox::User "";
Acquire::Retries "0";
Acquire::http::Timeout "15";
Acquire::https::Timeout "15";
Dir::State "{folder}/state";
Dir::State::status "{folder}/status";
Dir::Cache "{folder}/cache";
"""


class UnavailableError(Exception):
    """Something that the lab needs cannot be had here; the message is fit for a skipped test."""


def cache_folder() -> Path:
    """Where fetched packages and the unpacked user land are kept between test runs."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "jejunet-phone-lab"


def _run(command: Sequence[str], folder: Path, configuration: Path) -> None:
    env = os.environ | {"APT_CONFIG": str(configuration), "LC_ALL": "C"}
    try:
        ended = subprocess.run(
            command,
            cwd=folder,
            env=env,
            capture_output=True,
            text=True,
            timeout=_FETCH_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise UnavailableError(f"`{' '.join(command)}` took over {_FETCH_SECONDS} s") from error
    if ended.returncode != 0:
        lines = (ended.stderr or ended.stdout).strip().splitlines() or ["no message"]
        raise UnavailableError(f"`{' '.join(command)}` failed: {lines[-1]}")


def fetch_packages(
    names: Sequence[str], architecture: str, folder: Path, sources: Path | None = None
) -> list[Path]:
    """Fetch packages from the machine's own package sources.

    Args:
        names: of the packages.
        architecture: such as `arm64`; need not be the machine's.
        folder: to put them in; made if needed.
        sources: a list of sources to use in place of the machine's.

    Returns:
        The files.

    Raises:
        UnavailableError: there is no apt here, or it cannot fetch them.
    """
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise UnavailableError("needs apt-get and dpkg-deb, which Debian and Ubuntu have")
    for name in ("state/lists/partial", "cache/archives/partial"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "status").touch()
    text = _APT_CONFIGURATION.format(architecture=architecture, folder=folder)
    if sources is not None:
        text += f'Dir::Etc::SourceList "{sources}";\nDir::Etc::SourceParts "/dev/null";\n'
    configuration = folder / "apt.conf"
    configuration.write_text(text, encoding="utf-8")
    # A source that lacks this architecture, or is out of order, must not hinder the others;
    # whether all was found shows at the download.
    _run(["sh", "-c", "apt-get -qq update || true"], folder, configuration)
    _run(["apt-get", "-qq", "download", *names], folder, configuration)
    for name in ("state", "cache"):  # lists of all packages there are
        shutil.rmtree(folder / name)
    return sorted(folder.glob("*.deb"))


def unpack(package: Path, folder: Path) -> None:
    """Unpack a package's files.

    Raises:
        UnavailableError: it is damaged.
    """
    ended = subprocess.run(
        ["dpkg-deb", "-x", package, folder], capture_output=True, text=True, check=False
    )
    if ended.returncode != 0:
        raise UnavailableError(f"{package.name} cannot be unpacked: {ended.stderr.strip()}")
