"""Milliseconds of a training step, beside the same network out of Keras 3's own layers.

    python -m tests.benchmarks.training [--json] [--steps N] [--dataset DIR]

Both networks take turns step by step in one process, because ratios travel between machines, and
see the same batch under the same loss and optimizer. With a dataset, real batches are fed too:
images a second, and the share of the time that the training waits for its data.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from studio.data.dataset import open_dataset
from studio.data.pipeline import WaitTimer, training_batches
from studio.data.training_source import TrainingSource
from studio.deeplab.conv_norm import ConvNorm, Norm
from studio.deeplab.deeplab_v3plus import deeplab_v3plus
from studio.deeplab.spec import NetworkSpec
from studio.training.optimizer import make_optimizer
from studio.training.spec import OptimizerSpec, TrainSpec
from studio.training.student import Student

_WARM_UP_STEPS = 3


@dataclass(frozen=True)
class Case:
    """One measured line.

    Attributes:
        norm: batch norm with live or frozen statistics.
        precision: of the activations.
        min_millis: the shortest step of ours.
        median_millis: the median step of ours.
        plain_median_millis: the median step of plain Keras.
        times_faster: plain over ours, of the medians.
        first_step_seconds: of ours, with the tracing.
    """

    norm: str
    precision: str
    min_millis: float
    median_millis: float
    plain_median_millis: float
    times_faster: float
    first_step_seconds: float


@dataclass(frozen=True)
class Feeding:
    """How well a real dataset feeds the training.

    Attributes:
        images_per_second: trained on.
        data_wait_share: of the time, waited for data.
        pipeline_images_per_second: made when nothing is trained beside.
    """

    images_per_second: float
    data_wait_share: float
    pipeline_images_per_second: float


def plain_keras(model: keras.Model, norm: Norm) -> keras.Model:
    """Rebuild a network with a convolution, a normalization and an activation for each layer.

    Args:
        model: as `deeplab_v3plus` builds it.
        norm: batch norm with live or frozen statistics.
    """
    outputs: dict[str, Any] = {tensor.name: tensor for tensor in model.inputs}
    for layer in model.layers:
        if isinstance(layer, keras.layers.InputLayer):
            continue
        inputs = [outputs[tensor.name] for tensor in keras.tree.flatten(layer.input)]
        if isinstance(layer, ConvNorm):
            x = _plain_layer(layer, inputs[0], norm)
        else:
            twin = type(layer).from_config(layer.get_config())
            x = twin(inputs if len(inputs) > 1 else inputs[0])
        outputs[layer.output.name] = x
    return keras.Model(model.inputs, outputs[model.outputs[0].name])


def _plain_layer(layer: ConvNorm, x: Any, norm: Norm) -> Any:
    options: dict[str, Any] = {
        "strides": layer.strides,
        "padding": "same",
        "dilation_rate": layer.rate,
        "use_bias": False,
    }
    convolution = (
        keras.layers.DepthwiseConv2D(layer.kernel_size, **options)
        if layer.depthwise
        else keras.layers.Conv2D(layer.filters, layer.kernel_size, **options)
    )
    normalization = keras.layers.BatchNormalization(epsilon=1e-3, momentum=0.99)
    x = normalization(convolution(x), training=False if norm == "frozen" else None)
    if layer.activation == "linear":
        return x
    return keras.layers.ReLU(6.0 if layer.activation == "relu6" else None)(x)


def step_case(norm: Norm, precision: str, spec: NetworkSpec, batch_size: int, steps: int) -> Case:
    """Time our network and its plain twin by turns."""
    train_spec = TrainSpec(dataset="", network=spec, batch_size=batch_size)
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (batch_size, *spec.input_size, 3), np.uint8)
    points = len(range(0, spec.input_height, train_spec.loss.stride))
    labels = {"labels": random.integers(0, spec.classes, (batch_size, points, points), np.uint8)}

    def trained(network: keras.Model) -> Callable[[], object]:
        student = Student(network, train_spec)
        student.compile(make_optimizer(OptimizerSpec(), 10_000), jit_compile=False)
        student.build((None, *spec.input_size, 3))
        return lambda: student.train_on_batch(images, labels)

    keras.config.set_dtype_policy("mixed_bfloat16" if precision == "bfloat16" else "float32")
    network = deeplab_v3plus(spec, norm=norm)
    ours, plain = trained(network), trained(plain_keras(network, norm))
    keras.config.set_dtype_policy("float32")
    first_step_seconds = _seconds(ours)
    for _ in range(_WARM_UP_STEPS):
        ours()
        plain()
    pairs = [(_seconds(ours), _seconds(plain)) for _ in range(steps)]
    our_millis, plain_millis = (np.array(times) * 1e3 for times in zip(*pairs, strict=True))
    return Case(
        norm=norm,
        precision=precision,
        min_millis=round(float(our_millis.min()), 1),
        median_millis=round(float(np.median(our_millis)), 1),
        plain_median_millis=round(float(np.median(plain_millis)), 1),
        times_faster=round(float(np.median(plain_millis) / np.median(our_millis)), 2),
        first_step_seconds=round(first_step_seconds, 1),
    )


def feeding(dataset: Path, spec: NetworkSpec, batch_size: int, steps: int) -> Feeding:
    """Train our network with frozen statistics on real batches."""
    source = TrainingSource(open_dataset(dataset, "train"), spec.input_size, loss_stride=4)
    train_spec = TrainSpec(dataset=str(dataset), network=spec, batch_size=batch_size)
    student = Student(deeplab_v3plus(spec, norm="frozen"), train_spec)
    student.compile(make_optimizer(OptimizerSpec(), 10_000), jit_compile=False)
    student.build((None, *spec.input_size, 3))

    batches = WaitTimer(training_batches(source, batch_size, 0, _WARM_UP_STEPS + steps))
    begin, waited = 0.0, 0.0
    for step, batch in enumerate(batches):
        if step == _WARM_UP_STEPS:
            begin, waited = time.perf_counter(), batches.total_wait_seconds
        student.train_on_batch(batch["image"], {"labels": batch["labels"]})
    trained_seconds = time.perf_counter() - begin
    waited_seconds = batches.total_wait_seconds - waited

    alone = iter(training_batches(source, batch_size, 0, _WARM_UP_STEPS + steps))
    for _ in range(_WARM_UP_STEPS):
        next(alone)
    made_seconds = _seconds(lambda: [next(alone) for _ in range(steps)])
    return Feeding(
        images_per_second=round(steps * batch_size / trained_seconds, 1),
        data_wait_share=round(waited_seconds / trained_seconds, 4),
        pipeline_images_per_second=round(steps * batch_size / made_seconds, 1),
    )


def _seconds(function: Callable[[], object]) -> float:
    begin = time.perf_counter()
    function()
    return time.perf_counter() - begin


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Time training steps.")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--steps", type=int, default=15, help="of each case")
    parser.add_argument("--batch", type=int, default=8, help="images a step")
    parser.add_argument("--size", type=int, default=257, help="of the input, in pixels")
    parser.add_argument("--width", type=float, default=1.0, help="of the network")
    parser.add_argument("--dataset", type=Path, help="feed its list `train` too")
    parser.add_argument("--norm", choices=("live", "frozen"), help="this alone")
    parser.add_argument("--precision", choices=("float32", "bfloat16"), help="this alone")
    chosen = parser.parse_args(arguments)
    spec = NetworkSpec(width=chosen.width, input_height=chosen.size, input_width=chosen.size)
    norms: tuple[Norm, ...] = (chosen.norm,) if chosen.norm else ("live", "frozen")
    precisions = (chosen.precision,) if chosen.precision else ("float32", "bfloat16")
    cases = [
        step_case(norm, precision, spec, chosen.batch, chosen.steps)
        for precision in precisions
        for norm in norms
    ]
    fed = feeding(chosen.dataset, spec, chosen.batch, chosen.steps) if chosen.dataset else None
    if chosen.json:
        lines = [asdict(case) for case in cases]
        print(json.dumps({"cases": lines, "feeding": asdict(fed) if fed else None}))
        return 0
    print(f"{'norm':8} {'precision':10} {'min ms':>8} {'median':>8} {'plain':>8} {'faster':>8}")
    for case in cases:
        print(
            f"{case.norm:8} {case.precision:10} {case.min_millis:8.1f} {case.median_millis:8.1f}"
            f" {case.plain_median_millis:8.1f} {case.times_faster:7.2f}x"
            f"   first step {case.first_step_seconds:.1f} s"
        )
    if fed:
        print(
            f"real batches: {fed.images_per_second:.1f} images/s, waiting for data"
            f" {fed.data_wait_share:.1%}; the pipeline alone makes"
            f" {fed.pipeline_images_per_second:.1f} images/s"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
