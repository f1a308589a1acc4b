"""The verbs `devices` and `clean-phone`."""

from __future__ import annotations

import argparse
import sys
from contextlib import closing
from typing import Any

from studio.targets.phone.adb import AdbPhone
from studio.targets.phone.clean import clean_phone as clean
from studio.targets.phone.devices import examined_phones, list_phones, pick
from studio.targets.phone.listing import Phone
from studio.targets.phone.troubles import CONNECT_REMEDY
from studio.verbs.answers import table, write_json, write_lines

_HEADING = ("serial", "model", "Android", "ABI", "state")


def devices(parsed: argparse.Namespace) -> int:
    """Do `jejunet devices`.

    Returns:
        The exit code; 0 also when there is no phone.

    Raises:
        PhoneError: there is no adb server and none can be started.
    """
    phones = examined_phones()
    if parsed.json:
        write_json({"phones": [_plain(phone) for phone in phones]})
        return 0
    if not phones:
        sys.stderr.write(f"No phone is connected. {CONNECT_REMEDY}\n")
        return 0
    write_lines(table([_HEADING, *map(_row, phones)]))
    for phone in phones:
        if phone.trouble is not None:
            message = f"{phone.name}: {phone.trouble.message}. {phone.trouble.remedy}"
            write_lines(["", message])
    return 0


def clean_phone(parsed: argparse.Namespace) -> int:
    """Do `jejunet clean-phone`. Also for a phone that will not do for a model.

    Returns:
        The exit code.

    Raises:
        PhoneError: the phone is not there, not clear, or keeps something.
    """
    phone = pick(list_phones(), parsed.serial)
    with closing(AdbPhone(phone.serial)) as adb:
        report = clean(adb)
    if parsed.json:
        removed = {
            "runners": report.runners,
            "files": report.files,
            "bytes": report.bytes,
            "forwards": report.forwards,
        }
        write_json({"serial": phone.serial, "model": phone.model, "removed": removed})
    elif report.files or report.runners or report.forwards:
        write_lines(
            [
                f"Removed {_count(report.files, 'file')} ({report.bytes / 2**20:.1f} MiB)"
                f" from {phone.name} and ended {_count(report.runners, 'runner')}."
            ]
        )
    else:
        write_lines([f"Nothing of ours was on {phone.name}."])
    return 0


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _row(phone: Phone) -> tuple[str, ...]:
    details = phone.details
    state = "ready" if phone.trouble is None else phone.trouble.code
    if details is not None and details.is_lab:
        state += " (emulated)"
    return (
        phone.serial,
        phone.model or "–",
        details.android if details and details.android else "–",
        details.abi if details and details.abi else "–",
        state,
    )


def _plain(phone: Phone) -> dict[str, Any]:
    details, trouble = phone.details, phone.trouble
    return {
        "serial": phone.serial,
        "model": phone.model,
        "product": phone.product,
        "state": phone.state,
        "place": phone.place,
        "is_ready": trouble is None,
        "trouble": None
        if trouble is None
        else {"code": trouble.code, "message": trouble.message, "remedy": trouble.remedy},
        "android": details.android if details else None,
        "abi": details.abi if details else None,
        "kernel": details.kernel if details else None,
        "cpus": details.cpus if details else None,
        "clusters": details.clusters if details else None,
        "free_bytes": details.free_bytes if details else None,
        "is_lab": details.is_lab if details else None,
    }
