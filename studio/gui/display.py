"""Whether there is a screen to open a window on; known before any of Qt is loaded."""

from __future__ import annotations

import os
import sys

_SCREENLESS_PLATFORMS = ("offscreen", "minimal", "vnc", "linuxfb", "eglfs", "vkkhrdisplay")


def display_problem() -> str | None:
    """Say why no window can be opened.

    Returns:
        None when one can be tried; else a sentence that says what is missing and which verbs of
        the command line work without a screen.
    """
    if sys.platform in ("win32", "darwin"):
        return None
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        return None
    platform = os.environ.get("QT_QPA_PLATFORM", "").split(";")[0].split(":")[0]
    if platform in _SCREENLESS_PLATFORMS:
        return None
    return (
        "The studio needs a screen, and neither DISPLAY nor WAYLAND_DISPLAY is set. "
        "Without one every verb of the command line works; jejunet --help names them."
    )
