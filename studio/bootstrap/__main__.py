"""The two commands of the README: open the studio, and test it, on a bare system."""

from __future__ import annotations

import os
import subprocess
import sys

from studio.bootstrap import checks, environment, kernels, lock, system
from studio.bootstrap.say import say
from studio.errors import InputError, StudioError

_USAGE = """\
usage: python3 -m studio.bootstrap [ARGUMENT ...]
       python3 -m studio.bootstrap test [PYTEST ARGUMENT ...]
       python3 -m studio.bootstrap lock

The first installs what the studio needs and opens it; arguments go to `jejunet`.
`test` installs what the tests need too and runs every check of the project; with arguments it
runs pytest alone, with them. `lock` renews the two lock files from pyproject.toml."""


def check_python(version: tuple[int, int]) -> None:
    """Refuse a Python that the packages do not exist for.

    Args:
        version: major and minor number.

    Raises:
        InputError: it is not 3.11.
    """
    if version != (3, 11):
        raise InputError(
            f"The studio needs Python 3.11, this is Python {version[0]}.{version[1]}: "
            "tflite-runtime has no package for a newer one.",
            remedy="Install Python 3.11 and start again with `python3.11 -m studio.bootstrap`.",
        )


def _open_studio(arguments: list[str]) -> int:  # noqa: RET503  # execv never returns
    system.provide(for_tests=False)
    environment.provide("run")
    kernels.provide()
    command = [str(environment.program("jejunet")), *arguments]
    if os.name == "nt":  # exec there returns to the shell before the program ends
        return subprocess.run(command, check=False).returncode
    os.execv(command[0], command)  # noqa: S606  # the studio takes this process's place


def _run(arguments: list[str]) -> int:
    check_python(sys.version_info[:2])
    match arguments:
        case ["-h" | "--help"]:
            sys.stdout.write(_USAGE + "\n")
            return 0
        case ["lock"]:
            lock.renew()
            return 0
        case ["lock", *rest]:
            raise InputError(f"`lock` takes no arguments. Received: {' '.join(rest)}.")
        case ["test", *rest]:
            system.provide(for_tests=True)
            environment.provide("test")
            kernels.provide()
            return checks.run_pytest(rest) if rest else checks.run_all()
        case _:
            return _open_studio(arguments)


def main() -> int:
    """Run the command line.

    Returns:
        The exit code: 0 done, 1 failed, 2 wrong input, 130 stopped by Ctrl+C.
    """
    try:
        return _run(sys.argv[1:])
    except StudioError as error:
        say(error.message)
        if error.remedy:
            say(error.remedy)
        return error.exit_code
    except KeyboardInterrupt:
        say("Stopped. The next start carries on from here.")
        return 130


if __name__ == "__main__":
    sys.exit(main())
