"""The virtual environment in the checkout: made once, checked in milliseconds, repaired."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from studio.bootstrap import places, tools
from studio.bootstrap.say import run_aloud, say
from studio.errors import StudioError, output_error

Kind = Literal["run", "test"]

_RECIPE = 1  # counts up when the steps below change, so that environments are renewed
_STAMP = places.VENV / "jejunet-installed.json"
# Exists while an installation is under way; found at the start it tells of one that was cut off.
_UNFINISHED = places.TOOLS / "unfinished"
_NEEDED_BYTES = {"run": 3_000_000_000, "test": 4_000_000_000}


def program(name: str) -> Path:
    """A program of the virtual environment."""
    if sys.platform == "win32":
        return places.VENV / "Scripts" / f"{name}.exe"
    return places.VENV / "bin" / name


def _lock_of(kind: Kind) -> Path:
    return places.TEST_LOCK if kind == "test" else places.RUN_LOCK


def digest(kind: Kind) -> str:
    """What an environment of this kind is made from, as one number.

    Args:
        kind: for running the studio, or for testing it too.

    Returns:
        A hash over the lock file and the parts of pyproject.toml that an installation reads (not
        the settings of linters, whose change is no reason to install anything).
    """
    project = tomllib.loads(places.PYPROJECT.read_text(encoding="utf-8"))
    parts = [project.get("build-system"), project.get("project"), project["tool"].get("hatch")]
    made_from = json.dumps([_RECIPE, parts, list(sys.version_info[:2])], sort_keys=True).encode()
    return hashlib.sha256(made_from + _lock_of(kind).read_bytes()).hexdigest()


def _stamp() -> dict[str, str]:
    try:
        stamp = json.loads(_STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def installed() -> str:
    """What was installed last, as one text."""
    return json.dumps(_stamp(), sort_keys=True)


def is_ready(kind: Kind) -> bool:
    """Whether the environment is complete and up to date; an environment for tests also runs."""
    stamp = _stamp()
    return (
        stamp.get("root") == str(places.ROOT)
        and stamp.get("digest") in {digest("test"), digest(kind)}
        and os.access(program("python"), os.X_OK)
        and not _UNFINISHED.exists()
    )


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Let one start at a time install or compile in this checkout."""
    places.TOOLS.mkdir(exist_ok=True)
    with (places.TOOLS / "lock").open("a") as lock:
        if sys.platform != "win32":
            import fcntl

            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say("Another installation is at work in this folder; waiting for it to end")
                fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def provide(kind: Kind) -> None:
    """Make the virtual environment complete and up to date; does nothing when it is.

    Args:
        kind: for running the studio, or for testing it too. An environment that has the tests'
            packages keeps them.

    Raises:
        StudioError: an installation failed.
    """
    if is_ready(kind):
        return
    try:
        with alone():
            if is_ready(kind):  # the other installation did it
                return
            if program("pytest").exists():
                kind = "test"
            _install(kind)
    except OSError as error:
        raise output_error(error.filename or places.ROOT, error) from error


def _must_start_anew() -> bool:
    """Whether what lies there cannot be mended in place.

    A package that was being unpacked when an installation was cut off looks complete to the
    installer; programs in an environment that was moved point to where it was.
    """
    if not program("python").exists() or _UNFINISHED.exists():
        return True
    if _stamp().get("root", str(places.ROOT)) != str(places.ROOT):
        return True
    try:
        config = (places.VENV / "pyvenv.cfg").read_text(encoding="utf-8")
    except OSError:
        return True
    return "version_info = 3.11." not in config


def _check_space(kind: Kind) -> None:
    needed_bytes = _NEEDED_BYTES[kind]
    free_bytes = shutil.disk_usage(places.ROOT).free
    if free_bytes < needed_bytes:
        raise StudioError(
            f"About {needed_bytes / 1e9:.0f} GB are needed in {places.ROOT}, "
            f"{free_bytes / 1e9:.1f} GB are free.",
            remedy="Free some space or move the project to another disk, then start again.",
        )


def _packages_changed_ns() -> int:
    """When a package last came or went in the environment."""
    library = Path("Lib") if sys.platform == "win32" else Path("lib", "python3.11")
    return (places.VENV / library / "site-packages").stat().st_mtime_ns


def _step(words: str, what: str, command: list[str], env: dict[str, str]) -> None:
    say(words)
    outcome = run_aloud(command, env, chatter=r" [+~-] ")
    if outcome.code != 0:
        raise tools.install_error(what, outcome.tail)


def _sync(command: list[str], env: dict[str, str]) -> None:
    """Install the packages, from the index or, if that fails, from pip's extra ones too."""
    try:
        _step(
            "Installing the packages (a few minutes the first time)", "the packages", command, env
        )
    except StudioError:
        extended = tools.uv_environment(with_extras=True)
        if extended == env:
            raise
        _step("Trying again with pip's extra indexes", "the packages", command, extended)


def _install(kind: Kind) -> None:
    anew = _must_start_anew()
    if anew:
        _check_space(kind)
    uv = str(tools.provide_uv())
    python = str(program("python"))
    env = tools.uv_environment()
    was_cut_off = _UNFINISHED.exists()
    _UNFINISHED.touch()
    if anew:
        again = " again: the last installation was cut off" if was_cut_off else ""
        make = [uv, "venv", "--quiet", "--no-project", "--clear", "--python", sys.executable]
        _step(f"Making .venv{again}", "the environment", [*make, str(places.VENV)], env)
    before = _packages_changed_ns()
    sync = [uv, "pip", "sync", "--python", python, "--require-hashes", "--compile-bytecode"]
    try:
        _sync([*sync, str(_lock_of(kind))], env)
    except StudioError:
        if not anew and _packages_changed_ns() == before:
            _UNFINISHED.unlink()  # nothing was begun, so what was there is as good as before
        raise
    here = ["--no-deps", "--no-build-isolation", "--offline", "--editable", str(places.ROOT)]
    install = [uv, "pip", "install", "--quiet", "--python", python, *here]
    _step("Installing the studio", "the studio", install, env)
    compile_sources()
    stamp = {"digest": digest(kind), "root": str(places.ROOT), "kind": kind}
    unfinished_stamp = _STAMP.with_suffix(".tmp")
    unfinished_stamp.write_text(json.dumps(stamp), encoding="utf-8")
    unfinished_stamp.replace(_STAMP)
    _UNFINISHED.unlink()
    say("Installed")


def compile_sources() -> None:
    """Compile the studio's own byte code, so that it starts as fast where Python may not."""
    subprocess.run(
        [str(program("python")), "-m", "compileall", "-q", str(places.ROOT / "studio")], check=False
    )
