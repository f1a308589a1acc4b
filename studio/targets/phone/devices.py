"""Finding the phones, and the one that is meant."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

from studio.errors import PhoneError
from studio.targets.phone.adb import AdbPhone
from studio.targets.phone.adb_server import DEFAULT_TIMEOUT_SECONDS, ask_server
from studio.targets.phone.describe import describe, trouble_of
from studio.targets.phone.listing import Phone, parse_listing
from studio.targets.phone.troubles import (
    CONNECT_REMEDY,
    PhoneGoneError,
    PhoneTrouble,
)

_MOST_AT_ONCE = 8


def list_phones(timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS) -> list[Phone]:
    """The phones that adb sees, without asking them anything.

    Raises:
        PhoneError: there is no adb server and none can be started.
    """
    listed = ask_server("host:devices-l", "listing the phones", None, timeout_seconds)
    return parse_listing(listed)


def examine(phone: Phone, adb: AdbPhone, timeout_seconds: float = 5.0) -> Phone:
    """Ask a phone what it is, and whether it will do.

    Args:
        phone: as listed.
        adb: the same phone.
        timeout_seconds: for its answer.

    Returns:
        The phone with its details and its trouble. One that does not answer is in trouble.
    """
    if phone.trouble is not None:
        return phone
    try:
        details = describe(adb, timeout_seconds)
    except PhoneError as error:
        return phone.in_trouble(
            PhoneTrouble("silent", error.message.rstrip("."), error.remedy, error.details)
        )
    return phone.told(details, trouble_of(details))


def examined_phones(timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS) -> list[Phone]:
    """The phones that adb sees, each asked what it is; all at once.

    Raises:
        PhoneError: there is no adb server and none can be started.
    """
    phones = list_phones(timeout_seconds)
    if not phones:
        return []

    def asked(phone: Phone) -> Phone:
        with closing(AdbPhone(phone.serial)) as adb:
            return examine(phone, adb, timeout_seconds)

    with ThreadPoolExecutor(min(len(phones), _MOST_AT_ONCE), "jejunet-phone") as pool:
        return list(pool.map(asked, phones))


def choose_phone(wanted: str | None, timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS) -> Phone:
    """Find the phone that is meant, and make sure that it will do.

    Args:
        wanted: its serial, or its model or code name if that is clear; None for the only one.
        timeout_seconds: for adb, and again for the phone's answer.

    Returns:
        A phone with its details and without trouble.

    Raises:
        PhoneGoneError: it is not there.
        PhoneError: it is not clear which is meant, or it is in trouble.
    """
    phone = pick(list_phones(timeout_seconds), wanted)
    with closing(AdbPhone(phone.serial)) as adb:
        phone = examine(phone, adb, timeout_seconds)
    if phone.trouble is not None:
        raise phone.trouble.error(phone.name)
    return phone


def pick(phones: list[Phone], wanted: str | None) -> Phone:
    """Find the phone that is meant.

    Args:
        phones: as listed.
        wanted: its serial, or its model or code name if that is clear; None for the only one.

    Raises:
        PhoneGoneError: it is not there.
        PhoneError: it is not clear which is meant, or adb is in trouble with it.
    """
    candidates = phones
    if wanted is not None:
        candidates = [phone for phone in phones if phone.serial == wanted]
        if not candidates:
            called = _plain(wanted)
            candidates = [
                phone for phone in phones if called in (_plain(phone.model), _plain(phone.product))
            ]
        if not candidates:
            raise PhoneGoneError(
                f"There is no phone “{wanted}”; {_choices(phones)}.",
                remedy="Connect it, or give one of those that are there."
                if phones
                else CONNECT_REMEDY,
            )
    elif not phones:
        raise PhoneGoneError("No phone is connected.", remedy=CONNECT_REMEDY)
    usable = [phone for phone in candidates if phone.trouble is None]
    chosen = usable or candidates
    if len(chosen) > 1:
        raise PhoneError(
            f"It is not clear which phone is meant; {_choices(chosen)}.",
            remedy="Give the serial of one (--serial).",
        )
    phone = chosen[0]
    if phone.trouble is not None:
        raise phone.trouble.error(phone.name)
    return phone


def _plain(name: str) -> str:
    return name.replace("_", " ").casefold()


def _choices(phones: list[Phone]) -> str:
    if not phones:
        return "none is connected"
    named = [
        f"{phone.name}: {phone.trouble.code}" if phone.trouble else phone.name for phone in phones
    ]
    return f"connected: {', '.join(named)}"
