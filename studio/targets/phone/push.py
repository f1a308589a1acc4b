"""Putting files on a phone: only what changed, and never half a file under its final name."""

from __future__ import annotations

import contextlib
import shlex
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from studio.errors import PhoneError
from studio.targets.phone.adb import AdbPhone
from studio.targets.phone.describe import parse_free_bytes
from studio.targets.phone.paths import PART_SUFFIX, ROOT
from studio.targets.phone.shell import ShellResult

_MARGIN_BYTES = 8 << 20
_MARK = "--jejunet--"
_BASE_SECONDS = 10.0
# A slow phone hashes some 50 MB/s; an emulated one a tenth of that.
_SECONDS_A_BYTE = 1 / 2e6
_TIDY_SECONDS = 1.0
_WRONG_HASH = 3


class PushFile(NamedTuple):
    """A file that should lie on the phone.

    Attributes:
        path: of the file here.
        remote: its place on the phone, below `paths.ROOT`.
        sha256: of its content, in hexadecimal digits.
        is_executable: whether the phone should be able to run it.
    """

    path: Path
    remote: str
    sha256: str
    is_executable: bool = False


@dataclass(frozen=True, slots=True)
class PushReport:
    """What was done.

    Attributes:
        pushed: places on the phone that were written.
        kept: places on the phone where the right content lay already.
        bytes: that were carried.
        seconds: that it took.
        is_complete: False when it was stopped.
    """

    pushed: tuple[str, ...]
    kept: tuple[str, ...]
    bytes: int
    seconds: float
    is_complete: bool = True


def push_files(
    phone: AdbPhone,
    files: Sequence[PushFile],
    on_progress: Callable[[int, int, str], None] = lambda *_: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> PushReport:
    """Make files lie on the phone.

    A file is written beside its place, its hash is taken there, and then it is moved. What an
    interrupted push left is removed.

    Args:
        phone: that is connected.
        files: at most some dozens.
        on_progress: hears bytes done, bytes to carry, and the name of the file; also once before
            the first byte.
        should_stop: asked many times a second; what was finished stays.

    Raises:
        PhoneTimeoutError: the phone takes nothing any more.
        PhoneGoneError: it went away.
        PhoneError: its storage is full, its files are in the way, or a file here is gone.
    """
    begun = time.monotonic()
    sizes = {file.remote: _size(file.path) for file in files}
    present, free_bytes = _look(phone, files, sum(sizes.values()))
    missing = [file for file in files if present.get(file.remote) != file.sha256]
    kept = tuple(file.remote for file in files if file not in missing)
    total = sum(sizes[file.remote] for file in missing)
    _check_space(free_bytes, total)
    pushed: list[str] = []
    done = 0
    for file in missing:
        name = file.remote.rpartition("/")[2]
        on_progress(done, total, name)
        before = done

        def tell(sent: int, before: int = before, name: str = name) -> None:
            on_progress(before + sent, total, name)

        if should_stop() or not _push(phone, file, tell, should_stop):
            return PushReport(tuple(pushed), kept, done, time.monotonic() - begun, False)
        done += sizes[file.remote]
        pushed.append(file.remote)
    return PushReport(tuple(pushed), kept, done, time.monotonic() - begun)


def _look(
    phone: AdbPhone, files: Sequence[PushFile], size_bytes: int
) -> tuple[dict[str, str], int | None]:
    """What lies there, by place, and how much space is left; leftovers go."""
    folders = sorted({file.remote.rpartition("/")[0] for file in files})
    for file in files:
        assert file.remote.startswith(f"{ROOT}/"), file.remote
    quoted = shlex.join(folders)
    places = shlex.join(file.remote for file in files)
    command = (
        f"mkdir -p {quoted} || exit 1; "
        f'for d in {quoted}; do rm -f "$d"/*{PART_SUFFIX}; done; '
        f"sha256sum {places} 2>/dev/null; echo {_MARK}; "
        f"df -kP {ROOT} 2>/dev/null || df -k {ROOT}"
    )
    if not files:
        return {}, None
    doing = "looking at what lies on it"
    result = phone.shell(command, _BASE_SECONDS + size_bytes * _SECONDS_A_BYTE, doing)
    if _MARK not in result.out:
        raise _refused(result, doing)
    hashes, space = result.out.replace("\r", "").split(f"{_MARK}\n", 1)
    present = {}
    for line in hashes.splitlines():
        digest, _, place = line.partition(" ")
        present[place.strip()] = digest
    return present, parse_free_bytes(space)


def _push(
    phone: AdbPhone,
    file: PushFile,
    on_bytes: Callable[[int], None],
    should_stop: Callable[[], bool],
) -> bool:
    part = file.remote + PART_SUFFIX
    try:
        opened = file.path.open("rb")
    except OSError as error:
        raise _unreadable(file.path, error) from error
    with opened:
        if not phone.push(opened, part, on_bytes=on_bytes, should_stop=should_stop):
            with contextlib.suppress(PhoneError):  # who stops does not wait; the next push does it
                phone.shell(["rm", "-f", part], _TIDY_SECONDS)
            return False
        size_bytes = opened.tell()
    place, part = shlex.quote(file.remote), shlex.quote(part)
    doing = f"checking {file.remote.rpartition('/')[2]}"
    result = phone.shell(
        f"h=$(sha256sum {part}) || exit 1; "
        f'[ "${{h%% *}}" = {file.sha256} ] || {{ rm -f {part}; exit {_WRONG_HASH}; }}; '
        f"chmod {755 if file.is_executable else 644} {part} && mv -f {part} {place}",
        _BASE_SECONDS + size_bytes * _SECONDS_A_BYTE,
        doing,
    )
    if result.exit_code == _WRONG_HASH:
        raise PhoneError(
            f"{file.path.name} did not arrive on the phone as it was sent.",
            remedy="Try again, with another cable or USB port if it comes again; the file here "
            "must not change meanwhile.",
        )
    if result.exit_code != 0:
        raise _refused(result, doing)
    return True


def _check_space(free_bytes: int | None, needed_bytes: int) -> None:
    if free_bytes is None or needed_bytes == 0 or needed_bytes + _MARGIN_BYTES <= free_bytes:
        return
    raise PhoneError(
        f"{(needed_bytes + _MARGIN_BYTES) / 2**20:.0f} MiB are needed on the phone;"
        f" {free_bytes / 2**20:.0f} MiB are free.",
        remedy="Free some space on the phone; `jejunet clean-phone` removes what we put there.",
    )


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> PhoneError:
    return PhoneError(
        f"{path} should go to the phone and cannot be read: {error.strerror}.",
        remedy="Put it back where it was, or start again.",
        details=repr(error),
    )


def _refused(result: ShellResult, doing: str) -> PhoneError:
    words = " ".join((result.err or result.out).split())
    if "no space" in words.lower():
        return PhoneError(
            f"The phone's storage is full; it failed while {doing}.",
            remedy="Free some space on the phone; `jejunet clean-phone` removes what we put there.",
            details=words,
        )
    return PhoneError(
        f"The phone failed while {doing}: {words or f'exit code {result.exit_code}'}.",
        remedy="Try `jejunet clean-phone`, which removes what we put there.",
        details=words,
    )
