"""The runner, compiled for a phone by whichever compiler is at hand.

The same sources and the same compiler give the same bytes, wherever they lie: file names are
relative, and nothing of the time or of this computer goes in.
"""

from __future__ import annotations

import errno
import importlib.util
import re
import shlex
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from studio.errors import PhoneError, output_error
from studio.targets.phone.bundle.commands import run
from studio.targets.phone.bundle.progress import ShouldStop, never
from studio.targets.phone.bundle.sources import runner_hash, source_files

FLAGS_NAME = "flags.txt"
GCC = "aarch64-linux-gnu-gcc"
# The bundled C library is 2.36, LiteRT's needs 2.30.
_ZIG_TARGET = "aarch64-linux-gnu.2.30"
# A warning that a newer compiler invents must not keep a user from a runner.
_COMPILE = ("-Wno-error",)
_DISK_FAULTS = {"no space left": errno.ENOSPC, "file size limit": errno.EFBIG}
_LINK = ("-s", "-Wl,--build-id=none")


class MissingCompilerError(PhoneError):
    """Nothing here compiles for phones."""


@dataclass(frozen=True)
class Compiler:
    """A C compiler for the phone's processor.

    Attributes:
        command: how it is started.
        name: for the manifest.
    """

    command: tuple[str, ...]
    name: str


def find_compiler() -> Compiler:
    """Look for a compiler: Debian's cross gcc, or zig from the Python package index.

    Raises:
        MissingCompilerError: there is none; the remedy says what to install.
    """
    gcc = shutil.which(GCC)
    if gcc:
        return Compiler((gcc,), GCC)
    if importlib.util.find_spec("ziglang") is not None:
        command = (sys.executable, "-m", "ziglang", "cc", f"--target={_ZIG_TARGET}")
        return Compiler(command, "zig cc")
    raise MissingCompilerError(
        "The runner for phones must be compiled, and there is no compiler for their processor.",
        remedy="Install one: `apt-get install gcc-aarch64-linux-gnu libc6-dev-arm64-cross` on "
        f"Debian or Ubuntu, elsewhere `{Path(sys.executable).name} -m pip install ziglang`.",
    )


def compiler_version(compiler: Compiler, folder: Path) -> str:
    """What the compiler calls itself, in one line."""
    outcome = run([*compiler.command, "--version"], folder=folder)
    first = outcome.output.strip().partition("\n")[0]
    return f"{compiler.name}: {first}" if first else compiler.name


def read_flags(folder: Path) -> tuple[list[str], list[str]]:
    """The flags for these sources, as `flags.txt` beside them says.

    Args:
        folder: with the sources.

    Returns:
        Those for compiling (its lines `compile:`) and those for linking (`link:`).

    Raises:
        PhoneError: the file cannot be read.
    """
    flags: dict[str, list[str]] = {"compile": [], "link": []}
    try:
        lines = (folder / FLAGS_NAME).read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise PhoneError(
            f"The sources of the runner are not complete: {folder / FLAGS_NAME} is missing.",
            remedy="Install the studio again.",
            details=repr(error),
        ) from error
    for line in lines:
        step, _, words = line.partition(":")
        if step in flags:
            flags[step] += shlex.split(words)
    return flags["compile"], flags["link"]


def compile_runner(
    sources: Path,
    folder: Path,
    *,
    compiler: Compiler,
    should_stop: ShouldStop = never,
) -> Path:
    """Compile the runner.

    Args:
        sources: folder with its C sources.
        folder: empty; takes copies of the sources, and the runner.
        compiler: to use.
        should_stop: asked often.

    Returns:
        The runner.

    Raises:
        PhoneError: the compiler refuses.
        OutputError: the disk is full.
        BundleStoppedError: someone asked to stop.
    """
    files = source_files(sources)
    try:
        for file in files:
            shutil.copyfile(file, folder / file.name)
    except OSError as error:
        raise output_error(folder, error) from error
    compile_flags, link_flags = read_flags(sources)
    command = [
        *compiler.command,
        *compile_flags,
        *_COMPILE,
        f'-DRUNNER_HASH_HEX="{runner_hash(folder).hex()}"',
        f"-ffile-prefix-map={folder}=.",
        *("-o", "runner"),
        *(file.name for file in files if file.suffix == ".c"),
        *link_flags,
        *_LINK,
    ]
    # The locale would change the words, the date what __DATE__ gives.
    env = {"LC_ALL": "C", "SOURCE_DATE_EPOCH": "0", "TMPDIR": str(folder)}
    outcome = run(command, folder=folder, env=env, should_stop=should_stop)
    runner = folder / "runner"
    if outcome.code != 0 or not runner.is_file():
        for words, number in _DISK_FAULTS.items():
            if words in outcome.output.lower():
                raise output_error(folder, OSError(number, outcome.output))
        raise _refusal(compiler, shlex.join(command), outcome.output)
    return runner


def _refusal(compiler: Compiler, command: str, output: str) -> PhoneError:
    first = next((line for line in output.splitlines() if "error" in line), output[:200]).strip()
    if re.search(r"\w+\.h: No such file|cannot find (-lc|\S*crt1\.o)", output):
        remedy = "The C library for phones is missing: `apt-get install libc6-dev-arm64-cross`."
    else:
        remedy = "Try the other compiler: Debian's gcc-aarch64-linux-gnu, or ziglang for Python."
    return PhoneError(
        f"The runner for phones could not be compiled by {compiler.name}: {first}",
        remedy=remedy,
        details=f"{command}\n{output}",
    )
