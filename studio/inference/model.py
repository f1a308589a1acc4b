"""What a segmentation model is to the rest of the studio: options, description, timings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Runtime = Literal["litert", "tflite-runtime"]
RUNTIMES: tuple[Runtime, ...] = ("litert", "tflite-runtime")

Fit = Literal["letterbox", "stretch"]
"""How a frame is brought to the network's input: aspect kept and padded, or stretched."""

LogitsGrid = Literal["half_pixel", "align_corners"]
"""Where logits lie on the input: pixel centres, or corner to corner (published DeepLab graphs)."""

InputFit = Literal["model", "frame"]
"""Which input the network gets: its own, or one of the frame's aspect where the model allows."""

OutputKind = Literal["logits", "labels", "binary"]
"""Class scores at any resolution, a finished label map, or one channel (foreground or not)."""


@dataclass(frozen=True, slots=True)
class Normalization:
    """How pixels become network input: `(rgb - mean) / std`, rgb in 0..255, per channel."""

    mean: tuple[float, float, float] = (127.5, 127.5, 127.5)
    std: tuple[float, float, float] = (127.5, 127.5, 127.5)


@dataclass(frozen=True, slots=True)
class ModelOverrides:
    """What a user sets by hand; None leaves it to the card, the metadata, or inference."""

    labels: tuple[str, ...] | None = None
    normalization: Normalization | None = None
    fit: Fit | None = None
    logits_grid: LogitsGrid | None = None
    channel_order: Literal["rgb", "bgr"] | None = None
    output_index: int | None = None


@dataclass(frozen=True, slots=True)
class SessionOptions:
    """How a model is run.

    Attributes:
        runtime: LiteRT (`ai-edge-litert`) or its predecessor `tflite-runtime`.
        threads: inference threads, 1 or more.
        xnnpack: whether the XNNPACK delegate is applied.
        overrides: what is set by hand.
        input_fit: `model` runs the file as it is; `frame` cuts it at its class scores and gives
            it an input of the frame's aspect, where the model allows.
    """

    runtime: Runtime = "litert"
    threads: int = 1
    xnnpack: bool = True
    overrides: ModelOverrides = field(default_factory=ModelOverrides)
    input_fit: InputFit = "model"


@dataclass(frozen=True, slots=True)
class TensorInfo:
    """One tensor of the file, for the quantization panel.

    Attributes:
        name: as stored.
        role: input, output, weights (constant), or activation.
        shape: as stored.
        dtype: `float32`, `int8`, ...
        scales: number of scales: 0 unquantized, 1 per tensor, more per channel.
        scale_min: smallest scale, 0.0 when unquantized.
        scale_max: largest scale, 0.0 when unquantized.
        zero_point: of the first scale.
        size_bytes: bytes stored in the file; 0 for activations.
    """

    name: str
    role: Literal["input", "output", "weights", "activation"]
    shape: tuple[int, ...]
    dtype: str
    scales: int
    scale_min: float
    scale_max: float
    zero_point: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """An opened model, as shown to the user.

    Attributes:
        path: of the file.
        name: from the card, or the file's stem.
        runtime: what runs it.
        runtime_version: its version.
        delegate: `XNNPACK` or `none`.
        delegated_ops_ratio: share of the ops that run on the delegate, 0..1.
        threads: inference threads.
        input_height: of the network, in pixels.
        input_width: of the network, in pixels.
        input_dtype: `float32`, `uint8` or `int8`.
        output_kind: logits, labels or binary.
        output_shape: of the used output tensor.
        output_dtype: of the used output tensor.
        labels: name of each class; `len(labels)` is the number of classes.
        palette: RGB of each class, same length as labels.
        fit: letterbox or stretch.
        logits_grid: half_pixel or align_corners.
        size_bytes: of the file.
        load_millis: reading, planning and one warm-up.
        weight_bits: width of most of the stored weights: 32, 16, 8 or 4.
        sources: where each choice came from: card, metadata, inference or override.
        warnings: what the user should know, in words (runs without XNNPACK, guessed labels, ...).
        tensors: the file's tensors.
    """

    path: str
    name: str
    runtime: Runtime
    runtime_version: str
    delegate: str
    delegated_ops_ratio: float
    threads: int
    input_height: int
    input_width: int
    input_dtype: str
    output_kind: OutputKind
    output_shape: tuple[int, ...]
    output_dtype: str
    labels: tuple[str, ...]
    palette: tuple[tuple[int, int, int], ...]
    fit: Fit
    logits_grid: LogitsGrid
    size_bytes: int
    load_millis: float
    weight_bits: int
    sources: dict[str, str]
    warnings: tuple[str, ...] = ()
    tensors: tuple[TensorInfo, ...] = ()


@dataclass(frozen=True, slots=True)
class StageMillis:
    """Milliseconds that one frame spent in each stage of inference."""

    preprocess: float
    invoke: float
    postprocess: float

    @property
    def total(self) -> float:
        """The three together."""
        return self.preprocess + self.invoke + self.postprocess
