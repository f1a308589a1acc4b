"""A bundle as one file, `.tar.xz`: the same content always gives the same bytes."""

from __future__ import annotations

import io
import lzma
import tarfile
from pathlib import Path

from studio.targets.phone.bundle.manifest import (
    MANIFEST_NAME,
    DamagedBundleError,
    Manifest,
    parse_manifest,
)
from studio.targets.phone.bundle.progress import (
    OnProgress,
    ShouldStop,
    check_stop,
    never,
    silent,
)
from studio.video.atomic_file import write_atomically

_MOST_MANIFEST_BYTES = 1 << 20
_CHUNK_BYTES = 1 << 20
_XZ_PRESET = 6  # 9 takes more memory and gains nothing on 14 MB


def packed_name(runner_hash: bytes) -> str:
    """The file name of the bundle for a runner."""
    return f"jejunet-runner-{runner_hash.hex()[:12]}.tar.xz"


def pack(
    folder: Path,
    manifest: Manifest,
    out: Path,
    on_progress: OnProgress = silent,
    should_stop: ShouldStop = never,
) -> None:
    """Write a bundle's file, the manifest first so that it is read without the rest.

    Args:
        folder: the bundle.
        manifest: of it.
        out: the file to write.
        on_progress: told how much is packed.
        should_stop: asked after each megabyte.

    Raises:
        BundleStoppedError: someone asked to stop; nothing is written.
        OSError: a file of the bundle cannot be read.
        OutputError: the file cannot be written.
    """
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        _add(tar, MANIFEST_NAME, manifest.to_bytes(), is_executable=False)
        for file in sorted(manifest.files, key=lambda file: file.name):
            content = (folder / file.name).read_bytes()
            _add(tar, file.name, content, is_executable=file.is_executable)
    compressor = lzma.LZMACompressor(preset=_XZ_PRESET)
    packed = io.BytesIO()
    total_bytes = buffer.tell()
    buffer.seek(0)
    while chunk := buffer.read(_CHUNK_BYTES):
        check_stop(should_stop)
        packed.write(compressor.compress(chunk))
        on_progress("Packing the bundle", buffer.tell(), total_bytes)
    packed.write(compressor.flush())
    write_atomically(out, packed.getvalue())


def _add(tar: tarfile.TarFile, name: str, content: bytes, *, is_executable: bool) -> None:
    # Everything else that a TarInfo says (times, owners) is zero or empty from the start.
    info = tarfile.TarInfo(name)
    info.size = len(content)
    info.mode = 0o755 if is_executable else 0o644
    tar.addfile(info, io.BytesIO(content))


def read_manifest(packed: Path) -> bytes:
    """The manifest of a packed bundle.

    Args:
        packed: its file.

    Raises:
        DamagedBundleError: it is no bundle.
        OSError: it cannot be read.
    """
    try:
        with lzma.open(packed) as stream, tarfile.open(fileobj=stream, mode="r|") as tar:
            first = tar.next()
            file = tar.extractfile(first) if first is not None else None
            if first is None or file is None or first.name != MANIFEST_NAME:
                raise DamagedBundleError(f"{packed} is no bundle for phones.")
            if first.size > _MOST_MANIFEST_BYTES:
                raise DamagedBundleError(f"The manifest in {packed} is too large to be one.")
            return file.read()
    except (lzma.LZMAError, tarfile.TarError, EOFError) as error:
        raise DamagedBundleError(f"{packed} is damaged.", details=repr(error)) from error


def unpack(packed: Path, folder: Path) -> None:
    """Unpack a bundle; only the files of its manifest are written.

    Args:
        packed: its file.
        folder: new or empty.

    Raises:
        DamagedBundleError: it is damaged.
        OSError: it cannot be read, or the folder not be written.
    """
    text = read_manifest(packed)
    wanted = {file.name: file for file in parse_manifest(text).files}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MANIFEST_NAME).write_bytes(text)
    try:
        with lzma.open(packed) as stream, tarfile.open(fileobj=stream, mode="r|") as tar:
            for member in tar:
                note = wanted.get(member.name)
                file = tar.extractfile(member)
                if note is None or file is None or member.size != note.size_bytes:
                    continue
                place = folder / note.name
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(file.read())
                place.chmod(0o755 if note.is_executable else 0o644)
    except (lzma.LZMAError, tarfile.TarError, EOFError) as error:
        raise DamagedBundleError(f"{packed} is damaged.", details=repr(error)) from error
