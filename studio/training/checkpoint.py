"""The exact state of a training on disk: to go on from a checkpoint is never to have stopped."""

from __future__ import annotations

import contextlib
import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops

from studio.errors import RunError, output_error
from studio.video.atomic_file import AtomicFile

_KEPT = 2  # the newest may be the one that a full disk or a crash spoilt
_SUFFIX = ".npz"


class Checkpoints:
    """The checkpoints of a run.

    The order of the data and all augmentation follow from the seed and the step, so that weights,
    the optimizer's variables and the step are the whole state.

    Args:
        folder: made when needed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def save(self, step: int, model: keras.Model, best_miou: float) -> Path:
        """Write the state after a step, then drop all but the newest two.

        Args:
            step: optimizer steps done.
            model: compiled and built.
            best_miou: of the evaluations so far; NaN before the first.

        Returns:
            The file.

        Raises:
            OutputError: it could not be written; older checkpoints are still there.
        """
        path = self._folder / f"step_{step:09d}{_SUFFIX}"
        arrays = {
            f"variable_{index:05d}": ops.convert_to_numpy(variable)
            for index, variable in enumerate(_state(model))
        }
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise output_error(self._folder, error) from error
        target = AtomicFile(path)
        try:
            np.savez(target.file, step=np.int64(step), best_miou=np.float64(best_miou), **arrays)
        except OSError as error:
            target.discard()
            raise output_error(path, error) from error
        target.commit()
        for old in self._files()[:-_KEPT]:
            with contextlib.suppress(OSError):
                old.unlink()
        return path

    def restore(self, model: keras.Model) -> tuple[int, float]:
        """Put the newest readable state into a model.

        Args:
            model: compiled and built as the one that was saved.

        Returns:
            The steps done and the best mIoU; (0, NaN) without any checkpoint.

        Raises:
            RunError: there are checkpoints, but none fits or none can be read.
        """
        problem = ""
        for path in reversed(self._files()):
            try:
                with np.load(path) as stored:
                    variables = _state(model)
                    arrays = [stored[f"variable_{i:05d}"] for i in range(len(variables))]
                    shapes = [tuple(variable.shape) for variable in variables]
                    if [array.shape for array in arrays] != shapes:
                        problem = f"{path.name} holds another network"
                        continue
                    step, best = int(stored["step"]), float(stored["best_miou"])
            except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
                problem = f"{path.name} cannot be read ({error})"
                continue
            for variable, array in zip(variables, arrays, strict=True):
                variable.assign(array)
            return step, best
        if problem:
            raise RunError(
                f"No checkpoint in {self._folder} can be used: {problem}.",
                remedy="Start the training anew from its specification.",
            )
        return 0, float("nan")

    def _files(self) -> list[Path]:
        """Oldest first."""
        return sorted(self._folder.glob(f"step_*{_SUFFIX}"))


def _state(model: keras.Model) -> list[Any]:
    return [*model.weights, *model.optimizer.variables]
