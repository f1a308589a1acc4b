"""Follows the phones on the cable in threads; the window is told and waits for nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing
from typing import Protocol

from PySide6.QtCore import QObject, Signal

from studio.errors import PhoneError, StudioError
from studio.gui.errors import in_words
from studio.targets.phone.adb import AdbPhone
from studio.targets.phone.clean import CleanReport, clean_phone
from studio.targets.phone.listing import Phone
from studio.targets.phone.tracker import PhoneTracker

_JOIN_SECONDS = 0.15


class Tracker(Protocol):
    """Follows phones from its making on."""

    def close(self) -> None:
        """Stop; may take a second."""
        ...


class MakeTracker(Protocol):
    """Makes a tracker; must not block."""

    def __call__(
        self,
        on_phones: Callable[[tuple[Phone, ...]], None],
        on_trouble: Callable[[PhoneError | None], None],
    ) -> Tracker:
        """Begin to follow; both are called in other threads."""
        ...


class PhoneWatch(QObject):
    """The phones on the cable, and cleaning them.

    Args:
        make_tracker: what looks for them; the adb server by default.
        clean: removes everything of ours from the phone of a serial; may take its time.
    """

    changed = Signal()
    cleaned = Signal(object, object)  # Phone, CleanReport
    clean_failed = Signal(object)  # StudioError
    _told = Signal(object)  # tuple[Phone, ...]
    _troubled = Signal(object)  # PhoneError or None
    _clean_ended = Signal(object, object)  # Phone, CleanReport or StudioError

    def __init__(
        self,
        make_tracker: MakeTracker | None = None,
        clean: Callable[[str], CleanReport] | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._make_tracker = PhoneTracker if make_tracker is None else make_tracker
        self._clean = _clean_now if clean is None else clean
        self._tracker: Tracker | None = None
        self._phones: tuple[Phone, ...] = ()
        self._trouble: PhoneError | None = None
        self._has_looked = False
        self._is_stopped = False
        self._cleaning: set[str] = set()
        self._told.connect(self._take)
        self._troubled.connect(self._take_trouble)
        self._clean_ended.connect(self._on_clean_ended)

    @property
    def phones(self) -> tuple[Phone, ...]:
        """Those that adb sees, usable or not."""
        return self._phones

    @property
    def trouble(self) -> StudioError | None:
        """Why phones cannot be listed at all; None when they can."""
        return self._trouble

    @property
    def has_looked(self) -> bool:
        """Whether it is known what there is."""
        return self._has_looked

    def phone(self, serial: str) -> Phone | None:
        """The phone of a serial; None when it is not there."""
        return next((phone for phone in self._phones if phone.serial == serial), None)

    def start(self) -> None:
        """Begin to follow; returns at once."""
        if self._tracker is None and not self._is_stopped:
            self._tracker = self._make_tracker(self._told.emit, self._troubled.emit)

    def stop(self) -> None:
        """End it; what hangs in adb is left behind rather than waited for."""
        self._is_stopped = True
        if self._tracker is not None:
            closing_thread = threading.Thread(target=self._tracker.close, daemon=True)
            closing_thread.start()
            closing_thread.join(_JOIN_SECONDS)

    def is_cleaning(self, serial: str) -> bool:
        """Whether a phone is being cleaned."""
        return serial in self._cleaning

    def clean(self, phone: Phone) -> None:
        """Remove everything of ours from a phone, in a thread."""
        if phone.serial in self._cleaning:
            return
        self._cleaning.add(phone.serial)
        self.changed.emit()
        threading.Thread(
            target=self._clean_in_thread, args=(phone,), name="clean-phone", daemon=True
        ).start()

    def _clean_in_thread(self, phone: Phone) -> None:
        result: CleanReport | StudioError
        try:
            result = self._clean(phone.serial)
        except Exception as error:  # noqa: BLE001 - told to the user
            result = in_words(error)
        if not self._is_stopped:
            self._clean_ended.emit(phone, result)

    def _on_clean_ended(self, phone: Phone, result: CleanReport | StudioError) -> None:
        self._cleaning.discard(phone.serial)
        if isinstance(result, CleanReport):
            self.cleaned.emit(phone, result)
        else:
            self.clean_failed.emit(result)
        self.changed.emit()

    def _take(self, phones: tuple[Phone, ...]) -> None:
        if self._is_stopped:
            return
        if phones != self._phones or not self._has_looked:
            self._phones, self._has_looked = phones, True
            self.changed.emit()

    def _take_trouble(self, error: PhoneError | None) -> None:
        self._trouble = error
        self._has_looked = self._has_looked or error is not None
        self.changed.emit()


def _clean_now(serial: str) -> CleanReport:
    with closing(AdbPhone(serial)) as phone:
        return clean_phone(phone)
