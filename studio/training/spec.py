"""What a training is asked to do: frozen, typed, read from TOML, stored in the run folder."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from studio.data.spec import AugmentationSpec
from studio.deeplab.spec import NetworkSpec
from studio.errors import SpecError

Strategy = Literal["none", "mirrored", "multi-worker", "tpu"]


@dataclass(frozen=True, slots=True)
class OptimizerSpec:
    """How weights follow their gradients.

    Attributes:
        kind: SGD with momentum, or AdamW.
        learning_rate: at its highest.
        momentum: of SGD.
        weight_decay: share of each kernel, times the learning rate, that a step takes away
            (decoupled from the gradient, for SGD too).
        schedule: how the rate falls after the warm-up.
        power: of the polynomial schedule.
        warmup_steps: over which the rate rises from zero.
        ema_decay: of the moving average of the weights that is evaluated and exported; 0 for none.
        clip_norm: largest global norm of the gradients; 0 for no limit.
        start_share: share of the start weights in what is evaluated and exported. Half of them
            keeps what a good network knew, when it is fitted to another input size on images that
            show little of it.

    Reference: Wortsman et al. 2022, "Robust Fine-Tuning of Zero-Shot Models" (start_share).
    """

    kind: Literal["sgd", "adamw"] = "sgd"
    learning_rate: float = 0.007
    momentum: float = 0.9
    weight_decay: float = 4e-5
    schedule: Literal["poly", "cosine", "constant"] = "poly"
    power: float = 0.9
    warmup_steps: int = 0
    ema_decay: float = 0.0
    clip_norm: float = 0.0
    start_share: float = 0.0

    def __post_init__(self) -> None:
        _expect(
            0.0 < self.learning_rate <= 10.0,
            "learning rate",
            self.learning_rate,
            "Give more than 0, at most 10.",
        )
        _expect(0.0 <= self.momentum < 1.0, "momentum", self.momentum, "Give 0 or more, below 1.")
        _expect(0.0 <= self.weight_decay <= 1.0, "weight decay", self.weight_decay, "Give 0 to 1.")
        _expect(0.0 < self.power <= 10.0, "power", self.power, "Give more than 0, at most 10.")
        _expect(
            self.warmup_steps >= 0, "number of warm-up steps", self.warmup_steps, "Give 0 or more."
        )
        _expect(
            0.0 <= self.ema_decay < 1.0, "EMA decay", self.ema_decay, "Give 0 or more, below 1."
        )
        _expect(self.clip_norm >= 0.0, "gradient limit", self.clip_norm, "Give 0 or more.")
        _expect(
            0.0 <= self.start_share < 1.0,
            "share of the start weights",
            self.start_share,
            "Give 0 or more, below 1.",
        )


@dataclass(frozen=True, slots=True)
class LossSpec:
    """What is made small.

    Attributes:
        stride: the loss is taken at every n-th pixel in both directions: n = 4 costs a sixteenth
            and sees what a mask drawn at this resolution can show.
        label_smoothing: share of the truth spread over all classes.
        class_balance: weight of classes in the loss: `none`, or by the square root or the whole of
            the inverse frequency (median-frequency balancing).
        repeat_rare: a sample is drawn up to so many times an epoch when its rarest class is rare.
    """

    stride: int = 4
    label_smoothing: float = 0.0
    class_balance: Literal["none", "sqrt", "full"] = "none"
    repeat_rare: int = 1

    def __post_init__(self) -> None:
        _expect(1 <= self.stride <= 32, "loss stride", self.stride, "Give 1 to 32.")
        _expect(
            0.0 <= self.label_smoothing < 1.0,
            "label smoothing",
            self.label_smoothing,
            "Give 0 or more, below 1.",
        )
        _expect(
            1 <= self.repeat_rare <= 32,
            "repetition of rare classes",
            self.repeat_rare,
            "Give 1 to 32.",
        )


@dataclass(frozen=True, slots=True)
class DistillationSpec:
    """A teacher to learn from, beside the masks.

    Attributes:
        teacher: a `.tflite` or `.keras` file with the same classes; empty for none.
        weight: of the teacher's loss; the masks' has weight 1.
        temperature: softens both sides' probabilities.
        sizes: input sizes at which a teacher that allows it is averaged.
        flip: average the teacher over the mirrored image too.
        unlabelled: folder of images without masks, from which only the teacher's loss is taken.
        unlabelled_repeats: how often each of them is drawn an epoch.

    Reference: Hinton et al. 2015, "Distilling the Knowledge in a Neural Network".
    """

    teacher: str = ""
    weight: float = 1.0
    temperature: float = 1.0
    sizes: tuple[int, ...] = (513,)
    flip: bool = True
    unlabelled: str = ""
    unlabelled_repeats: int = 1

    def __post_init__(self) -> None:
        _expect(
            0.0 < self.weight <= 100.0,
            "weight of the teacher",
            self.weight,
            "Give more than 0, at most 100.",
        )
        _expect(
            0.0 < self.temperature <= 100.0,
            "temperature",
            self.temperature,
            "Give more than 0, at most 100.",
        )
        _expect(
            bool(self.sizes) and all(33 <= size <= 2049 for size in self.sizes),
            "teacher's sizes",
            self.sizes,
            "Give sizes of 33 to 2049 pixels.",
        )
        _expect(
            1 <= self.unlabelled_repeats <= 100,
            "number of repetitions of unlabelled images",
            self.unlabelled_repeats,
            "Give 1 to 100.",
        )
        if self.unlabelled and not self.teacher:
            raise SpecError(
                "Images without masks teach nothing without a teacher.",
                remedy="Give a teacher, or leave the unlabelled images out.",
            )


@dataclass(frozen=True, slots=True)
class TrainSpec:
    """One training.

    Attributes:
        dataset: folder of a dataset; see `studio.data.dataset`.
        network: what is trained.
        split: list to train on.
        val_split: list to evaluate on.
        start_from: where weights come from: empty (random), `imagenet`, a `.keras` file, or a
            published `.tflite`.
        epochs: how often every sample is seen.
        most_steps: end after so many optimizer steps even within an epoch; 0 for no limit.
        batch_size: images a step, over all replicas.
        crop_size: side of the training crops; 0 for the network's input size.
        norm: batch norm with `live` or `frozen` statistics.
        precision: of the activations in training; weights are always kept in float32.
        optimizer: and learning rate.
        loss: against the masks.
        distillation: against a teacher.
        augmentation: of the training images.
        seed: of weights, order and augmentation.
        evaluate_every_epochs: how often the validation images are scored.
        val_images: how many of them are scored, drawn from the seed; 0 for all.
        preview_images: how many of them are kept as pictures.
        checkpoint_every_seconds: how much work may be lost at most.
        strategy: of `tf.distribute`; the cluster is described by TF_CONFIG.
    """

    dataset: str
    network: NetworkSpec = field(default_factory=NetworkSpec)
    split: str = "train"
    val_split: str = "val"
    start_from: str = ""
    epochs: int = 50
    most_steps: int = 0
    batch_size: int = 16
    crop_size: int = 0
    norm: Literal["live", "frozen"] = "live"
    precision: Literal["float32", "bfloat16"] = "float32"
    optimizer: OptimizerSpec = field(default_factory=OptimizerSpec)
    loss: LossSpec = field(default_factory=LossSpec)
    distillation: DistillationSpec = field(default_factory=DistillationSpec)
    augmentation: AugmentationSpec = field(default_factory=AugmentationSpec)
    seed: int = 0
    evaluate_every_epochs: int = 1
    val_images: int = 0
    preview_images: int = 12
    checkpoint_every_seconds: float = 60.0
    strategy: Strategy = "none"

    def __post_init__(self) -> None:
        _expect(self.epochs >= 1, "number of epochs", self.epochs, "Give 1 or more.")
        _expect(self.most_steps >= 0, "number of steps", self.most_steps, "Give 0 or more.")
        _expect(1 <= self.batch_size <= 4096, "batch size", self.batch_size, "Give 1 to 4096.")
        _expect(
            self.evaluate_every_epochs >= 1,
            "number of epochs between evaluations",
            self.evaluate_every_epochs,
            "Give 1 or more.",
        )
        _expect(
            self.val_images >= 0,
            "number of validation images",
            self.val_images,
            "Give 0 (all) or more.",
        )
        _expect(
            self.preview_images >= 0, "number of previews", self.preview_images, "Give 0 or more."
        )
        _expect(
            self.checkpoint_every_seconds >= 0.0,
            "time between checkpoints",
            self.checkpoint_every_seconds,
            "Give 0 seconds or more.",
        )
        if self.optimizer.start_share and not self.start_from:
            raise SpecError(
                "Random start weights are worth no share in the result.",
                remedy="Give start_from, or leave optimizer.start_share at 0.",
            )
        stride = self.network.output_stride
        side = self.crop_size or self.network.input_height
        _expect(
            side >= 33 and side % stride == self.network.input_height % stride,
            "crop size",
            self.crop_size,
            f"Give a size that lies on the output stride {stride} as the network's input"
            f" of {self.network.input_height} does, or 0 for the input size.",
        )

    @property
    def crop(self) -> tuple[int, int]:
        """Height and width of the training crops."""
        return (self.crop_size, self.crop_size) if self.crop_size else self.network.input_size


def _expect(fine: bool, what: str, came: object, remedy: str) -> None:
    if not fine:
        raise SpecError(f"The {what} is {came}.", remedy=remedy)
