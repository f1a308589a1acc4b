"""The panes side by side as one picture, at the size of the frame."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter

from studio.gui.playback.shown import OverlaySettings, ShownFrame
from studio.gui.previews.contents import Content, render
from studio.gui.previews.view import Placement
from studio.gui.theme import Theme
from studio.inference.model import ModelInfo


def comparison_image(
    contents: Sequence[Content],
    captions: Sequence[str],
    shown: ShownFrame,
    overlay: OverlaySettings,
    model: ModelInfo | None,
    theme: Theme,
) -> QImage:
    """Draw whole frames in a row, each under its name and over its numbers.

    Args:
        contents: 1 or more; those that need a mask are left out when there is none.
        captions: one a content.
        shown: the frame.
        overlay: how masks are drawn.
        model: whose colours are taken.
        theme: of ground and words.

    Returns:
        As high as the frame and two lines of text.
    """
    height, width = shown.image.shape[:2]
    whole = Placement(0, 0, width, height, 0.0, 0.0, width, height)
    rendered = (
        render(content, shown, overlay, model, whole, is_dark=theme.is_dark) for content in contents
    )
    pictures = [
        (content, words, pixels)
        for content, words, pixels in zip(contents, captions, rendered, strict=True)
        if pixels is not None
    ]
    gap = max(4, width // 80)
    line = max(16, height // 24)
    font = QFont()
    font.setPixelSize(round(line * 0.62))
    total = QImage(
        max(1, len(pictures)) * (width + gap) + gap,
        height + 2 * line + gap,
        QImage.Format.Format_RGB32,
    )
    total.fill(QColor(theme.surface))
    painter = QPainter(total)
    painter.setFont(font)
    x = gap
    for content, words, pixels in pictures:
        image = QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_BGR888)
        painter.drawImage(x, line, image)
        painter.setPen(QColor(theme.text))
        painter.drawText(QRect(x, 0, width, line), Qt.AlignmentFlag.AlignVCenter, content)
        painter.setPen(QColor(theme.muted))
        below = QRect(x, line + height, width, line)
        fitting = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, width)
        painter.drawText(below, Qt.AlignmentFlag.AlignVCenter, fitting)
        x += width + gap
    painter.end()
    return total
