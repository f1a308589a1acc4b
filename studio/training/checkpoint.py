"""The exact state of a training on disk: to go on from a checkpoint is never to have stopped."""

from __future__ import annotations

import contextlib
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops

from studio.errors import RunError, output_error
from studio.video.atomic_file import write_atomically

_KEPT = 2  # the newest may be the one that a full disk or a crash spoilt
_SUFFIX = ".npz"
# What NumPy and zipfile raise on torn and on altered bytes; RuntimeError: a flag says "encrypted".
_UNREADABLE = (OSError, ValueError, KeyError, EOFError, RuntimeError, zipfile.BadZipFile)


@dataclass(frozen=True, slots=True)
class Position:
    """Where a training is, beside its variables.

    Attributes:
        step: optimizer steps done.
        best_miou: of the evaluations so far; NaN before the first.
        evaluated_step: of the last evaluation whose results were kept; -1 for none.
        losses: of the steps since the last report, see `studio.training.meter.LossMeans`.
    """

    step: int = 0
    best_miou: float = float("nan")
    evaluated_step: int = -1
    losses: Mapping[str, float] = field(default_factory=dict)


class Checkpoints:
    """The checkpoints of a run.

    The order of the data and all augmentation follow from the seed and the step, so that weights,
    the optimizer's variables and the position are the whole state.

    Args:
        folder: made when needed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def save(self, position: Position, model: keras.Model) -> Path:
        """Write the state after a step, then drop all but the newest two.

        Args:
            position: of the training.
            model: compiled and built.

        Returns:
            The file.

        Raises:
            RunError: a weight is no longer a finite number; nothing is written.
            OutputError: it could not be written; older checkpoints are still there.
        """
        path = self._folder / f"step_{position.step:09d}{_SUFFIX}"
        arrays = {
            f"variable_{index:05d}": ops.convert_to_numpy(variable)
            for index, variable in enumerate(checkpoint_variables(model))
        }
        if not all(np.isfinite(array).all() for array in arrays.values()):
            raise not_finite(position.step)
        arrays["step"] = np.int64(position.step)
        arrays["best_miou"] = np.float64(position.best_miou)
        arrays["evaluated_step"] = np.int64(position.evaluated_step)
        arrays["losses"] = np.frombuffer(json.dumps(dict(position.losses)).encode(), np.uint8)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise output_error(self._folder, error) from error
        content = io.BytesIO()  # NumPy would leave an archive open on a full disk
        np.savez(content, **arrays)
        write_atomically(path, content.getvalue())
        for old in self._files()[:-_KEPT]:
            with contextlib.suppress(OSError):
                old.unlink()
        return path

    def restore(self, model: keras.Model) -> Position | None:
        """Put the newest readable state into a model.

        Args:
            model: compiled and built as the one that was saved.

        Returns:
            Where the training was; None without any checkpoint.

        Raises:
            RunError: there are checkpoints, but none fits or none can be read.
        """
        problem = ""
        variables = checkpoint_variables(model)
        shapes = [tuple(variable.shape) for variable in variables]
        for path in reversed(self._files()):
            try:
                with path.open("rb") as file, np.load(file) as stored:
                    arrays = [stored[f"variable_{i:05d}"] for i in range(len(variables))]
                    if [array.shape for array in arrays] != shapes:
                        problem = f"{path.name} holds another network"
                        continue
                    position = _position(stored)
            except _UNREADABLE as error:
                problem = f"{path.name} cannot be read ({error})"
                continue
            for variable, array in zip(variables, arrays, strict=True):
                variable.assign(array)
            return position
        if problem:
            raise RunError(
                f"No checkpoint in {self._folder} can be used: {problem}.",
                remedy="Start the training anew from its specification.",
            )
        return None

    def _files(self) -> list[Path]:
        """Oldest first."""
        return sorted(self._folder.glob(f"step_*{_SUFFIX}"))


def checkpoint_variables(model: keras.Model) -> list[Any]:
    """All variables that a training changes.

    Args:
        model: compiled and built.
    """
    return [*model.weights, *model.optimizer.variables]


def not_finite(step: int) -> RunError:
    """What to raise when a loss or a weight is no longer a finite number.

    Args:
        step: at which it is so.
    """
    return RunError(
        f"The loss is no longer a number at step {step}; the last checkpoint from before is kept.",
        remedy="Lower optimizer.learning_rate, or limit gradients with optimizer.clip_norm, and"
        " train anew or from the run's last.keras.",
    )


def _position(stored: Mapping[str, Any]) -> Position:
    """Read a position; the first version of the format knew only the first two of its fields."""
    step = int(stored["step"])
    if "losses" not in stored:
        return Position(step, float(stored["best_miou"]))
    return Position(
        step,
        float(stored["best_miou"]),
        int(stored["evaluated_step"]),
        json.loads(stored["losses"].tobytes()),
    )
