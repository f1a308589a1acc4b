"""Packages from the user's own package sources: wheels with pip or uv, Debian's with apt-get.

Nothing is installed and no state of the system's is touched: apt-get works on lists of its own in
a temporary folder, for arm64, with the sources and keys of the system.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from studio.targets.phone.bundle.commands import Outcome, run
from studio.targets.phone.bundle.pins import Package
from studio.targets.phone.bundle.progress import OnProgress, ShouldStop

_APT_LISTS_BYTES = 20_000_000  # about; for the progress only
_TRIES = ("--retries=2", "--timeout=20")
# What the system does after an update of its own lists (emptying caches, waking daemons) is not
# for ours; `#clear` is apt's way to take back what other configuration files said.
_APT_CONFIG = """\
Dir::State "{root}/state";
Dir::State::status "{root}/status";
Dir::Cache "{root}/cache";
Dir::Log "{root}/log";
APT::Architecture "arm64";
#clear APT::Architectures;
APT::Architectures {{ "arm64"; }};
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
Acquire::Languages "none";
Acquire::Retries "2";
Acquire::http::Timeout "20";
Acquire::https::Timeout "20";
"""


def fetch_wheel(
    package: Package, folder: Path, on_progress: OnProgress, should_stop: ShouldStop
) -> tuple[Path | None, str]:
    """Fetch a wheel for the phone's processor, whatever this computer's is.

    Args:
        package: the wheel.
        folder: empty; takes the wheel, or what uv installs out of it.
        on_progress: told how much has come.
        should_stop: asked often.

    Returns:
        The wheel, or the folder that it was unpacked into; None when it cannot be had. And what
        the programs had to say.

    Raises:
        BundleStoppedError: someone asked to stop.
    """
    wanted = folder / "wanted.txt"
    wanted.write_text(
        f"{package.name}=={package.version} --hash=sha256:{package.sha256}\n", encoding="utf-8"
    )
    said = []
    for number, command in enumerate(_wheel_commands(wanted)):
        place = folder / str(number)
        place.mkdir()
        outcome = run(
            [*command, str(place)],
            folder=folder,
            env={"TMPDIR": str(folder), "TMP": str(folder), "TEMP": str(folder)},
            watch=lambda: on_progress(
                f"Fetching {package.name}",
                min(_size_bytes(folder), package.size_bytes),
                package.size_bytes,
            ),
            should_stop=should_stop,
        )
        if outcome.code == 0:
            return next(iter(place.glob("*.whl")), place), ""
        said.append(_words(command, outcome))
    return None, "\n".join(said) or "There is neither pip nor uv."


def _wheel_commands(wanted: Path) -> Iterator[list[str]]:
    """Ways to fetch a wheel; each lacks only the folder to put it in."""
    what = ["--no-deps", "--require-hashes", "--requirement", str(wanted)]
    # An environment that uv made has no pip, but the Python that it was made with often has.
    base = getattr(sys, "_base_executable", sys.executable)
    for python in dict.fromkeys([sys.executable, base, shutil.which("python3")]):
        if python:
            yield [
                *(python, "-m", "pip", "download", "--quiet", "--no-cache-dir", *_TRIES, *what),
                *("--disable-pip-version-check", "--only-binary=:all:", "--python-version=3.11"),
                *("--implementation=cp", "--abi=cp311", "--platform=manylinux_2_27_aarch64"),
                "--dest",
            ]
    name = "uv.exe" if sys.platform == "win32" else "uv"
    # Where the bootstrap puts it: beside the environment, in the checkout.
    uv = shutil.which(name, path=str(Path(sys.prefix).parent / ".tools" / "bin"))
    uv = uv or shutil.which(name)
    if uv:
        yield [
            *(uv, "pip", "install", "--quiet", "--no-cache"),
            *what,
            *("--only-binary=:all:", "--python-version=3.11"),
            *("--python-platform=aarch64-manylinux_2_28", "--target"),
        ]


def fetch_debs(
    packages: Sequence[Package], folder: Path, on_progress: OnProgress, should_stop: ShouldStop
) -> tuple[dict[str, Path], str]:
    """Fetch Debian packages.

    Args:
        packages: which.
        folder: empty; takes apt-get's lists and the packages.
        on_progress: told how much has come.
        should_stop: asked often.

    Returns:
        The file of each package that could be had, by the package's name; and what apt-get had
        to say about the others.

    Raises:
        BundleStoppedError: someone asked to stop.
    """
    if shutil.which("apt-get") is None:
        return {}, "This system has no apt-get."
    (folder / "state" / "lists" / "partial").mkdir(parents=True)
    (folder / "cache" / "archives" / "partial").mkdir(parents=True)
    (folder / "log").mkdir()
    (folder / "status").touch()
    config = folder / "apt.conf"
    settings = _APT_CONFIG.format(root=folder)
    if sys.platform != "win32" and os.geteuid() == 0:
        # Root's apt fetches as the user _apt, who may not enter our folder.
        settings += 'APT::Sandbox::User "root";\n'
    config.write_text(settings, encoding="utf-8")
    apt = ["apt-get", "-c", str(config), "-q"]
    update = run(
        [*apt, "update"],
        folder=folder,
        watch=lambda: on_progress(
            "Reading Debian's package lists",
            min(_size_bytes(folder / "state"), _APT_LISTS_BYTES),
            _APT_LISTS_BYTES,
        ),
        should_stop=should_stop,
    )
    # One source that is out of order must not hinder what the others can bring.
    said = [] if update.code == 0 else [_words([*apt, "update"], update)]
    found = {}
    for package in packages:
        place = folder / package.name
        place.mkdir()
        on_progress(f"Fetching {package.name}", 0, package.size_bytes)
        command = [*apt, "download", f"{package.name}={package.version}"]
        outcome = run(command, folder=place, should_stop=should_stop)
        file = next(iter(place.glob("*.deb")), None)
        if outcome.code == 0 and file is not None:
            found[package.name] = file
        else:
            said.append(_words(command, outcome))
    return found, "\n".join(said)


def _size_bytes(folder: Path) -> int:
    """What lies in a folder; files that go meanwhile count nothing."""
    total = 0
    for where, _, names in os.walk(folder):
        for name in names:
            try:
                total += (Path(where) / name).stat().st_size
            except OSError:
                continue
    return total


def _words(command: Sequence[str], outcome: Outcome) -> str:
    return f"{' '.join(command)}: exit code {outcome.code}\n{outcome.output.strip()}"
