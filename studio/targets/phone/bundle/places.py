"""Where bundles and the parts of packages are kept, for all workspaces of a user."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

from studio.targets.phone.bundle.sources import sources_dir


def cache_dir() -> Path:
    """What can be made again at any time; `JEJUNET_CACHE` moves it."""
    chosen = os.environ.get("JEJUNET_CACHE")
    if chosen:
        return Path(chosen).expanduser().resolve()
    return Path(platformdirs.user_cache_dir("jejunet", appauthor=False))


def parts_dir() -> Path:
    """Files out of packages, one folder a package."""
    return cache_dir() / "packages"


def bundles_dir() -> Path:
    """Bundles, packed and unpacked."""
    return cache_dir() / "bundles"


def shipped_dir() -> Path:
    """The bundle that came with the program; in a checkout there is none."""
    return sources_dir() / "bundle"


def chosen_bundle() -> Path | None:
    """The file or folder that the user named in `JEJUNET_BUNDLE`."""
    chosen = os.environ.get("JEJUNET_BUNDLE")
    return Path(chosen).expanduser().resolve() if chosen else None
