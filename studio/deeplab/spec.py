"""The network's knobs, in one frozen spec that needs no Keras to be read or checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from studio.deeplab.backbone import backbone_blocks
from studio.errors import SpecError
from studio.inference.model import LogitsGrid

MOBILENET_V2_BLOCKS = 17
LOWEST_WIDTH, HIGHEST_WIDTH = 0.25, 2.0
LOWEST_INPUT_SIZE, HIGHEST_INPUT_SIZE = 33, 2049
_LOW_LEVEL_BLOCKS = 3  # blocks 0 to 2 end at stride 4, whence the decoder takes its features


@dataclass(frozen=True, slots=True)
class NetworkSpec:
    """A compressed DeepLabv3+.

    Attributes:
        width: multiplier of the backbone's filters, 0.25 to 2.0 (published: 0.35 to 1.4).
        output_stride: input size over size of the features that the head sees: 8, 16 or 32.
            Where the backbone would go below, later blocks are dilated instead.
        input_height: pixels; multiples of the output stride, plus one, lie best on its grid.
        input_width: pixels.
        classes: of the output, the background included.
        blocks: inverted residual blocks kept, counted from the input; MobileNetV2 has 17.
        filter_divisor: the backbone's filters are rounded to multiples of it. 8 is MobileNetV2's
            own and runs best; the published DeepLab of width 0.5 has 1.
        head_filters: of each ASPP branch and of the projection behind them.
        image_pooling: have the branch of ASPP that sees the whole image.
        atrous_rates: of the 3x3 branches of ASPP, beside its 1x1; none in the mobile variant.
        decoder_filters: of the decoder, which refines the mask with features of stride 4;
            0 for none.
        output: `logits` at low resolution; `labels` upsamples and takes the argmax in the graph,
            which costs time and serves apps that want a finished label map.

    Reference: Chen et al. 2018, "Encoder-Decoder with Atrous Separable Convolution for Semantic
        Image Segmentation", sections 3 and 4; Sandler et al. 2018, "MobileNetV2", section 6.3.
    """

    width: float = 1.0
    output_stride: Literal[8, 16, 32] = 16
    input_height: int = 257
    input_width: int = 257
    classes: int = 21
    blocks: int = MOBILENET_V2_BLOCKS
    filter_divisor: int = 8
    head_filters: int = 256
    image_pooling: bool = True
    atrous_rates: tuple[int, ...] = ()
    decoder_filters: int = 0
    output: Literal["logits", "labels"] = "logits"

    def __post_init__(self) -> None:
        _expect(
            LOWEST_WIDTH <= self.width <= HIGHEST_WIDTH,
            f"the width is {self.width:g}",
            f"Give {LOWEST_WIDTH:g} to {HIGHEST_WIDTH:g}.",
        )
        _expect(
            self.output_stride in (8, 16, 32),
            f"the output stride is {self.output_stride}",
            "Give 8, 16 or 32.",
        )
        for name, size in (("height", self.input_height), ("width", self.input_width)):
            _expect(
                LOWEST_INPUT_SIZE <= size <= HIGHEST_INPUT_SIZE,
                f"the input {name} is {size}",
                f"Give {LOWEST_INPUT_SIZE} to {HIGHEST_INPUT_SIZE} pixels.",
            )
            _expect(
                size % self.output_stride in (0, 1),
                f"the output stride {self.output_stride} does not divide the input {name} {size},"
                " nor is one pixel over",
                f"Give {_nearest_size(size, self.output_stride)}.",
            )
        _expect(
            self.input_height % self.output_stride == self.input_width % self.output_stride,
            f"the input of {self.input_height}x{self.input_width} mixes a multiple of the output"
            " stride with one more than a multiple",
            "Let both sides be multiples of it, or both one more.",
        )
        _expect(
            2 <= self.classes <= 255, f"there are {self.classes} classes", "Give 2 to 255 classes."
        )
        lowest = _LOW_LEVEL_BLOCKS if self.decoder_filters else 1
        _expect(
            lowest <= self.blocks <= MOBILENET_V2_BLOCKS,
            f"{self.blocks} blocks are kept",
            f"Give {lowest} to {MOBILENET_V2_BLOCKS}.",
        )
        _expect(
            1 <= self.filter_divisor <= 32,
            f"filters are multiples of {self.filter_divisor}",
            "Give 1 to 32.",
        )
        _expect(
            1 <= self.head_filters <= 2048,
            f"the head has {self.head_filters} filters",
            "Give 1 to 2048.",
        )
        _expect(
            0 <= self.decoder_filters <= 1024,
            f"the decoder has {self.decoder_filters} filters",
            "Give 1 to 1024, or 0 for no decoder.",
        )
        _expect(
            all(1 <= rate <= 64 for rate in self.atrous_rates),
            f"the atrous rates are {self.atrous_rates}",
            "Give rates of 1 to 64.",
        )
        _expect(
            self.output in ("logits", "labels"),
            f"the output is {self.output!r}",
            "Give `logits` or `labels`.",
        )

    @property
    def input_size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.input_height, self.input_width

    @property
    def feature_stride(self) -> int:
        """Input size over size of what the head sees; few blocks do not reach the output stride."""
        blocks = backbone_blocks(self.width, self.output_stride, self.blocks, self.filter_divisor)
        return blocks[-1].stride_behind

    @property
    def logits_stride(self) -> int:
        """Input size over size of the logits: 4 with a decoder."""
        return 4 if self.decoder_filters else self.feature_stride

    @property
    def logits_size(self) -> tuple[int, int]:
        """Height and width of the logits."""
        return (
            -(-self.input_height // self.logits_stride),
            -(-self.input_width // self.logits_stride),
        )

    @property
    def logits_grid(self) -> LogitsGrid:
        """Where the logits lie on the input.

        With SAME padding and a size of `n * stride + 1`, the receptive fields' centres are at
        pixels 0, stride, 2 * stride, ...: corner to corner.
        """
        return "align_corners" if self.input_height % self.output_stride == 1 else "half_pixel"


@dataclass(frozen=True, slots=True)
class ImportSpec:
    """Turn a published `.tflite` into a Keras file.

    Attributes:
        source: the `.tflite` file.
        out: the `.keras` file to write.
        head_filters: narrow the head to so many filters; 0 keeps it as it is.
        calibration: dataset or folder of images by which the narrow head is fitted.
        calibration_images: how many of them, drawn from the seed.
        seed: of that draw.
        input_size: height and width of the network written, in pixels; 0 for the source's.
    """

    source: str
    out: str
    head_filters: int = 0
    calibration: str = ""
    calibration_images: int = 512
    seed: int = 0
    input_size: int = 0

    def __post_init__(self) -> None:
        if self.head_filters and not self.calibration:
            raise SpecError(
                "A narrower head is fitted on example images.",
                remedy="Give a dataset or a folder of images to calibrate on.",
            )
        _expect(
            self.calibration_images >= 1,
            f"{self.calibration_images} images are to narrow it by",
            "Give at least 1; some hundreds are better.",
        )


@dataclass(frozen=True, slots=True)
class ExportSpec:
    """Turn a trained network into a `.tflite` file with its model card.

    Attributes:
        source: a training run's folder, or a `.keras` file.
        out: the `.tflite` file to write; its card is written beside it.
        int8: quantize weights (per channel) and activations to 8 bits.
        calibration: dataset or folder of images from which activations' ranges are taken.
        calibration_images: how many of them, drawn from the seed.
        seed: of that draw.
        input_height: pixels, if other than the network's own; 0 for its own.
        input_width: pixels, likewise.
        output: `logits` or, upsampled and decided in the graph, `labels`.
        name: on the card; empty for the file's name.
    """

    source: str
    out: str
    int8: bool = False
    calibration: str = ""
    calibration_images: int = 128
    seed: int = 0
    input_height: int = 0
    input_width: int = 0
    output: Literal["logits", "labels"] = "logits"
    name: str = ""

    def __post_init__(self) -> None:
        if self.int8 and not self.calibration:
            raise SpecError(
                "8-bit activations need example images to find their ranges.",
                remedy="Give a dataset or a folder of images to calibrate on.",
            )
        _expect(
            self.calibration_images >= 1,
            f"{self.calibration_images} images are to calibrate it",
            "Give at least 1; 128 is plenty.",
        )


def _nearest_size(size: int, stride: int) -> int:
    """The nearest size of `n * stride + 1`."""
    return max(LOWEST_INPUT_SIZE, round((size - 1) / stride) * stride + 1)


def _expect(fine: bool, came: str, remedy: str) -> None:
    if not fine:
        raise SpecError(f"This network cannot be built: {came}.", remedy=remedy)
