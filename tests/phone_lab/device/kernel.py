"""The few system calls that Python 3.11 does not offer: mount, unshare, prctl, capset."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Sequence
from enum import IntFlag
from pathlib import Path

_MNT_DETACH = 2
_PR_SET_PDEATHSIG = 1
_PR_SET_NAME = 15
_NAME_BYTES = 15
_CAPABILITY_VERSION_3 = 0x20080522
_CLONE_NEWUSER = 0x10000000
# statvfs and mount call the same things by different numbers only from relatime on.
_KEPT_FLAGS = os.ST_NOSUID | os.ST_NODEV | os.ST_NOEXEC

# Fields of /proc/PID/stat after the name, which may hold blanks: where the arguments lie.
_ARGUMENTS_START, _ARGUMENTS_END = 45, 46

_libc = ctypes.CDLL(None, use_errno=True)


class MountFlag(IntFlag):
    """How to mount."""

    READ_ONLY = 1
    NO_SETUID = 2
    NO_DEVICES = 4
    REMOUNT = 32
    BIND = 4096
    RECURSIVE = 16384


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), what)


def mount(
    source: str, target: Path | str, kind: str = "", flags: int = 0, options: str = ""
) -> None:
    """Mount something.

    Args:
        source: what to mount; also the name that `df` shows.
        target: where.
        kind: of file system; empty for bind mounts.
        flags: of `MountFlag`.
        options: of the file system.

    Raises:
        OSError: the kernel refused.
    """
    result = _libc.mount(
        source.encode(),
        os.fsencode(target),
        kind.encode() or None,
        ctypes.c_ulong(flags),
        options.encode() or None,
    )
    _check(result, f"mount {source} at {target}")


def bind(source: Path | str, target: Path | str, *, read_only: bool = False) -> None:
    """Show a file or folder at another place.

    Raises:
        OSError: the kernel refused.
    """
    mount(str(source), target, flags=MountFlag.BIND)
    if read_only:
        # What the outer mount forbids, a user namespace may not allow again.
        kept = os.statvfs(target).f_flag & _KEPT_FLAGS
        flags = MountFlag.REMOUNT | MountFlag.BIND | MountFlag.READ_ONLY
        mount(str(source), target, flags=flags | kept)


def unmount(target: Path) -> None:
    """Take a mount away with all that is mounted in it, though it may be in use.

    Raises:
        OSError: there is none, or the kernel refused.
    """
    _check(_libc.umount2(os.fsencode(target), _MNT_DETACH), f"unmount {target}")


def become_user(uid: int) -> None:
    """Enter a user namespace in which this process is that user, without a root beside it.

    Raises:
        OSError: the kernel refused.
    """
    outside_uid, outside_gid = os.geteuid(), os.getegid()
    _check(_libc.unshare(_CLONE_NEWUSER), "unshare the users")
    Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
    Path("/proc/self/uid_map").write_text(f"{uid} {outside_uid} 1", encoding="ascii")
    Path("/proc/self/gid_map").write_text(f"{uid} {outside_gid} 1", encoding="ascii")


def drop_capabilities() -> None:
    """Be an ordinary user from now on.

    Raises:
        OSError: the kernel refused.
    """
    head = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    none = (ctypes.c_uint32 * 6)()
    _check(_libc.capset(head, none), "drop the capabilities")


def die_with_parent() -> None:
    """Be killed when the parent ends."""
    _check(_libc.prctl(_PR_SET_PDEATHSIG, 9, 0, 0, 0), "ask to die with the parent")


def rename_process(words: Sequence[str]) -> None:
    """Have this process listed under another command line.

    Args:
        words: of the command line, not longer than the present one.
    """
    fields = Path("/proc/self/stat").read_text(encoding="ascii").rpartition(") ")[2].split()
    start, end = int(fields[_ARGUMENTS_START]), int(fields[_ARGUMENTS_END])
    line = b"\0".join(word.encode() for word in words) + b"\0"
    ctypes.memset(start, 0, end - start)
    ctypes.memmove(start, line, min(len(line), end - start - 1))
    name = words[0].rpartition("/")[2].encode()[:_NAME_BYTES]
    _libc.prctl(_PR_SET_NAME, name, 0, 0, 0)
