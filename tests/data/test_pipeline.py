"""Batches: the same from any start, in order, with errors in words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio.data.dataset import open_dataset
from studio.data.pipeline import WaitTimer, training_batches
from studio.data.teacher_cache import TeacherCache, teacher_name
from studio.data.training_source import TrainingSource, training_example
from studio.errors import InputError
from tests.support.datasets import make_voc


@pytest.fixture
def source(tmp_path: Path) -> TrainingSource:
    return TrainingSource(open_dataset(make_voc(tmp_path), "train"), (33, 33), 4, seed=1)


def _arrays(batches: Any) -> list[dict[str, np.ndarray[Any, Any]]]:
    return [{name: value.numpy() for name, value in batch.items()} for batch in batches]


def test_batches_hold_the_examples_of_their_positions(source: TrainingSource) -> None:
    for step, batch in enumerate(_arrays(training_batches(source, 3, 0, 5))):
        examples = [training_example(source, step * 3 + i) for i in range(3)]
        assert (batch["image"] == [example.image for example in examples]).all()
        assert (batch["labels"] == [example.labels for example in examples]).all()
        assert set(batch) == {"image", "labels"}


@pytest.mark.parametrize("workers", [1, 3])
def test_a_resumed_training_sees_what_it_would_have_seen(
    source: TrainingSource, workers: int
) -> None:
    whole = _arrays(training_batches(source, 2, 0, 9, workers))
    resumed = _arrays(training_batches(source, 2, 4, 9))
    assert len(resumed) == 5
    for one, other in zip(whole[4:], resumed, strict=True):
        assert all((one[name] == other[name]).all() for name in one)


def test_a_teachers_logits_come_along(source: TrainingSource, tmp_path: Path) -> None:
    names = tuple(teacher_name(sample) for sample in source.samples)
    with TeacherCache.open_or_create(
        tmp_path / "c", "k", names, (3, 3, 3), input_size=(33, 33), grid="align_corners"
    ) as cache:
        cache.write(0, np.ones((3, 3, 3), np.float32))
        taught = replace(source, teacher=cache)
        (batch,) = _arrays(training_batches(taught, 8, 0, 1))
    assert batch["teacher"].shape == (8, 9, 9, 3)
    assert batch["teacher"].dtype == np.float16
    assert batch["teacher_valid"].shape == (8, 9, 9)
    taught_ones = [source.order.sample(position) == 0 for position in range(8)]
    assert batch["has_teacher"].tolist() == taught_ones
    assert (batch["teacher"][taught_ones] == 1).all()


def test_waiting_is_measured(source: TrainingSource) -> None:
    timer = WaitTimer(training_batches(source, 2, 0, 3))
    waits = [timer.wait_seconds for _ in timer]
    assert len(waits) == 3
    assert all(wait > 0 for wait in waits)
    assert timer.total_wait_seconds == pytest.approx(sum(waits))


def test_a_broken_image_is_passed_over_and_named(source: TrainingSource) -> None:
    source.samples[3].image.write_bytes(b"")
    timer = WaitTimer(training_batches(source, 4, 0, 2))
    assert len(list(timer)) == 2
    assert timer.faults is not None
    assert [name for name, _ in timer.faults.take_new()] == [source.samples[3].name]


def test_a_dataset_deleted_in_mid_run_ends_it_in_words(source: TrainingSource) -> None:
    timer = WaitTimer(training_batches(source, 2, 0, 50))
    next(timer)
    for sample in source.samples:
        sample.image.unlink()
    with pytest.raises(InputError, match=r"images could not be read while training.*is missing"):
        list(timer)
