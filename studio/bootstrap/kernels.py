"""The inner loops that numba compiles: ahead of the first frame, which would wait for them long."""

from __future__ import annotations

import hashlib
import os
import subprocess

from studio.bootstrap import environment, places
from studio.bootstrap.say import say

_RECORD = places.VENV / "jejunet-compiled.txt"
_COMPILE = "from studio.targets.rehearsal import compile_ahead; compile_ahead()"
_LONGEST_SECONDS = 600.0


def fingerprint() -> str:
    """What the loops are compiled from, as one number.

    Returns:
        A hash over size and time of their source files, which is what numba itself goes by, and
        over what is installed.
    """
    parts = [environment.installed()]
    for path in sorted((places.ROOT / "studio").glob("*/*kernels.py")):
        status = path.stat()
        parts.append(f"{path} {status.st_size} {status.st_mtime_ns}")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _is_done(wanted: str) -> bool:
    try:
        return _RECORD.read_text(encoding="utf-8") == wanted
    except OSError:
        return False


def provide() -> None:
    """Compile the loops; does nothing when that was tried for this source.

    A failure is told and harms nothing: the studio compiles what it needs when it needs it.
    """
    try:
        wanted = fingerprint()
        if _is_done(wanted) or not os.access(places.VENV, os.W_OK):
            return
        with environment.alone():
            if not _is_done(wanted):  # else the other start did it
                _compile()
                _RECORD.write_text(wanted, encoding="utf-8")
    except OSError as error:
        say(f"The fast paths could not be compiled ahead: {error.strerror or error}")


def _compile() -> None:
    say("Compiling the fast paths (half a minute, once for this version)")
    command = [str(environment.program("python")), "-c", _COMPILE]
    try:
        code = subprocess.run(
            command, cwd=places.ROOT, capture_output=True, check=False, timeout=_LONGEST_SECONDS
        ).returncode
    except subprocess.TimeoutExpired:
        code = 1
    if code:
        say("That did not work; the studio will compile them when it needs them")
