from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops
from numpy.typing import NDArray

from studio.training.losses import distillation_loss, masked_cross_entropy

_SEEDS = st.integers(0, 2**32 - 1)


def _softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    raised = np.exp(logits - logits.max(axis=-1, keepdims=True))
    shares: NDArray[np.float64] = raised / raised.sum(axis=-1, keepdims=True)
    return shares


def _drawn(seed: int, classes: int = 4) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Logits and labels, some of them void."""
    random = np.random.default_rng(seed)
    logits = random.normal(0, 3, (2, 3, 5, classes)).astype(np.float32)
    labels = random.integers(0, classes + 1, (2, 3, 5)).astype(np.uint8)
    labels[labels == classes] = 255
    return logits, labels


def _mean(part: object) -> float:
    return float(ops.convert_to_numpy(part.mean()))  # type: ignore[attr-defined]


@given(_SEEDS, st.sampled_from([0.0, 0.1, 0.5]), st.booleans())
@settings(max_examples=15)
def test_cross_entropy_is_the_mean_over_labelled_pixels(
    seed: int, smoothing: float, balanced: bool
) -> None:
    logits, labels = _drawn(seed)
    weights = np.array([0.5, 2.0, 1.0, 3.0] if balanced else [1.0] * 4, np.float32)
    total, weight = 0.0, 0.0
    for pixel, label in zip(logits.reshape(-1, 4), labels.reshape(-1), strict=True):
        if label == 255:
            continue
        truth = np.eye(4)[label] * (1 - smoothing) + smoothing / 4
        total -= weights[label] * (truth * np.log(_softmax(pixel.astype(np.float64)))).sum()
        weight += float(weights[label])
    ours = masked_cross_entropy(
        logits, labels, label_smoothing=smoothing, class_weights=weights if balanced else None
    )
    assert _mean(ours) == pytest.approx(total / max(weight, 1.0), rel=1e-5, abs=1e-6)


def test_images_without_any_label_cost_nothing() -> None:
    logits, labels = _drawn(0)
    loss = masked_cross_entropy(logits, np.full_like(labels, 255))
    assert _mean(loss) == 0.0


@given(_SEEDS)
@settings(max_examples=10)
def test_what_stands_on_void_pixels_changes_nothing(seed: int) -> None:
    logits, labels = _drawn(seed)
    changed = np.where((labels == 255)[..., None], logits[::-1] * 9, logits)
    assert _mean(masked_cross_entropy(changed, labels)) == pytest.approx(
        _mean(masked_cross_entropy(logits, labels)), rel=1e-6, abs=1e-7
    )


@given(_SEEDS, st.sampled_from([0.5, 1.0, 4.0]))
@settings(max_examples=15)
def test_distillation_is_the_divergence_where_the_teacher_looked(
    seed: int, temperature: float
) -> None:
    logits, _ = _drawn(seed)
    random = np.random.default_rng(seed + 1)
    teacher = random.normal(0, 3, logits.shape).astype(np.float16)
    valid = random.random(logits.shape[:3]) < 0.7
    p = _softmax(teacher.astype(np.float64) / temperature)
    q = _softmax(logits.astype(np.float64) / temperature)
    divergence = (p * (np.log(p) - np.log(q))).sum(-1) * temperature**2
    expected = divergence[valid].sum() / max(valid.sum(), 1)
    loss = distillation_loss(logits, teacher, valid, temperature=temperature)
    assert _mean(loss) == pytest.approx(expected, rel=1e-4, abs=1e-5)


def test_a_teacher_that_says_the_same_costs_nothing() -> None:
    teacher = _drawn(3)[0].astype(np.float16)
    valid = np.ones(teacher.shape[:3], bool)
    loss = _mean(distillation_loss(teacher.astype(np.float32), teacher, valid))
    assert loss == pytest.approx(0.0, abs=1e-6)


def test_parts_of_a_batch_put_together_give_the_loss_of_the_batch() -> None:
    logits, labels = _drawn(5)
    whole = masked_cross_entropy(logits, labels)
    halves = [masked_cross_entropy(logits[i : i + 1], labels[i : i + 1]) for i in (0, 1)]
    weight = halves[0].weight + halves[1].weight
    together = sum(float(ops.convert_to_numpy(half.mean(weight))) for half in halves)
    assert together == pytest.approx(_mean(whole), rel=1e-6)
