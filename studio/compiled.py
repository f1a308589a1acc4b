"""The compiler for inner loops, with its cache where it can be written; loads numba.

Not for the window's process, which must start fast: whatever imports this runs elsewhere.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import platformdirs

__all__ = ["njit"]


def _choose_cache_folder() -> None:
    """Point numba at a folder it can write to, when the package's own is read-only."""
    if "NUMBA_CACHE_DIR" in os.environ or os.access(Path(__file__).parent, os.W_OK):
        return
    for folder in (
        Path(platformdirs.user_cache_dir("jejunet", appauthor=False)) / "compiled",
        Path(tempfile.gettempdir()) / f"jejunet-compiled-{os.getpid()}",
    ):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            os.environ["NUMBA_CACHE_DIR"] = str(folder)
            return


_choose_cache_folder()

from numba import njit  # noqa: E402  (reads NUMBA_CACHE_DIR when it is imported)
