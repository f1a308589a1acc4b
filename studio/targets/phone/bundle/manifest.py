"""What a bundle holds, written into it: every file's hash, and where each came from."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from studio.errors import PhoneError

MANIFEST_NAME = "manifest.json"
FORMAT_VERSION = 1


class DamagedBundleError(PhoneError):
    """A bundle is not what its manifest says."""


@dataclass(frozen=True)
class ManifestFile:
    """One file of a bundle.

    Attributes:
        name: its path in the bundle, with slashes.
        size_bytes: of its content.
        sha256: of its content, as hex.
        is_for_phone: whether the phone needs it.
        is_executable: whether it is started there.
        package: what it was taken from, with its version; empty for what is our own.
    """

    name: str
    size_bytes: int
    sha256: str
    is_for_phone: bool
    is_executable: bool
    package: str


@dataclass(frozen=True)
class PackageNote:
    """Where files came from, for those who want their sources.

    Attributes:
        name: of the package.
        version: of it.
        sha256: of its file, as hex.
        licence: of what was taken from it.
        source: where the sources are to be had.
    """

    name: str
    version: str
    sha256: str
    licence: str
    source: str


@dataclass(frozen=True)
class Manifest:
    """The table of contents of a bundle.

    Attributes:
        runner_hash: of the sources that the runner was made from, as hex.
        recipe_hash: of everything else that it was made from, as hex.
        litert_version: of the library that runs the models.
        compiler: that made the runner.
        files: all but the manifest, sorted by name.
        packages: that files were taken from.
    """

    runner_hash: str
    recipe_hash: str
    litert_version: str
    compiler: str
    files: tuple[ManifestFile, ...]
    packages: tuple[PackageNote, ...]

    def to_bytes(self) -> bytes:
        """As the file says it."""
        content = {"format": FORMAT_VERSION, **asdict(self)}
        return (json.dumps(content, indent=1, sort_keys=True) + "\n").encode()


def content_hash(manifest: bytes) -> str:
    """A hash of all content of a bundle: of the manifest, which holds the hash of every file."""
    return hashlib.sha256(manifest).hexdigest()


def parse_manifest(content: bytes) -> Manifest:
    """Read a manifest.

    Args:
        content: of the file.

    Raises:
        DamagedBundleError: it is none, or of another format.
    """
    try:
        fields: dict[str, Any] = json.loads(content)
        version = fields.pop("format")
        if version != FORMAT_VERSION:
            raise DamagedBundleError(
                f"The bundle has format {version}, this studio knows format {FORMAT_VERSION}."
            )
        fields["files"] = tuple(ManifestFile(**file) for file in fields["files"])
        fields["packages"] = tuple(PackageNote(**note) for note in fields["packages"])
        manifest = Manifest(**fields)
        names = [PurePosixPath(file.name) for file in manifest.files]
        if any(name.is_absolute() or ".." in name.parts for name in names):
            raise ValueError("a file lies outside")
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise DamagedBundleError(
            "The bundle's manifest is damaged.", details=repr(error)
        ) from error
    return manifest


def describe_file(
    folder: Path, name: str, *, is_for_phone: bool, is_executable: bool, package: str
) -> ManifestFile:
    """Take a file into a manifest.

    Args:
        folder: the bundle.
        name: of the file in it.
        is_for_phone: whether the phone needs it.
        is_executable: whether it is started there.
        package: where it is from.

    Raises:
        OSError: the file cannot be read.
    """
    content = (folder / name).read_bytes()
    return ManifestFile(
        name=name,
        size_bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        is_for_phone=is_for_phone,
        is_executable=is_executable,
        package=package,
    )


def check_files(folder: Path, manifest: Manifest) -> None:
    """Compare a bundle with its manifest.

    Args:
        folder: the bundle.
        manifest: what it should hold.

    Raises:
        DamagedBundleError: a file is missing or has other content.
    """
    for file in manifest.files:
        try:
            with (folder / file.name).open("rb") as content:
                came = hashlib.file_digest(content, "sha256").hexdigest()
        except OSError as error:
            raise DamagedBundleError(
                f"The bundle in {folder} is damaged: {file.name} cannot be read.",
                details=repr(error),
            ) from error
        if came != file.sha256:
            raise DamagedBundleError(
                f"The bundle in {folder} is damaged: {file.name} has other content than its "
                "manifest says."
            )
