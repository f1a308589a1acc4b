"""Watching phones come and go."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from studio.errors import PhoneError
from studio.targets.phone.adb import AdbPhone
from studio.targets.phone.adb_server import converse
from studio.targets.phone.conversation import Conversation
from studio.targets.phone.devices import examine, list_phones
from studio.targets.phone.listing import Phone
from studio.targets.phone.troubles import PhoneGoneError, PhoneTimeoutError

_log = logging.getLogger(__name__)

_RETRY_SECONDS = 0.5
_LONGEST_RETRY_SECONDS = 5.0
_ASK_AGAIN_SECONDS = 2.0
_CLOSE_SECONDS = 1.0
_IDLE_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class _Examination:
    phone: Phone
    adb: AdbPhone
    thread: threading.Thread


class PhoneTracker:
    """A thread that follows adb's list of phones, and asks each new one what it is.

    The adb server is started when there is none, and again when it dies.

    Args:
        on_phones: hears all phones whenever one of them has changed; called in threads of the
            tracker, never in two at once, and no more once `close` has returned.
        on_trouble: hears why phones cannot be watched, and None once they can; likewise.
    """

    def __init__(
        self,
        on_phones: Callable[[tuple[Phone, ...]], None],
        on_trouble: Callable[[PhoneError | None], None] = lambda _: None,
    ) -> None:
        self._on_phones = on_phones
        self._on_trouble = on_trouble
        self._lock = threading.Lock()
        self._speaking = threading.RLock()
        self._closing = threading.Event()
        self._conversation: Conversation | None = None
        self._phones: dict[str, Phone] = {}
        self._examinations: dict[str, _Examination] = {}
        self._ending: list[threading.Thread] = []
        self._trouble: PhoneError | None = None
        self._told: tuple[Phone, ...] | None = None
        self._thread = threading.Thread(target=self._run, name="jejunet-phones", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop watching, at once. A second call does nothing."""
        self._closing.set()
        with self._lock:
            conversation = self._conversation
            examinations = list(self._examinations.values())
            ending = list(self._ending)
        if conversation is not None:
            conversation.close()
        for examination in examinations:
            examination.adb.close()
        threads = [self._thread, *ending, *(each.thread for each in examinations)]
        deadline = time.monotonic() + _CLOSE_SECONDS
        for thread in threads:
            # One may be starting the adb server; it says nothing any more and ends by itself.
            if thread.is_alive() and thread is not threading.current_thread():
                thread.join(max(deadline - time.monotonic(), 0.0))

    def __enter__(self) -> PhoneTracker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(self) -> None:
        pause_seconds = _RETRY_SECONDS
        while not self._closing.is_set():
            try:
                self._follow()
            except PhoneError as error:
                if self._closing.is_set():
                    break
                _log.info("Phones are not watched: %s %s", error, error.details)
                if not isinstance(error, PhoneGoneError):
                    self._tell_trouble(error)
            # A server that died is started again at once; one that cannot start has time.
            pause_seconds = _RETRY_SECONDS if self._trouble is None else 2 * pause_seconds
            self._take([])
            self._closing.wait(min(pause_seconds, _LONGEST_RETRY_SECONDS))

    def _follow(self) -> None:
        with converse("watching for phones") as conversation:
            with self._lock:
                self._conversation = conversation
            if self._closing.is_set():  # too late for `close` to know of it
                return
            # Says only that something has changed, as the adb of 2017 did already.
            conversation.request("host:track-devices")
            while not self._closing.is_set():
                conversation.allow(_IDLE_SECONDS)
                with contextlib.suppress(PhoneTimeoutError):
                    conversation.read_block()
                self._take(list_phones())
                self._tell_trouble(None)

    def _take(self, listed: list[Phone]) -> None:
        """Compare the list with what is known; ask the new ones what they are."""
        with self._lock:
            known = self._phones
            self._phones = {
                phone.serial: _the_same(phone, known.get(phone.serial)) for phone in listed
            }
            for serial, examination in list(self._examinations.items()):
                phone = self._phones.get(serial)
                if phone is None or _plugging(phone) != _plugging(examination.phone):
                    examination.adb.close()
                    del self._examinations[serial]
                    self._ending.append(examination.thread)
            self._ending = [thread for thread in self._ending if thread.is_alive()]
            for phone in self._phones.values():
                is_new = phone.state == "device" and phone.details is None
                if is_new and phone.serial not in self._examinations:
                    self._examine(phone)
        self._tell_phones()

    def _examine(self, phone: Phone) -> None:
        adb = AdbPhone(phone.serial)
        thread = threading.Thread(
            target=self._ask, args=(phone, adb), name="jejunet-phone", daemon=True
        )
        self._examinations[phone.serial] = _Examination(phone, adb, thread)
        if not self._closing.is_set():
            thread.start()

    def _ask(self, phone: Phone, adb: AdbPhone) -> None:
        while True:
            asked = examine(phone, adb)
            with self._lock:
                current = self._phones.get(phone.serial)
                is_here = current is not None and _plugging(current) == _plugging(phone)
                if not is_here or self._closing.is_set():
                    return
                self._phones[phone.serial] = asked
            self._tell_phones()
            if asked.details is not None or self._closing.wait(_ASK_AGAIN_SECONDS):
                return

    def _tell_phones(self) -> None:
        with self._speaking:
            with self._lock:
                phones = tuple(self._phones.values())
            if phones != self._told and not self._closing.is_set():
                self._told = phones
                self._on_phones(phones)

    def _tell_trouble(self, error: PhoneError | None) -> None:
        with self._speaking:
            is_news = (error is None) != (self._trouble is None) or str(error) != str(self._trouble)
            if is_news and not self._closing.is_set():
                self._trouble = error
                self._on_trouble(error)


def _plugging(phone: Phone) -> tuple[str, int]:
    """What is new each time that a phone is plugged in or changes its state."""
    return phone.state, phone.transport


def _the_same(listed: Phone, known: Phone | None) -> Phone:
    if known is None or _plugging(listed) != _plugging(known):
        return listed
    return known
