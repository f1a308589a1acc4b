"""Where things lie: the program's own files, the user's workspace and settings."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

_PACKAGE = Path(__file__).resolve().parent


def _own_files(name: str) -> Path:
    """A folder that lies beside the package in a checkout and inside it in a wheel."""
    packed = _PACKAGE / "_data" / name
    return packed if packed.is_dir() else _PACKAGE.parent / name


def resources_dir() -> Path:
    """Icons, styles and the sample clip."""
    return _own_files("resources")


def sample_clip() -> Path:
    """The clip that the studio opens at its first start."""
    return resources_dir() / "sample.mp4"


def shipped_models_dir() -> Path:
    """The models that come with the program, and their cards."""
    return _own_files("models")


def workspace_dir() -> Path:
    """The user's folder for runs and results; `JEJUNET_WORKSPACE` moves it."""
    chosen = os.environ.get("JEJUNET_WORKSPACE")
    if chosen:
        return Path(chosen).expanduser().resolve()
    return Path(platformdirs.user_data_dir("jejunet", appauthor=False))


def runs_dir() -> Path:
    """The folder of all run folders."""
    return workspace_dir() / "runs"


def settings_file() -> Path:
    """The GUI's settings (layout, theme, recent files); `JEJUNET_SETTINGS` moves it."""
    chosen = os.environ.get("JEJUNET_SETTINGS")
    if chosen:
        return Path(chosen).expanduser().resolve()
    return Path(platformdirs.user_config_dir("jejunet", appauthor=False)) / "studio.ini"


def model_dirs() -> list[Path]:
    """Folders that are searched for models, in order; only those that exist.

    First `models/` of the program, then `models/` in the workspace, then the folders in
    `JEJUNET_MODELS` (separated as in PATH), then `shared/data/models` beside the checkout, where
    a team keeps the models that it may not pass on.
    """
    extra = [Path(part) for part in os.environ.get("JEJUNET_MODELS", "").split(os.pathsep) if part]
    candidates = [
        shipped_models_dir(),
        workspace_dir() / "models",
        *extra,
        _PACKAGE.parent.parent / "shared" / "data" / "models",
    ]
    return [folder for folder in candidates if folder.is_dir()]
