"""The temporal setting of the last time."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from studio.errors import StudioError
from studio.gui.settings import Settings
from studio.gui.temporal.spec_file import spec_from_words, words_from_spec
from studio.gui.temporal.undo import Setting
from studio.gui.temporal.words import CUSTOM
from studio.temporal.spec import PRESETS, TemporalSpec

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Remembered:
    """What was chosen, and the user's own limits even where a preset was.

    Attributes:
        setting: of the last time; off at first.
        custom: the user's own spec; None while nothing was turned.
    """

    setting: Setting
    custom: TemporalSpec | None


def recall(settings: Settings) -> Remembered:
    """Read it; what this version cannot read counts as never chosen."""
    name, words = settings.temporal()
    custom: TemporalSpec | None = None
    if words:
        try:
            custom = spec_from_words(words)
        except StudioError as error:
            _log.warning("the remembered temporal spec cannot be read: %s", error)
    if name == CUSTOM and custom is not None:
        return Remembered(Setting(CUSTOM, custom), custom)
    if name in PRESETS:
        return Remembered(Setting(name, PRESETS[name]), custom)
    return Remembered(Setting("off", PRESETS["off"]), custom)


def remember(settings: Settings, setting: Setting, custom: TemporalSpec | None) -> None:
    """Write it."""
    words = ""
    if custom is not None:
        words = words_from_spec(custom)
    settings.set_temporal(setting.name, words)
