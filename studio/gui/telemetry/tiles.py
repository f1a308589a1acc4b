"""The big numbers: which there are for a source, and what they say."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtWidgets import QGridLayout, QWidget

from studio.gui.telemetry.painting import short_number
from studio.gui.telemetry.phone_numbers import PhoneNumbers
from studio.gui.telemetry.statistics import Summary
from studio.gui.telemetry.tile import Tile


@dataclass(frozen=True, slots=True)
class TileSpec:
    """What a tile is about.

    Attributes:
        caption: what the number is.
        unit: of the number.
        explanation: shown as a tool tip.
    """

    caption: str
    unit: str
    explanation: str


_LATENCY = TileSpec(
    "Work a frame, p50",
    "ms",
    "All stages of one frame together: half of the frames take this long or less.",
)
_DROPPED = TileSpec(
    "Dropped",
    "frames",
    "Frames skipped to keep the pace of the video, and their share of all that were due.",
)

COMPUTER_TILES: dict[str, TileSpec] = {
    "shown": TileSpec(
        "FPS shown",
        "FPS",
        "Frames a second that reached the screen. Now: over the last second of playing. "
        "1 % low: the rate that 99 of 100 frames reach or exceed.",
    ),
    "possible": TileSpec(
        "FPS possible",
        "FPS",
        "1000 / the milliseconds of work for one frame: how fast it could play if "
        "nothing ever waited for the clock of the video.",
    ),
    "latency": _LATENCY,
    "dropped": _DROPPED,
}

PHONE_TILES: dict[str, TileSpec] = {
    "shown": TileSpec(
        "FPS on the phone",
        "FPS",
        "Frames a second by the phone's own clock. Now: over the last second. 1 % low: the rate "
        "that 99 of 100 frames reach or exceed. Warm-up and the time without a phone are left "
        "out. It is no higher than the rate at which pictures arrive.",
    ),
    "possible": TileSpec(
        "FPS possible",
        "FPS",
        "1000 / the milliseconds of the phone's work for one frame: how fast it could go if it "
        "never waited for pictures. The cable is not counted.",
    ),
    "latency": _LATENCY,
    "dropped": _DROPPED,
    "link": TileSpec(
        "Link, p50",
        "ms",
        "Both ways over the cable, and waiting: no work of the phone, counted nowhere else.",
    ),
    "agreement": TileSpec(
        "Agreement",
        "%",
        "Share of the pixels that have the same class in this computer's mask of the same frame: "
        "mean, and the worst of the frames that were compared.",
    ),
}


class TileBoard(QWidget):
    """Two columns of tiles; the third row only where there is room for it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._specs: dict[str, TileSpec] = {}
        self._is_phone = False
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(6)
        self.tiles: dict[str, Tile] = {}
        for position, (key, spec) in enumerate(PHONE_TILES.items()):
            tile = Tile(spec.caption, spec.unit, spec.explanation)
            grid.addWidget(tile, position // 2, position % 2)
            self.tiles[key] = tile
        self.setFixedWidth(316)
        self.show_specs(COMPUTER_TILES)

    def show_specs(self, specs: dict[str, TileSpec]) -> None:
        """Be about something else."""
        self._specs = specs
        for key, spec in specs.items():
            self.tiles[key].show_spec(spec.caption, spec.unit, spec.explanation)
        self.fit(self.height())

    def fit(self, height: int) -> None:
        """Show as many rows as a height has room for."""
        rows = (len(self._specs) + 1) // 2
        while rows > 2 and rows * 64 > height:
            rows -= 1
        for position, key in enumerate(self.tiles):
            self.tiles[key].setVisible(key in self._specs and position // 2 < rows)
        self.setMaximumHeight(110 * rows)

    def show_summary(self, summary: Summary, budget_fps: float) -> None:
        """Write the numbers that every source has."""
        number = short_number
        live = math.isfinite(summary.shown_now)
        self.tiles["shown"].show_value(
            number(summary.shown_now if live else summary.shown_mean),
            f"mean {number(summary.shown_mean)} · 1 % low {number(summary.shown_low)}",
        )
        possible = summary.possible_now if live else summary.possible_mean
        self.tiles["possible"].show_value(
            number(possible),
            f"mean {number(summary.possible_mean)} · budget {number(budget_fps)}",
            is_bad=possible < budget_fps,
        )
        self.tiles["latency"].show_value(
            number(summary.p50_millis),
            f"p90 {number(summary.p90_millis)} · p99 {number(summary.p99_millis)}",
            is_bad=summary.p50_millis > 1000.0 / budget_fps,
        )
        share = summary.dropped_ratio
        share_words = f"{100 * share:.1f} % of those due" if math.isfinite(share) else ""
        self.tiles["dropped"].show_value(
            str(summary.dropped), share_words, is_bad=summary.dropped > 0
        )

    def show_phone(self, numbers: PhoneNumbers) -> None:
        """Write the numbers that only a phone has."""
        self.tiles["link"].show_value(
            short_number(numbers.link_p50_millis),
            f"p90 {short_number(numbers.link_p90_millis)} · "
            f"p99 {short_number(numbers.link_p99_millis)}",
        )
        worst = numbers.agreement_worst
        self.tiles["agreement"].show_value(
            _percent(numbers.agreement_mean),
            f"worst {_percent(worst)} · of {numbers.compared:,}".replace(",", "\u2009"),
        )


def _percent(share: float) -> str:
    return f"{100 * share:.2f}" if math.isfinite(share) else "–"
