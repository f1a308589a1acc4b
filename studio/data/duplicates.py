"""Images that two lists of a dataset share, which would make a validation too kind."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from studio.data.samples import Dataset


def shared_names(dataset: Dataset, other: Dataset) -> tuple[str, ...]:
    """Names that are in both lists, in the first one's order."""
    names = {sample.name for sample in other.samples}
    return tuple(sample.name for sample in dataset.samples if sample.name in names)


def identical_images(dataset: Dataset, other: Dataset | None) -> tuple[tuple[str, ...], ...]:
    """Groups of different names whose image files are the same to the byte.

    Only files of equal length are read.

    Args:
        dataset: a list.
        other: another one, whose images are compared with the first one's too.
    """
    samples = {s.image: s.name for d in (other, dataset) if d is not None for s in d.samples}
    by_length: dict[int, list[Path]] = defaultdict(list)
    for path in samples:
        try:
            by_length[path.stat().st_size].append(path)
        except OSError:
            continue  # it is reported as broken
    groups = (group for paths in by_length.values() for group in _same_content(paths))
    return tuple(sorted(tuple(sorted(samples[path] for path in group)) for group in groups))


def _same_content(paths: list[Path]) -> Iterable[list[Path]]:
    if len(paths) < 2:
        return []
    by_digest: dict[bytes, list[Path]] = defaultdict(list)
    for path in paths:
        try:
            by_digest[hashlib.sha256(path.read_bytes()).digest()].append(path)
        except OSError:
            continue
    return [group for group in by_digest.values() if len(group) > 1]
