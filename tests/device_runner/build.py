"""The runner and its parts, compiled for this computer."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from studio import paths
from studio.targets.phone.bundle.compile import read_flags

HASH = bytes(range(32))
"""What test builds take for the hash of their sources."""

STUB_NAME = "libLiteRtRuntimeCApi.so"
SANITIZE = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-g")

_NATIVE = Path(__file__).parent / "native"
_COMPILE_SECONDS = 120


def sources_dir() -> Path:
    """The folder of the runner's C sources."""
    return paths.resources_dir() / "device_runner"


def parts() -> list[str]:
    """All of the runner but its main function."""
    return [str(path) for path in sorted(sources_dir().glob("*.c")) if path.name != "main.c"]


def compile_c(
    output: Path, files: Sequence[str], extra: Sequence[str] = (), compiler: str = "gcc"
) -> Path:
    """Compile with the runner's own flags.

    Args:
        output: file to write.
        files: C sources, of the runner by path, of the tests by name.
        extra: flags on top.
        compiler: `gcc` or `clang`; the test is skipped where it is missing.
    """
    if shutil.which(compiler) is None:
        pytest.skip(f"needs a C compiler: apt-get install {compiler} libc6-dev")
    compile_flags, link_flags = read_flags(sources_dir())
    command = [
        compiler,
        *compile_flags,
        *extra,
        f'-DRUNNER_HASH_HEX="{HASH.hex()}"',
        f"-I{sources_dir()}",
        *(name if "/" in name else str(_NATIVE / name) for name in files),
        "-o",
        str(output),
        *link_flags,
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=_COMPILE_SECONDS)
    assert done.returncode == 0, done.stderr
    return output


def build_stub(folder: Path, extra: Sequence[str] = (), compiler: str = "gcc") -> Path:
    """The stand-in for LiteRT, under the name that the runner looks for."""
    flags = ["-shared", "-fPIC", *extra]
    return compile_c(folder / STUB_NAME, ["stub_tflite.c"], flags, compiler)


def build_runner(folder: Path) -> Path:
    """The runner itself, with the stub beside it."""
    build_stub(folder)
    return compile_c(folder / "runner", [*parts(), str(sources_dir() / "main.c")])


def load_parts(folder: Path) -> ctypes.CDLL:
    """The runner's modules and the shims around them."""
    library = compile_c(
        folder / "parts.so",
        [*parts(), "shims.c", "shim_fold.c", "shim_flow.c"],
        ["-shared", "-fPIC"],
    )
    loaded = ctypes.CDLL(str(library))
    loaded.runs_encode.restype = ctypes.c_size_t
    loaded.runs_encode.argtypes = [
        ctypes.c_char_p,
        ctypes.c_size_t,
        ctypes.c_char_p,
        ctypes.c_size_t,
    ]
    loaded.shim_reply.restype = ctypes.c_size_t
    return loaded
