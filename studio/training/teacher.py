"""The teacher of a distillation, asked once per image and remembered."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from studio.data.augmentation import PADDING_GREY
from studio.data.reading import read_image
from studio.data.samples import Sample
from studio.data.teacher_cache import TeacherCache, teacher_name
from studio.deeplab.resize import interpolation_matrix
from studio.errors import SpecError
from studio.inference.geometry import fitted_size
from studio.inference.model import LogitsGrid
from studio.opencv import cv2
from studio.runs.reporting import Reporter
from studio.training.spec import DistillationSpec
from studio.training.teacher_network import Answer, View, open_teacher_network


class Teacher:
    """A network that answers with the average of several views of an image.

    Args:
        spec: which network, at which sizes, mirrored or not.
        labels: of the dataset, which the teacher must share.

    Raises:
        ModelError: the teacher cannot be read.
        SpecError: it knows other classes, or a size does not fit it.
    """

    def __init__(self, spec: DistillationSpec, labels: Sequence[str]) -> None:
        self._spec = spec
        source = Path(spec.teacher)
        network = open_teacher_network(source)
        if network.labels != tuple(labels):
            raise SpecError(
                f"The teacher {source.name} knows other classes than the dataset:"
                f" {_difference(network.labels, labels)}.",
                remedy="Choose a teacher that was trained on the dataset's classes.",
            )
        self._network = network
        self._answers: dict[int, Answer] = {}
        for size in spec.sizes:
            network.logits_size(size)  # raises where it cannot look at it

    @property
    def grid(self) -> LogitsGrid:
        """Where its logits lie."""
        return self._network.grid

    @property
    def input_size(self) -> tuple[int, int]:
        """Height and width of the square into whose top left images are scaled."""
        return (max(self._spec.sizes),) * 2

    @property
    def shape(self) -> tuple[int, int, int]:
        """Of an answer: height, width and classes."""
        return (*self._network.logits_size(max(self._spec.sizes)), len(self._network.labels))

    @property
    def key(self) -> str:
        """Names what the answers depend on."""
        digest = hashlib.sha256(Path(self._spec.teacher).read_bytes())
        digest.update(repr((sorted(self._spec.sizes), self._spec.flip)).encode())
        return digest.hexdigest()[:16]

    def answer(self, image: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """The logarithm of the mean probabilities over all views.

        Args:
            image: uint8 [H, W, 3] RGB.

        Returns:
            Float [h, w, classes], in the frame of the letterboxed image.
        """
        height, width, _ = self.shape
        total = np.zeros(self.shape, np.float32)
        for size in self._spec.sizes:
            views = [_letterbox(image, size)]
            if self._spec.flip:
                views.append(_letterbox(image[:, ::-1], size))
            answers = np.stack([self._ask(size, view) for view in views])
            rows = interpolation_matrix(answers.shape[1], height, self.grid)
            columns = interpolation_matrix(answers.shape[2], width, self.grid)
            total += np.einsum("Yy,yxc,Xx->YXc", rows, answers[0], columns, optimize=True)
            if self._spec.flip:
                mirrored = _unmirror(answers[1], (image.shape[0], image.shape[1]), size, self.grid)
                total += np.einsum("Yy,yxc,Xx->YXc", rows, mirrored, columns, optimize=True)
        shares = total / total.sum(axis=-1, keepdims=True)
        answer: npt.NDArray[np.float32] = np.log(np.maximum(shares, 1e-7))
        return answer

    def _ask(self, size: int, view: View) -> npt.NDArray[np.float32]:
        """Probabilities for one view."""
        if size not in self._answers:
            self._answers[size] = self._network.at(size)
        return _softmax(self._answers[size](view))


def fill_cache(
    cache: TeacherCache, teacher: Teacher, samples: Sequence[Sample], reporter: Reporter
) -> bool:
    """Ask the teacher about all images that it has not seen.

    Args:
        cache: of this teacher; what is in it already is kept.
        teacher: to ask.
        samples: all that training sees.
        reporter: hears how far it has come.

    Returns:
        Whether it came to the end: not when it was told to stop.

    Raises:
        StudioError: an image cannot be read, or the disk is full.
    """
    by_name = {teacher_name(sample): sample for sample in samples}
    missing = [number for number in cache.missing() if cache.names[number] in by_name]
    for count, number in enumerate(missing):
        if reporter.should_stop():
            return False
        reporter.progress(count, len(missing), "images", "Asking the teacher")
        cache.write(number, teacher.answer(read_image(by_name[cache.names[number]].image)))
    return True


def _softmax(logits: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    raised = np.exp(logits - logits.max(axis=-1, keepdims=True))
    shares: npt.NDArray[np.float32] = raised / raised.sum(axis=-1, keepdims=True)
    return shares


def _letterbox(image: npt.NDArray[np.uint8], size: int) -> npt.NDArray[np.float32]:
    """Scale an image into the top left of a square."""
    height, width = image.shape[:2]
    rows, columns = fitted_size((height, width), (size, size), "letterbox")
    canvas = np.full((size, size, 3), PADDING_GREY, np.float32)
    canvas[:rows, :columns] = cv2.resize(
        np.ascontiguousarray(image), (columns, rows), interpolation=cv2.INTER_LINEAR
    )
    return canvas


def _unmirror(
    answer: npt.NDArray[np.float32], image_size: tuple[int, int], size: int, grid: LogitsGrid
) -> npt.NDArray[np.float32]:
    """Turn the answer to a mirrored image back: it lies at the left of the square, as the image."""
    columns = answer.shape[1]
    inner = fitted_size(image_size, (size, size), "letterbox")[1]
    centres = np.arange(columns, dtype=np.float64)
    per_column = (size - 1) / (columns - 1) if grid == "align_corners" else size / columns
    offset = 0.0 if grid == "align_corners" else 0.5
    pixels = (centres + offset) * per_column - offset
    source = ((inner - 1 - pixels) + offset) / per_column - offset
    source = source.clip(0, columns - 1)
    left = np.minimum(source.astype(int), columns - 2)
    share = (source - left).astype(np.float32)[:, None]
    mirrored: npt.NDArray[np.float32] = (
        answer[:, left] * (1.0 - share) + answer[:, left + 1] * share
    )
    return mirrored


def _difference(teacher: Sequence[str], dataset: Sequence[str]) -> str:
    if len(teacher) != len(dataset):
        return f"{len(teacher)} classes, where the dataset has {len(dataset)}"
    pairs = zip(teacher, dataset, strict=True)
    index, (theirs, ours) = next((i, p) for i, p in enumerate(pairs) if p[0] != p[1])
    return f"class {index} is {theirs!r}, where the dataset has {ours!r}"
