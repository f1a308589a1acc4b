"""Tells whether the mask on screen is the one that its frame always has."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QWidget

from studio.gui.playback.shown import ShownFrame
from studio.gui.telemetry.chip import Chip
from studio.temporal.spec import TemporalSpec

_EXACT = "exact"
_PASSED_OVER = "not yet exact"
_BEGUN_ANEW = "not exact"


class ExactChip(Chip):
    """A few words beside the presets; not there where each frame stands by itself.

    Args:
        parent: owner.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.hide()

    def show_frame(self, shown: ShownFrame | None, spec: TemporalSpec, *, is_live: bool) -> None:
        """Be about another frame.

        Args:
            shown: the frame on screen; None for none.
            spec: that masks are made with.
            is_live: whether it comes from a camera, whose frames never come again.
        """
        has_past = shown is not None and shown.temporal is not None and not is_live
        if shown is None or not has_past:
            self.hide()
            return
        if spec.asynchronous:
            self.show_words(
                "asynchronous: masks depend on timing",
                "muted",
                "The network runs beside: how soon it answers decides what is carried on.",
            )
        elif shown.is_exact:
            self.show_words(
                _EXACT,
                "good",
                "This frame has this mask whichever way one comes to it, and in exports, too.",
            )
        elif spec.seek == "fast":
            self.show_words(
                _BEGUN_ANEW,
                "warn",
                "What is carried along begins at the jump. Choose Exact for “After a jump” to see "
                "the mask that this frame always has.",
            )
        else:
            self.show_words(
                _PASSED_OVER,
                "warn",
                "Frames before it were passed over. Masks are exact again from the next anchor on, "
                "or as soon as the video rests.",
            )
        self.show()

    def sizeHint(self) -> QSize:
        """As wide for each word that may change from frame to frame: nothing moves beside it."""
        size = super().sizeHint()
        metrics = self.fontMetrics()
        own = metrics.horizontalAdvance(self.words)
        widest = max(map(metrics.horizontalAdvance, (_EXACT, _PASSED_OVER, _BEGUN_ANEW)))
        return QSize(size.width() + max(0, widest - own), size.height())
