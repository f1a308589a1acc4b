"""A small checkout to bootstrap in, whose uv only writes down what it is asked for."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
# The Python under the virtual environment that the tests run in.
BASE_PYTHON = str(getattr(sys, "_base_executable", sys.executable))
_COPIED = (
    "pyproject.toml",
    "requirements.lock",
    "tests/requirements.lock",
    "README.md",
    "LICENSE",
    "studio/__init__.py",
    "studio/errors.py",
)
# Answers for its version; for the rest it notes its arguments, and makes what a real one makes.
_UV = """#!/bin/sh
if [ "$1" = --version ]; then echo "uv {version}"; exit 0; fi
echo "$@" >> "{root}/uv.log"
if [ "$1" = venv ]; then
  rm -rf "{root}/.venv"; mkdir -p "{root}/.venv/bin" "{root}/.venv/lib/python3.11/site-packages"
  echo "version_info = 3.11.2" > "{root}/.venv/pyvenv.cfg"
  ln -s "{python}" "{root}/.venv/bin/python"
  printf '#!/bin/sh\\necho "opened with: $*"\\nexit 7\\n' > "{root}/.venv/bin/jejunet"
  chmod +x "{root}/.venv/bin/jejunet"
fi
if [ "$2" = sync ]; then {on_sync}; fi
"""


@dataclass(frozen=True)
class Checkout:
    """A folder with what the bootstrap needs of the project, and nothing installed.

    Attributes:
        root: the folder.
    """

    root: Path

    @classmethod
    def create(cls, root: Path) -> Checkout:
        """Copy the bootstrap and the files it reads."""
        for name in _COPIED:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, root / name)
        shutil.copytree(
            ROOT / "studio" / "bootstrap",
            root / "studio" / "bootstrap",
            ignore=shutil.ignore_patterns("__pycache__"),
        )
        return cls(root)

    def place_uv(self, version: str, on_sync: str = "true") -> None:
        """Put a uv there that pretends.

        Args:
            version: the version it says it is.
            on_sync: shell commands for when packages are to be installed.
        """
        uv = self.root / ".tools" / "bin" / "uv"
        uv.parent.mkdir(parents=True, exist_ok=True)
        uv.write_text(
            _UV.format(version=version, root=self.root, python=BASE_PYTHON, on_sync=on_sync)
        )
        uv.chmod(0o755)

    def uv_calls(self) -> list[str]:
        """What uv was asked for, in order."""
        log = self.root / "uv.log"
        return log.read_text().splitlines() if log.exists() else []

    def start(self, *arguments: str, env: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
        """Start `python -m studio.bootstrap` in it."""
        return subprocess.Popen(
            [BASE_PYTHON, "-m", "studio.bootstrap", *arguments],
            cwd=self.root,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(
        self, *arguments: str, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run `python -m studio.bootstrap` in it to its end."""
        with self.start(*arguments, env=env) as process:
            out, err = process.communicate(timeout=60)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)
