"""Makes the menus' actions: each with a text, an icon, a tip, and perhaps a shortcut."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence

from studio.gui import icons


def make_action(
    parent: QObject,
    text: str,
    icon: str,
    tip: str,
    run: Callable[[], object] | None = None,
    keys: tuple[str, ...] = (),
    checkable: bool = False,
) -> QAction:
    """Make an action.

    Args:
        parent: its owner.
        text: with `&` before its access key.
        icon: in `resources/icons`; empty for none.
        tip: what it does, for the status bar and as its tooltip.
        run: called when it is triggered.
        keys: shortcuts, the first one shown.
        checkable: whether it can be on.
    """
    action = QAction(text, parent)
    if icon:
        action.setIcon(icons.icon(icon))
    action.setStatusTip(tip)
    shortcuts = [QKeySequence(key) for key in keys]
    action.setShortcuts(shortcuts)
    shown = shortcuts[0].toString(QKeySequence.SequenceFormat.NativeText) if shortcuts else ""
    action.setToolTip(f"{tip} ({shown})" if shown else tip)
    action.setCheckable(checkable)
    action.setIconVisibleInMenu(not checkable)  # a menu shows an icon or a tick, never both
    if run is not None:
        action.triggered.connect(lambda _checked=False: run())
    return action
