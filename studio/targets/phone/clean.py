"""Leaving a phone as it was found, and keeping what we leave there small."""

from __future__ import annotations

import contextlib
import re
import shlex
from collections.abc import Collection
from dataclasses import dataclass

from studio.errors import PhoneError
from studio.targets.phone.adb import AdbPhone
from studio.targets.phone.paths import CLIPS_DIR, MODELS_DIR, ROOT, SOCKET_PREFIX, is_bundle_name

_RUNNER = "./runner"
_CWD = re.compile(rf"/proc/(?P<pid>\d+)/cwd -> (?P<folder>{re.escape(ROOT)}/\S*)")
_TIMEOUT_SECONDS = 10.0
_KEPT_MODELS = 6
_KEPT_CLIPS = 1
_MARK = "--jejunet--"


@dataclass(frozen=True, slots=True)
class CleanReport:
    """What was removed from a phone.

    Attributes:
        runners: processes that were ended.
        files: that were removed.
        bytes: that they took up.
        forwards: sockets that are not forwarded any more.
    """

    runners: int
    files: int
    bytes: int
    forwards: int = 0


def clean_phone(phone: AdbPhone) -> CleanReport:
    """End our runners and remove everything of ours.

    Raises:
        PhoneError: the phone went away, does not answer, or keeps something.
    """
    runners = end_runners(phone)
    forwards = 0
    for port, name in phone.forwards().items():
        if name.startswith(SOCKET_PREFIX):
            with contextlib.suppress(PhoneError):  # its session may just have removed it
                phone.remove_forward(port)
                forwards += 1
    files, size_bytes = _remove(phone, [ROOT])
    return CleanReport(runners, files, size_bytes, forwards)


def end_runners(phone: AdbPhone) -> int:
    """End the runners that were left on a phone; nothing but ours is touched.

    Returns:
        How many there were.

    Raises:
        PhoneError: the phone went away or does not answer.
    """
    pids = _runners(phone)
    if not pids:
        return 0
    listed = " ".join(map(str, pids))
    phone.shell(
        f"kill {listed} 2>/dev/null; n=0; while [ $n -lt 20 ] && kill -0 {listed} 2>/dev/null; "
        f"do sleep 0.1; n=$((n+1)); done; kill -9 {listed} 2>/dev/null",
        _TIMEOUT_SECONDS,
        "ending runners",
    )
    return len(pids)


def remove_old(
    phone: AdbPhone,
    keep: Collection[str],
    *,
    kept_models: int = _KEPT_MODELS,
    kept_clips: int = _KEPT_CLIPS,
) -> CleanReport:
    """Remove bundles, models and clips of former sessions, so that the phone never fills up.

    Args:
        phone: that is connected.
        keep: places on the phone that stay, such as the bundle's folder, the model and the clip.
        kept_models: how many of the other models stay, the newest ones.
        kept_clips: how many of the other clips stay, the newest ones.

    Raises:
        PhoneError: the phone went away or does not answer.
    """
    listed = phone.shell(
        f"ls -1 {ROOT}; echo {_MARK}; ls -1t {MODELS_DIR}; echo {_MARK}; ls -1t {CLIPS_DIR}",
        _TIMEOUT_SECONDS,
        "looking for old files",
    ).out.replace("\r", "")
    bundles, models, clips = [part.split() for part in [*listed.split(_MARK), "", ""][:3]]
    in_use = {folder.rstrip("/") for folder in _folders_of_runners(phone)}
    old = [f"{ROOT}/{name}" for name in bundles if is_bundle_name(name)]
    old = [place for place in old if place not in in_use and place not in keep]
    for folder, names, count in (
        (MODELS_DIR, models, kept_models),
        (CLIPS_DIR, clips, kept_clips),
    ):
        others = [place for name in names if (place := f"{folder}/{name}") not in keep]
        old += others[count:]
    if not old:
        return CleanReport(0, 0, 0)
    files, size_bytes = _remove(phone, old)
    return CleanReport(0, files, size_bytes)


def _remove(phone: AdbPhone, places: list[str]) -> tuple[int, int]:
    """Remove files and folders; how many files, and bytes."""
    assert all(place == ROOT or place.startswith(f"{ROOT}/") for place in places), places
    quoted = shlex.join(places)
    doing = "removing files"
    result = phone.shell(
        f"find {quoted} -type f -exec ls -ln {{}} + 2>/dev/null; rm -rf {quoted} || exit 1",
        _TIMEOUT_SECONDS,
        doing,
    )
    if result.exit_code != 0:
        raise PhoneError(
            f"Not everything of ours could be removed from the phone: {result.err.strip()}.",
            remedy=f"Remove {ROOT} by hand, or restart the phone and try again.",
            details=result.err,
        )
    sizes = [words[4] for line in result.out.splitlines() if len(words := line.split()) > 4]
    return len(sizes), sum(int(size) for size in sizes if size.isdigit())


def _folders_of_runners(phone: AdbPhone) -> set[str]:
    return {folder for _, folder in _at_work(phone)}


def _runners(phone: AdbPhone) -> list[int]:
    candidates = [pid for pid, _ in _at_work(phone)]
    if not candidates:
        return []
    # A shell that somebody left in our folder is not ours.
    listed = phone.shell(
        "; ".join(
            f"echo {pid} $(tr '\\0' ' ' < /proc/{pid}/cmdline 2>/dev/null)" for pid in candidates
        ),
        _TIMEOUT_SECONDS,
        "looking for runners",
    ).out
    lines = [line.split() for line in listed.splitlines()]
    return [int(words[0]) for words in lines if _RUNNER in words[1:] and words[0].isdigit()]


def _at_work(phone: AdbPhone) -> list[tuple[int, str]]:
    """Processes whose working folder is one of ours, as runners' is."""
    listed = phone.shell(
        "ls -ld /proc/[0-9]*/cwd 2>/dev/null", _TIMEOUT_SECONDS, "looking for runners"
    )
    return [(int(match["pid"]), match["folder"]) for match in _CWD.finditer(listed.out)]
