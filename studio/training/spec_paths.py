"""From the files that a training names to absolute paths of files that are there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from studio.errors import InputError, ModelError, SpecError
from studio.inference.catalogue import find_model
from studio.runs.folder import RunFolder
from studio.runs.lookup import find_run
from studio.training.spec import TrainSpec

IMAGENET = "imagenet"
_WEIGHTS = ("best.keras", "last.keras")


def with_absolute_paths(spec: TrainSpec) -> TrainSpec:
    """Name the files of a training as its worker, which is elsewhere, will find them.

    Start weights and teacher may also be given as the name of a model or of a training run.

    Args:
        spec: relative paths start at the current folder, `~` is the user's.

    Raises:
        SpecError: the dataset or the folder of unlabelled images is missing or not given.
        ModelError: start weights or teacher are missing.
    """
    if not spec.dataset.strip():
        raise SpecError("No dataset was given to train on.", remedy="Give its folder.")
    distillation = spec.distillation
    unlabelled, teacher, start_from = distillation.unlabelled, distillation.teacher, spec.start_from
    return replace(
        spec,
        dataset=str(existing_folder(spec.dataset, "dataset")),
        start_from=(start_from if start_from in ("", IMAGENET) else str(find_weights(start_from))),
        distillation=replace(
            distillation,
            teacher=str(find_weights(teacher)) if teacher else "",
            unlabelled=(
                str(existing_folder(unlabelled, "folder of unlabelled images"))
                if unlabelled
                else ""
            ),
        ),
    )


def existing_folder(text: str, what: str) -> Path:
    """The absolute path of a folder that is there.

    Args:
        text: as the user wrote it.
        what: it is, for the message.

    Raises:
        SpecError: there is none.
    """
    path = Path(text).expanduser().absolute()
    try:
        if path.is_dir():
            return path
        is_there = path.exists()
    except OSError as error:  # the name is too long, or a folder above may not be entered
        raise SpecError(
            f"The {what} {text} cannot be read: {error.strerror}.",
            remedy="Check the path.",
            details=repr(error),
        ) from error
    if is_there:
        raise SpecError(f"The {what} {text} is a file.", remedy="Give a folder.")
    raise SpecError(f"There is no {what} {text}.", remedy="Check the path.")


def find_weights(name: str) -> Path:
    """Find a network by path, by name of a model, or by name or folder of a training run.

    Returns:
        The absolute path of a `.tflite` or `.keras` file; of a run, of its best weights so far.

    Raises:
        ModelError: there is none, or more than one.
    """
    try:
        run = find_run(name)
    except InputError:
        return find_model(name).absolute()
    return weights_of(run)


def weights_of(run: RunFolder) -> Path:
    """The best weights of a training run so far, else the last.

    Raises:
        ModelError: it has saved none.
    """
    for file in _WEIGHTS:
        if (run.artifacts_dir / file).is_file():
            return run.artifacts_dir / file
    raise ModelError(
        f"The run {run.name} has saved no weights.",
        remedy="Wait for its first evaluation, or choose another run.",
    )
