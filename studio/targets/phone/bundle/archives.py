"""Files out of packages, on any computer: Debian packages without dpkg, wheels without pip."""

from __future__ import annotations

import io
import lzma
import tarfile
import zipfile
from collections.abc import Collection
from pathlib import Path

from studio.errors import InputError

_AR_MAGIC = b"!<arch>\n"
_AR_HEAD_BYTES = 60


def read_files(package: Path, wanted: Collection[str]) -> dict[str, bytes]:
    """Read files out of a package.

    Args:
        package: a `.deb`, a `.whl`, or a folder that a wheel was installed into.
        wanted: paths of regular files inside.

    Returns:
        The content of each.

    Raises:
        InputError: the package is damaged, or one of them is not in it.
        OSError: the package cannot be read.
    """
    try:
        if package.is_dir():
            found = {name: (package / name).read_bytes() for name in wanted}
        elif package.suffix == ".whl":
            with zipfile.ZipFile(package) as wheel:
                found = {name: wheel.read(name) for name in wanted}
        else:
            found = _from_deb(package, wanted)
    except (KeyError, FileNotFoundError) as error:
        raise InputError(f"{package.name} lacks a file: {error}.") from error
    except (ValueError, EOFError, lzma.LZMAError, tarfile.TarError, zipfile.BadZipFile) as error:
        raise InputError(
            f"{package.name} is damaged: {error}.", remedy="Fetch it again."
        ) from error
    return found


def _from_deb(package: Path, wanted: Collection[str]) -> dict[str, bytes]:
    members = _ar_members(package.read_bytes())
    data = members.get("data.tar.xz")
    if data is None:
        others = ", ".join(name for name in members if name.startswith("data.tar")) or "nothing"
        raise ValueError(f"data.tar.xz was expected in it, found {others}")
    found: dict[str, bytes] = {}
    with tarfile.open(fileobj=io.BytesIO(lzma.decompress(data))) as tar:
        for member in tar:
            name = member.name.removeprefix("./")
            if name in wanted and (file := tar.extractfile(member)) is not None:
                found[name] = file.read()
    for name in wanted:
        if name not in found:
            raise KeyError(name)
    return found


def _ar_members(content: bytes) -> dict[str, bytes]:
    """The files of an `ar` archive.

    Reference:
        deb(5): a magic, then for each member a head of 60 bytes (16 of name, 10 of size at 48) and
        its content, padded to an even length.
    """
    if not content.startswith(_AR_MAGIC):
        raise ValueError("it is no Debian package")
    members: dict[str, bytes] = {}
    at = len(_AR_MAGIC)
    while at + _AR_HEAD_BYTES <= len(content):
        head = content[at : at + _AR_HEAD_BYTES]
        size = int(head[48:58])
        start = at + _AR_HEAD_BYTES
        if head[58:] != b"`\n" or size < 0 or start + size > len(content):
            raise ValueError("a member's head makes no sense")
        members[head[:16].decode("ascii", "replace").strip().rstrip("/")] = content[
            start : start + size
        ]
        at = start + size + size % 2
    return members
