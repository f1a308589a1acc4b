"""The stacked bars of a timeline as pixels, drawn anew only when something changed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.gui.telemetry.painting import argb, bars_image
from studio.gui.telemetry.records import PhoneRecords, Records
from studio.gui.telemetry.statistics import Columns
from studio.gui.theme import Theme

KEY_PIXELS = 4
"""Above the bars: where key frames are marked."""

_KEY_MARKS_APART = 5  # pixels

DROP_PIXELS = 4
"""Below the axis: where dropped frames are marked."""


def bars_pixels(
    records: Records, columns: Columns, top_millis: float, size: tuple[int, int], theme: Theme
) -> NDArray[np.uint32]:
    """Draw bars with their marks.

    Args:
        records: what the columns were gathered from.
        columns: the bars.
        top_millis: what the height stands for.
        size: width and height of the area inside the axes.
        theme: for the colours.

    Returns:
        uint32 [KEY_PIXELS + height + DROP_PIXELS, width], as QImage.Format_ARGB32 has it.
    """
    width, height = size
    peaks = columns.peak_millis.astype(np.float64)
    layers = np.vstack((np.cumsum(columns.stage_millis, axis=0), peaks))
    tops = height - layers * (height / top_millis)
    colours = (*theme.series[: len(records.stages)], theme.faint)
    picture = np.zeros((KEY_PIXELS + height + DROP_PIXELS, width), np.uint32)
    pixels = picture[KEY_PIXELS : KEY_PIXELS + height]
    pixels[:] = bars_image(columns.left, columns.right, tops, colours, width, height)
    first = columns.left.astype(np.int64)
    for at in first[records.is_warmup[columns.first]]:
        rest = pixels[:, at : at + 2]
        rest[rest == 0] = argb(theme.hover)
    keys = key_columns(records, columns)
    for shift in (0, 1):  # two pixels wide, to be seen
        cut = np.minimum(first[peaks > top_millis] + shift, width - 1)
        pixels[:3, cut] = argb(theme.bad)
        drops = np.minimum(first[columns.dropped > 0] + shift, width - 1)
        picture[KEY_PIXELS + height :, drops] = argb(theme.bad)
        marks = np.minimum(first[keys] + shift, width - 1)
        picture[: KEY_PIXELS - 1, marks] = argb(theme.text)
    return picture


def key_columns(records: Records, columns: Columns) -> NDArray[np.bool_]:
    """Which columns hold a key frame; none where marks would run into each other.

    That is so where each frame is a key frame, and in long stretches of time.

    Returns:
        bool [C].
    """
    nothing = np.zeros(len(columns), np.bool_)
    if not isinstance(records, PhoneRecords) or records.is_key_frame.all():
        return nothing
    keys = np.logical_or.reduceat(records.is_key_frame, columns.first)
    apart = np.diff(columns.left[keys])
    return keys if not len(apart) or np.median(apart) >= _KEY_MARKS_APART else nothing
