"""Our own stroke icons, drawn in the colours of the theme that is in use.

An icon is painted anew whenever Qt asks for it, so a switch of theme recolours all of them
without anyone setting them again.
"""

from __future__ import annotations

import logging
from functools import cache
from typing import Literal

from PySide6.QtCore import QByteArray, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from studio.gui.theme import Theme, current_theme
from studio.paths import resources_dir

_log = logging.getLogger(__name__)

Tint = Literal["text", "muted", "accent", "good", "warn", "bad", "on_accent"]

_EMPTY = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"/>'


@cache
def _source(name: str) -> str:
    path = resources_dir() / "icons" / f"{name}.svg"
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        _log.warning("no icon %r: %s", name, error)
        return _EMPTY


@cache
def _renderer(name: str, colour: str) -> QSvgRenderer:
    return QSvgRenderer(QByteArray(_source(name).replace("currentColor", colour).encode()))


@cache
def _pixmap(name: str, colour: str, width: int, height: int) -> QPixmap:
    pixmap = QPixmap(width, height)
    if pixmap.isNull():  # Qt asks for no pixels at all while a widget has no size
        return pixmap
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    side = min(width, height)
    _renderer(name, colour).render(
        painter, QRectF((width - side) / 2, (height - side) / 2, side, side)
    )
    painter.end()
    return pixmap


class _ThemedEngine(QIconEngine):
    """Paints one SVG in the colour that theme, mode and state ask for."""

    def __init__(self, name: str, tint: Tint) -> None:
        super().__init__()
        self._name = name
        self._tint = tint

    def _colour(self, mode: QIcon.Mode, state: QIcon.State) -> str:
        theme: Theme = current_theme()
        if mode == QIcon.Mode.Disabled:
            return theme.faint
        if state == QIcon.State.On and self._tint in ("text", "muted"):
            return theme.accent
        colour: str = getattr(theme, self._tint)
        return colour

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        side = min(rect.width(), rect.height())
        area = QRectF(0, 0, side, side)
        area.moveCenter(QRectF(rect).center())
        _renderer(self._name, self._colour(mode, state)).render(painter, area)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        return _pixmap(self._name, self._colour(mode, state), size.width(), size.height())

    def clone(self) -> QIconEngine:
        # PySide6 6.11 does not hand a returned engine over to C++: without a reference of ours
        # it is collected under the icon that uses it. Only an icon that is altered is cloned.
        copy = _ThemedEngine(self._name, self._tint)
        _clones.append(copy)
        return copy

    def key(self) -> str:
        return f"jejunet:{self._name}:{self._tint}"

    def isNull(self) -> bool:
        return False


_clones: list[_ThemedEngine] = []


@cache
def icon(name: str, tint: Tint = "text") -> QIcon:
    """Look up an icon.

    Args:
        name: the stem of a file in `resources/icons`.
        tint: the theme's colour that it is drawn in; `text` and `muted` turn to accent when on.

    Returns:
        An icon that follows the theme by itself; empty (and logged) when there is no such file.
    """
    return QIcon(_ThemedEngine(name, tint))


def pixmap(name: str, size: int, colour: str, device_pixel_ratio: float = 1.0) -> QPixmap:
    """Draw an icon once in a given colour, for custom painting.

    Args:
        name: as for `icon`.
        size: side in logical pixels.
        colour: `#rrggbb`.
        device_pixel_ratio: of the screen.
    """
    side = round(size * device_pixel_ratio)
    drawn = QPixmap(_pixmap(name, QColor(colour).name(), side, side))
    drawn.setDevicePixelRatio(device_pixel_ratio)
    return drawn


def app_icon() -> QIcon:
    """The studio's own coloured icon."""
    result = QIcon()
    source = QSvgRenderer(str(resources_dir() / "icons" / "app" / "jejunet.svg"))
    for side in (16, 24, 32, 48, 64, 128, 256):
        drawn = QPixmap(side, side)
        drawn.fill(Qt.GlobalColor.transparent)
        painter = QPainter(drawn)
        source.render(painter, QRectF(QPoint(0, 0), QSize(side, side)))
        painter.end()
        result.addPixmap(drawn)
    return result
