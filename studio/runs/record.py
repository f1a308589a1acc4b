"""`run.json`: what a run was asked to do, and on what. Written once, never changed."""

from __future__ import annotations

import functools
import importlib.metadata
import platform
import time
from collections.abc import Sequence
from typing import Any

import msgspec

from studio import __version__
from studio.errors import RunError
from studio.runs.plain import as_json_object

SCHEMA = 1

_PACKAGES = (
    "ai-edge-litert",
    "av",
    "msgspec",
    "numba",
    "numpy",
    "opencv-python",
    "tflite-runtime",
)


class RunRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What `run.json` holds.

    Attributes:
        schema: version of this layout.
        job: name in the table of jobs.
        spec: the job's spec as a JSON object.
        title: as shown to the user.
        parents: names of the run folders that this one builds on.
        versions: version by name: python, studio, and the packages that shape results.
        seed: of the spec; None when the job draws no random numbers.
        host: name of the computer.
        created_seconds: unix time.
    """

    schema: int
    job: str
    spec: dict[str, Any]
    title: str
    parents: tuple[str, ...] = ()
    versions: dict[str, str] = {}
    seed: int | None = None
    host: str = ""
    created_seconds: float = 0.0


_DECODER = msgspec.json.Decoder(RunRecord)


@functools.cache
def _versions() -> dict[str, str]:
    """Versions of what shapes results, read from package metadata: nothing is imported."""
    versions = {"python": platform.python_version(), "studio": __version__}
    for name in _PACKAGES:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions


def new_record(job: str, spec: object, *, title: str, parents: Sequence[str] = ()) -> RunRecord:
    """Describe a run that begins now.

    Args:
        job: name in the table of jobs.
        spec: a dataclass; its `seed`, if it has one, is noted apart.
        title: as shown to the user.
        parents: names of the run folders that it builds on.

    Raises:
        TypeError: the spec holds something that JSON cannot express.
    """
    plain = as_json_object(spec)
    seed = plain.get("seed")
    return RunRecord(
        schema=SCHEMA,
        job=job,
        spec=plain,
        title=title,
        parents=tuple(parents),
        versions=dict(_versions()),
        seed=seed if isinstance(seed, int) else None,
        host=platform.node(),
        created_seconds=time.time(),
    )


def encode_record(record: RunRecord) -> bytes:
    """The text of `run.json`, for people too."""
    return msgspec.json.format(msgspec.json.encode(record), indent=2) + b"\n"


def decode_record(data: bytes) -> RunRecord:
    """Read `run.json`.

    Raises:
        RunError: it is damaged, or was written by a newer studio.
    """
    try:
        record = _DECODER.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise RunError(
            "The description of this run (run.json) is damaged.",
            remedy="Its other files can still be opened from its folder.",
            details=str(error),
        ) from error
    if record.schema > SCHEMA:
        raise RunError(
            f"This run was written by a newer studio (layout {record.schema}; this studio knows "
            f"up to {SCHEMA}).",
            remedy="Update the studio to see it.",
        )
    return record
