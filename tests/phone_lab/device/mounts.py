"""The phone's file system: what lies where, and who may write."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

from tests.phone_lab.device.kernel import MountFlag, bind, mount

BINFMT = Path("/proc/sys/fs/binfmt_misc")
DATA_DEVICE = "/dev/block/sda13"
DATA_BYTES = 54 * 10**9
_DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
# ELF, 64 bits, little-endian, executable or shared, for aarch64; F: opened now, not when used.
_MAGIC = r"\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00"
_MASK = r"\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff"
_FOLDERS = ("data", "dev", "mnt", "proc", "product", "storage", "sys", "system", "vendor")
_LINKS = {
    "bin": "/system/bin",
    "etc": "/system/etc",
    "sdcard": "/storage/self/primary",
}


class NoEmulationError(Exception):
    """Programs for aarch64 cannot be run on this machine; the message says why."""


@dataclass(frozen=True)
class Places:
    """Folders on the computer that make up one phone.

    Attributes:
        folder: of this phone; `root` is made in it, `state` and `sys` lie there.
        system: the unpacked user land, shared by all phones.
        emulator: qemu's program.
    """

    folder: Path
    system: Path
    emulator: Path

    @property
    def root(self) -> Path:
        """What the phone calls `/`."""
        return self.folder / "root"


def emulate(places: Places) -> None:
    """Have the kernel hand programs for aarch64 to qemu, in this namespace only.

    Raises:
        NoEmulationError: this kernel cannot.
    """
    register = places.folder / "binfmt"
    register.mkdir()
    rule = f":aarch64:M::{_MAGIC}:{_MASK}:{places.emulator}:F"
    try:
        mount("binfmt_misc", register, "binfmt_misc")
        (register / "register").write_text(rule, encoding="ascii")
    except OSError as error:
        # Before 6.7 there is one register for the whole machine; it may know qemu already.
        if not _machine_emulates():
            raise NoEmulationError(
                f"the kernel lets no user register qemu for aarch64 ({error.strerror}); "
                "Linux 6.7 or newer does"
            ) from error


def _machine_emulates() -> bool:
    for entry in BINFMT.glob("*aarch64*"):
        with contextlib.suppress(OSError):
            text = entry.read_text(encoding="ascii")
            flags = [line for line in text.splitlines() if line.startswith("flags:")]
            if text.startswith("enabled") and any("F" in line for line in flags):
                return True
    return False


def build_root(places: Places) -> None:
    """Put the phone's file system together.

    Raises:
        OSError: the kernel refused a mount.
    """
    root = places.root
    for name in _FOLDERS:
        (root / name).mkdir(parents=True)
    for name, target in _LINKS.items():
        (root / name).symlink_to(target)
    bind(root, root, read_only=True)
    bind(places.system, root / "system", read_only=True)
    bind(places.folder / "state", root / "system/lab", read_only=True)
    bind(places.folder / "sys", root / "sys", read_only=True)
    _mount_proc(places)
    _mount_dev(root / "dev")
    mount("tmpfs", root / "storage", "tmpfs", options="mode=0755")
    mount(DATA_DEVICE, root / "data", "tmpfs", options=f"size={DATA_BYTES},mode=0711")
    _fill_data(root)


def _fill_data(root: Path) -> None:
    """As on a phone: the shell may write to its own folder and to the card, nowhere else."""
    (root / "data/local/tmp").mkdir(parents=True)
    (root / "data/media/0/Download").mkdir(parents=True)
    (root / "data/app").mkdir()
    (root / "storage/emulated/0").mkdir(parents=True)
    (root / "storage/self").mkdir()
    (root / "storage/self/primary").symlink_to("/storage/emulated/0")
    bind(root / "data/media/0", root / "storage/emulated/0")
    mount("tmpfs", root / "storage", flags=MountFlag.REMOUNT | MountFlag.READ_ONLY)
    # The shell owns these here, because a user namespace has one user; so its own bits count.
    for name in ("data/app", "data/media", "data/local", "data"):
        (root / name).chmod(0o111)
    (root / "data/local/tmp").chmod(0o771)


def _mount_proc(places: Places) -> None:
    proc = places.root / "proc"
    mount("proc", proc, "proc", MountFlag.NO_SETUID | MountFlag.NO_DEVICES)
    bind(places.folder / "state/cpuinfo", proc / "cpuinfo", read_only=True)
    # Read-only, because to the kernel the lab's shell is whoever runs the tests.
    flags = MountFlag.REMOUNT | MountFlag.READ_ONLY | MountFlag.NO_SETUID | MountFlag.NO_DEVICES
    mount("proc", proc, "proc", flags)


def _mount_dev(dev: Path) -> None:
    mount("tmpfs", dev, "tmpfs", options="mode=0755,size=65536")
    for name in _DEVICES:
        (dev / name).touch()
        bind(f"/dev/{name}", dev / name)
    (dev / "pts").mkdir()
    mount("devpts", dev / "pts", "devpts", options="newinstance,ptmxmode=0666,mode=0620")
    (dev / "ptmx").symlink_to("pts/ptmx")
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        (dev / name).symlink_to(f"/proc/self/fd/{number}")
    (dev / "fd").symlink_to("/proc/self/fd")
    mount("tmpfs", dev, "tmpfs", MountFlag.REMOUNT | MountFlag.READ_ONLY, "mode=0755")


def limit_storage(places: Places, free_bytes: int | None) -> None:
    """Leave so much room for files, to the page.

    Args:
        places: of the phone.
        free_bytes: until the storage is full; None for a Pixel 2's own size.

    Raises:
        OSError: the kernel refused.
    """
    data = places.root / "data"
    size = DATA_BYTES
    if free_bytes is not None:
        now = os.statvfs(data)
        size = (now.f_blocks - now.f_bfree) * now.f_frsize + max(free_bytes, 1)
    mount(DATA_DEVICE, data, "tmpfs", MountFlag.REMOUNT, f"size={size}")
