"""The whole check of the project, quick ones first: style, architecture, types, tests."""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from studio.bootstrap import environment, places
from studio.bootstrap.say import say
from studio.errors import StudioError

_NOTHING_COLLECTED = 5  # pytest's exit code
_SCREEN_SECONDS = 30.0


@dataclass(frozen=True)
class Check:
    """One check.

    Attributes:
        name: what it looks after, for the summary.
        command: program of the virtual environment, and its arguments.
        on_screen: run it under an X server of its own.
    """

    name: str
    command: tuple[str, ...]
    on_screen: bool = field(default=False, kw_only=True)


CHECKS = (
    Check("format", ("ruff", "format", "--check", ".")),
    Check("style", ("ruff", "check", ".")),
    Check("architecture", ("lint-imports", "--no-cache")),
    Check("types", ("mypy",)),
    # What is fetched is fetched here, so that the tests need no network.
    Check("phone lab", ("python", "-m", "tests.phone_lab.prepare")),
    Check("tests on a screen", ("python", "-m", "pytest", "-m", "screen"), on_screen=True),
    Check("tests", ("python", "-m", "pytest", "-m", "not screen")),
)


@contextlib.contextmanager
def screen() -> Iterator[str]:
    """Run an X server without a monitor on a free display.

    Yields:
        The display's name, for the variable DISPLAY.

    Raises:
        StudioError: it did not start.
    """
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1440x900x24"]
    try:
        server = subprocess.Popen(
            [*command, "-nolisten", "tcp", "-noreset"],
            pass_fds=[writing],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except OSError as error:
        os.close(reading)
        raise StudioError(
            "Xvfb, the X server for the tests on a screen, is not installed.",
            remedy="Install it (on Debian: `apt-get install xvfb`).",
        ) from error
    finally:
        os.close(writing)
    try:
        ready, _, _ = select.select([reading], [], [], _SCREEN_SECONDS)
        number = os.read(reading, 16).decode().strip() if ready else ""
        if not number:
            raise StudioError("Xvfb, the X server for the tests on a screen, did not start.")
        yield f":{number}"
    finally:
        os.close(reading)
        server.terminate()
        server.wait()


def _run(check: Check) -> int:
    command = [str(environment.program(check.command[0])), *check.command[1:]]
    env = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    if not check.on_screen:
        return subprocess.run(command, cwd=places.ROOT, env=env, check=False).returncode
    with screen() as display:
        env |= {"QT_QPA_PLATFORM": "xcb", "DISPLAY": display}
        return subprocess.run(command, cwd=places.ROOT, env=env, check=False).returncode


def run_all() -> int:
    """Run every check, also after one has failed, and sum up.

    Returns:
        0 when all passed, else 1.
    """
    environment.compile_sources()
    lines: list[str] = []
    failed = False
    for check in CHECKS:
        say(f"{check.name}: {' '.join(check.command)}")
        started = time.monotonic()
        try:
            code = _run(check)
        except StudioError as error:
            say(str(error))
            code = 1
        failed |= code != 0
        verdict = "passed" if code == 0 else f"FAILED (exit code {code})"
        lines.append(f"{check.name:<18} {time.monotonic() - started:6.1f} s  {verdict}")
    for line in lines:
        say(line)
    return 1 if failed else 0


def run_pytest(arguments: list[str]) -> int:
    """Run pytest alone, in the place of this process.

    Args:
        arguments: what to tell pytest.

    Returns:
        pytest's exit code.
    """
    command = [str(environment.program("python")), "-m", "pytest", *arguments]
    sys.stdout.flush()
    return subprocess.run(command, check=False).returncode
