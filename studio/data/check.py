"""A quick look at a dataset before anything long begins."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from studio.data.samples import Dataset, Sample
from studio.errors import InputError

_MOST_NAMED = 5


def check_dataset(dataset: Dataset, unlabelled: Sequence[Sample] = ()) -> None:
    """See that all files are there; they are not decoded, so that thousands take a moment.

    Args:
        dataset: whose samples must all have masks.
        unlabelled: further samples, of which only images are looked for.

    Raises:
        InputError: files are missing; names the first of them and how many there are.
    """
    if not dataset.samples:
        raise InputError(
            f"The dataset {dataset.root} has no sample in {dataset.split!r}.",
            remedy="Check its lists and folders.",
        )
    without = [sample.name for sample in dataset.samples if sample.mask is None]
    if without:
        raise InputError(
            f"{len(without)} of {len(dataset)} images have no mask: {_named(without)}.",
            remedy="Training and evaluation need one for each; images without belong in a folder"
            " of their own, for a teacher.",
        )
    files = [sample.image for sample in (*dataset.samples, *unlabelled)]
    files += [sample.mask for sample in dataset.samples if sample.mask is not None]
    missing = missing_files(files)
    if missing:
        raise InputError(
            f"{len(missing)} files of the dataset {dataset.name} are missing:"
            f" {_named([path.name for path in missing])}.",
            remedy="Bring them back or take their names out of the list.",
            details="\n".join(str(path) for path in missing[:100]),
        )


def missing_files(paths: Sequence[Path]) -> list[Path]:
    """Those that do not exist; each folder is read once, which beats asking for each file."""
    names: dict[Path, frozenset[str]] = {}
    missing = []
    for path in dict.fromkeys(paths):
        folder = path.parent
        if folder not in names:
            names[folder] = _names_in(folder)
        if path.name not in names[folder]:
            missing.append(path)
    return missing


def _names_in(folder: Path) -> frozenset[str]:
    try:
        return frozenset(path.name for path in folder.iterdir())
    except OSError:
        return frozenset()


def _named(names: Sequence[str]) -> str:
    rest = len(names) - _MOST_NAMED
    listed = ", ".join(names[:_MOST_NAMED])
    return f"{listed} and {rest} more" if rest > 0 else listed
