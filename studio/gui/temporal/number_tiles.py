"""The big numbers: how fast, how often the network runs, and what that does to the masks."""

from __future__ import annotations

import math

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from studio.gui.playback.key_marks import trigger_colour, trigger_title
from studio.gui.telemetry.painting import short_number
from studio.gui.telemetry.tile import Tile
from studio.gui.temporal.history import Numbers
from studio.gui.temporal.words import per_second
from studio.gui.theme import current_theme

_TILE_PIXELS = 118
_TILE_HEIGHT = 54  # three rows of them fit into a low dock

_TILES: dict[str, tuple[str, str, str]] = {
    "rate": (
        "Masks a second",
        "FPS",
        "1000 / the mean milliseconds from a frame to its mask, over the last frames that came "
        "with this setting. Decoding and painting are not counted.",
    ),
    "keys": (
        "Key frames",
        "%",
        "Share of the frames on which the network ran.",
    ),
    "speed_up": (
        "Speed-up",
        "×",
        "Against the network on every frame. Measured: the network ran on the same frames beside "
        "(the comparison is on). Estimated: from what it took on key frames.",
    ),
    "agreement": (
        "Agreement",
        "%",
        "Share of the pixels whose class is the one that the network gives for the frame alone. "
        "Where they differ, the network is not always right: the past corrects it, too.",
    ),
    "flicker": (
        "Flicker",
        "%",
        "Share of the pixels whose class changed since the frame before although the picture did "
        "not change there. Alone: the same of the network's masks, each frame by itself.",
    ),
    "j": (
        "J",
        "%",
        "Mean overlap with the ground truth of the clip: intersection over union of the "
        "foreground. Alone: of the network's masks.",
    ),
}

_ASK = "compare to see it"


class NumberTiles(QWidget):
    """Two columns or more of tiles; J only where the clip has masks."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(5)
        self._columns = 0
        self.tiles = {key: Tile(*words) for key, words in _TILES.items()}
        for tile in self.tiles.values():
            tile.setMinimumHeight(_TILE_HEIGHT)
            tile.setMaximumHeight(2 * _TILE_HEIGHT)
        self.tiles["j"].hide()
        self._arrange(2)

    def show_numbers(self, numbers: Numbers, *, is_off: bool) -> None:
        """Write them.

        Args:
            numbers: of the last frames.
            is_off: each frame stands by itself: nothing is saved, nothing differs.
        """
        tiles = self.tiles
        tiles["rate"].show_value(
            short_number(per_second(numbers.total_millis)),
            f"{short_number(numbers.total_millis)} ms a frame" if numbers.frames else "",
        )
        tiles["keys"].show_value(
            _percent(numbers.key_share, 0 if numbers.key_share >= 0.0995 else 1),
            f"of the last {numbers.frames}" if numbers.frames else "",
        )
        self._tell_triggers(numbers)
        known = math.isfinite(numbers.speed_up) and not is_off
        words = "measured" if numbers.is_measured else "estimated"
        tiles["speed_up"].show_value(
            short_number(numbers.speed_up) if known else "–", words if known else ""
        )
        is_compared = math.isfinite(numbers.agreement)
        tiles["agreement"].show_value(
            _percent(numbers.agreement, 1),
            "with the network" if is_compared else "" if is_off else _ASK,
        )
        tiles["flicker"].show_value(
            _percent(numbers.flicker, 2),
            f"alone {_percent(numbers.flicker_alone, 2)}"
            if is_compared
            else ""
            if is_off
            else _ASK,
        )
        has_truth = math.isfinite(numbers.j)
        if has_truth:
            tiles["j"].show_value(
                _percent(numbers.j, 1),
                f"alone {_percent(numbers.j_alone, 1)} · {_signed(numbers.j - numbers.j_alone)}",
            )
        if has_truth != (not tiles["j"].isHidden()):
            tiles["j"].setVisible(has_truth)

    def _tell_triggers(self, numbers: Numbers) -> None:
        """Which limits fired, in the colours of the marks on the timeline and the chart."""
        theme = current_theme()
        lines = [
            f'<span style="color:{trigger_colour(trigger, theme)}">\u25a0</span> '
            f"{trigger_title(trigger)}: {count}"
            for trigger, count in numbers.triggers.items()
        ]
        self.tiles["keys"].setToolTip("<br>".join([_TILES["keys"][2], *lines]))

    def minimumSizeHint(self) -> QSize:
        """Two columns, however many there are now."""
        return QSize(2 * _TILE_PIXELS + self._grid.spacing(), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As many columns as there is room for."""
        super().resizeEvent(event)
        self._arrange(max(2, min(6, self.width() // (_TILE_PIXELS + 12))))

    def _arrange(self, columns: int) -> None:
        if columns == 4:
            columns = 3  # six in rows of three, not of four and two
        if columns == self._columns:
            return
        self._columns = columns
        for position, tile in enumerate(self.tiles.values()):
            self._grid.addWidget(tile, position // columns, position % columns)


def _percent(share: float, digits: int) -> str:
    return f"{100 * share:.{digits}f}" if math.isfinite(share) else "–"


def _signed(share: float) -> str:
    return f"{100 * share:+.1f}" if math.isfinite(share) else ""
