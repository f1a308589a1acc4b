"""Wheels for the phone's processor from the user's own package index, with pip or uv."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from studio.targets.phone.bundle.commands import folder_bytes, run
from studio.targets.phone.bundle.pins import Package
from studio.targets.phone.bundle.progress import OnProgress, ShouldStop

_TRIES = ("--retries=2", "--timeout=20")


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
                min(folder_bytes(folder), package.size_bytes),
                package.size_bytes,
            ),
            should_stop=should_stop,
        )
        if outcome.code == 0:
            return next(iter(place.glob("*.whl")), place), ""
        said.append(outcome.words(command))
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
