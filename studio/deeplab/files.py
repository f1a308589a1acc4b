"""Networks as files: a Keras archive that also holds the spec and the labels."""

from __future__ import annotations

import os
import secrets
import warnings
import zipfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import keras
import msgspec

from studio.classes import VOC_LABELS
from studio.deeplab.conv_norm import Norm
from studio.deeplab.deeplab_v3plus import deeplab_v3plus
from studio.deeplab.spec import NetworkSpec
from studio.errors import ModelError, SpecError, output_error

_DESCRIPTION = "jejunet.json"
_SCHEMA = 1


@dataclass(frozen=True, slots=True)
class LoadedNetwork:
    """A network with its weights.

    Attributes:
        model: from images, float [N, H, W, 3] in -1 to 1, to logits, float [N, h, w, classes].
        spec: what it is built from.
        labels: name of each class.
        origin: where its weights come from, in words; empty when nobody said.
        has_head: whether what lies behind the backbone has learnt something too.
    """

    model: keras.Model
    spec: NetworkSpec
    labels: tuple[str, ...]
    origin: str = ""
    has_head: bool = True


class _Description(msgspec.Struct, kw_only=True):
    """What the archive holds beside Keras' own files."""

    schema: int = _SCHEMA
    network: dict[str, Any]
    labels: tuple[str, ...]
    origin: str = ""
    has_head: bool = True


def default_labels(classes: int) -> tuple[str, ...]:
    """Names for classes that nobody named: those of PASCAL VOC if there are as many."""
    if classes == len(VOC_LABELS):
        return VOC_LABELS
    return tuple(f"class {index}" for index in range(classes))


def save_network(
    model: keras.Model,
    spec: NetworkSpec,
    path: Path,
    labels: Sequence[str] = (),
    *,
    origin: str = "",
    has_head: bool = True,
) -> None:
    """Write a network; what lay under the name stays whole until the new file is.

    Args:
        model: as `deeplab_v3plus` builds it, at any input size.
        spec: what it was built from.
        path: the `.keras` file.
        labels: name of each class; empty for the default ones.
        origin: where its weights come from.
        has_head: as in `LoadedNetwork`.

    Raises:
        OutputError: the disk is full, or the folder cannot be written to.
    """
    description = _Description(
        network=asdict(spec),
        labels=tuple(labels) or default_labels(spec.classes),
        origin=origin,
        has_head=has_head,
    )
    # Keras insists on its suffix, also for the file that is renamed when it is complete.
    temporary = path.with_name(f".{path.stem}.{os.getpid()}-{secrets.token_hex(3)}.keras")
    try:
        if path.is_dir():
            raise IsADirectoryError(21, "Is a directory", str(path))
        model.save(temporary)
        with zipfile.ZipFile(temporary, "a") as archive:
            archive.writestr(_DESCRIPTION, msgspec.json.encode(description))
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise output_error(path, error) from error
    finally:
        temporary.unlink(missing_ok=True)


def load_network(
    path: Path, *, size: tuple[int, int] | None = None, norm: Norm = "live"
) -> LoadedNetwork:
    """Read a network that `save_network` wrote.

    Args:
        path: the `.keras` file.
        size: height and width of the input, if other than the spec's.
        norm: batch norm with live or frozen statistics in training.

    Raises:
        ModelError: the file is missing, damaged, or another program's.
    """
    description, spec = _describe(path)
    model = deeplab_v3plus(spec, size=size, norm=norm)
    try:
        # Keras only warns about layers that the file has no weights for.
        with warnings.catch_warnings(action="error", category=UserWarning):
            model.load_weights(path)
    except (ValueError, KeyError, OSError, zipfile.BadZipFile, UserWarning) as error:
        raise ModelError(
            f"The weights in {path.name} are damaged, or do not fit the network it describes.",
            remedy="Export or import it again.",
            details=repr(error),
        ) from error
    return LoadedNetwork(model, spec, description.labels, description.origin, description.has_head)


def _describe(path: Path) -> tuple[_Description, NetworkSpec]:
    try:
        with zipfile.ZipFile(path) as archive:
            text = archive.read(_DESCRIPTION)
    except FileNotFoundError as error:
        raise ModelError(
            f"There is no network {path}.", remedy="Check the name, or choose another file."
        ) from error
    except KeyError as error:
        raise ModelError(
            f"{path.name} is a ZIP archive, perhaps a Keras model, but none of this studio's: it"
            " does not say how its network is built.",
            remedy="Choose a .keras file that was trained or imported here.",
        ) from error
    except zipfile.BadZipFile as error:
        raise ModelError(
            f"{path.name} is not a Keras file, or is cut off.",
            remedy="Choose a .keras file that was trained or imported here.",
            details=repr(error),
        ) from error
    except OSError as error:
        what = "a folder" if path.is_dir() else f"unreadable ({error.strerror})"
        raise ModelError(
            f"A .keras file was expected, but {path} is {what}.",
            remedy="Choose a file that you may read.",
            details=repr(error),
        ) from error
    try:
        description = msgspec.json.decode(text, type=_Description)
        spec = msgspec.convert(description.network, NetworkSpec)
    except (msgspec.MsgspecError, UnicodeDecodeError, SpecError) as error:
        raise ModelError(
            f"{path.name} describes a network that this studio cannot build: {error}",
            remedy="If a newer studio wrote it, update this one.",
            details=repr(error),
        ) from error
    if description.schema > _SCHEMA or len(description.labels) != spec.classes:
        raise ModelError(
            f"{path.name} describes a network that this studio cannot build: schema"
            f" {description.schema}, {len(description.labels)} labels for {spec.classes} classes.",
            remedy="If a newer studio wrote it, update this one.",
        )
    return description, spec
