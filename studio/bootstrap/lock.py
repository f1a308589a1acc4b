"""Renewing the lock files: the newest versions that fit pyproject.toml, pinned by hash."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from studio.bootstrap import places, tools
from studio.bootstrap.say import say
from studio.errors import StudioError

# What each lock file holds beside the dependencies of the studio itself.
_LOCKS = {places.RUN_LOCK: ("--extra", "build"), places.TEST_LOCK: ("--all-extras",)}


def renew() -> None:
    """Write both lock files anew.

    uv's own lock file names the package index it was made with, so it is made in a copy and
    thrown away; what is kept are versions and hashes, which hold for any index.

    Raises:
        StudioError: no set of versions fits, or the index cannot be reached.
    """
    uv = str(tools.provide_uv())
    env = tools.uv_environment()
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for name in ("pyproject.toml", "README.md", "LICENSE"):
            shutil.copy(places.ROOT / name, copy / name)

        def run(*arguments: str) -> str:
            answer = subprocess.run(
                [uv, *arguments], cwd=copy, env=env, capture_output=True, text=True, check=False
            )
            if answer.returncode != 0:
                say(answer.stderr.strip())
                raise tools.install_error("the packages", answer.stderr)
            return answer.stdout

        say("Looking for the newest versions that fit together")
        run("lock")
        for path, extras in _LOCKS.items():
            plain = ("--no-emit-project", "--no-annotate", "--no-header", "--frozen", "--quiet")
            text = run("export", *plain, "--format", "requirements.txt", *extras)
            if "://" in text:
                raise StudioError(
                    f"A package for {path.name} comes from an address, not from an index.",
                    remedy="Every dependency in pyproject.toml must be a name and a version.",
                )
            path.write_text(text, encoding="utf-8")
            say(f"Wrote {path.relative_to(places.ROOT)}")
