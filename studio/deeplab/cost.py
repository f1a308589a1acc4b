"""What a network costs, known from its spec alone: multiply-adds, parameters, file sizes.

Without Keras, so that the studio can show it while a spec is being edited.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from studio.deeplab.backbone import backbone_blocks, low_level_filters, stem_filters
from studio.deeplab.spec import NetworkSpec

# What a .tflite file of ours holds beside its numbers, fitted to exported files: names, shapes
# and options by layer; in 8-bit files also a scale and a zero point for each filter, twice.
_FLOAT32_LAYER_BYTES = 640
_INT8_LAYER_BYTES = 760
_INT8_FILTER_BYTES = 24
_FILE_BYTES = 1500


@dataclass(frozen=True, slots=True)
class LayerCost:
    """One convolution.

    Attributes:
        name: as in the Keras network.
        output_size: height and width.
        filters: of the output.
        multiply_adds: of one image.
        parameters: kernel and bias, the normalization folded in.
        training_parameters: kernel and the normalization's four numbers a filter.
    """

    name: str
    output_size: tuple[int, int]
    filters: int
    multiply_adds: int
    parameters: int
    training_parameters: int


@dataclass(frozen=True, slots=True)
class NetworkCost:
    """A whole network.

    Attributes:
        layers: in order.
    """

    layers: tuple[LayerCost, ...]

    @property
    def multiply_adds(self) -> int:
        """Of one image, in all convolutions."""
        return sum(layer.multiply_adds for layer in self.layers)

    @property
    def parameters(self) -> int:
        """Numbers that an exported file stores."""
        return sum(layer.parameters for layer in self.layers)

    @property
    def training_parameters(self) -> int:
        """Numbers that the Keras network holds, statistics included."""
        return sum(layer.training_parameters for layer in self.layers)

    @property
    def float32_bytes(self) -> int:
        """About the size of the float32 `.tflite` file."""
        return 4 * self.parameters + _FLOAT32_LAYER_BYTES * len(self.layers) + _FILE_BYTES

    @property
    def int8_bytes(self) -> int:
        """About the size of the 8-bit `.tflite` file."""
        filters = sum(layer.filters for layer in self.layers)
        biases = 4 * filters
        kernels = self.parameters - filters
        overhead = _INT8_FILTER_BYTES * filters + _INT8_LAYER_BYTES * len(self.layers)
        return kernels + biases + overhead + _FILE_BYTES


def network_cost(spec: NetworkSpec) -> NetworkCost:
    """Count what a network costs.

    Args:
        spec: its knobs.
    """
    count = _Count(size=spec.input_size)
    count.conv("stem", 3, stem_filters(spec.width, spec.filter_divisor), kernel=3, strides=2)
    channels = count.layers[-1].filters
    low_channels, low_size = channels, count.size
    blocks = backbone_blocks(spec.width, spec.output_stride, spec.blocks, spec.filter_divisor)
    for block in blocks:
        inner = channels * block.expansion
        if block.expansion > 1:
            count.conv(f"{block.name}_expand", channels, inner)
        count.depthwise(f"{block.name}_depthwise", inner, strides=block.strides)
        count.conv(f"{block.name}_project", inner, block.filters)
        channels = block.filters
        if block.stride_behind == 4:
            low_channels, low_size = channels, count.size
    _count_head(count, spec, channels)
    channels = spec.head_filters
    if spec.decoder_filters:
        channels = spec.decoder_filters
        low_filters = low_level_filters(channels)
        count.conv("decoder_reduce", spec.head_filters, channels)
        count.size = low_size
        count.conv("decoder_low_level", low_channels, low_filters)
        joined = channels + low_filters
        for index in range(2):
            count.depthwise(f"decoder_{index}_depthwise", joined)
            count.conv(f"decoder_{index}", joined, channels)
            joined = channels
    count.conv("logits", channels, spec.classes, has_norm=False)
    return NetworkCost(tuple(count.layers))


def _count_head(count: _Count, spec: NetworkSpec, channels: int) -> None:
    filters = spec.head_filters
    count.conv("aspp_1x1", channels, filters)
    for rate in spec.atrous_rates:
        count.depthwise(f"aspp_rate_{rate}_depthwise", channels)
        count.conv(f"aspp_rate_{rate}", channels, filters)
    count.conv("aspp_project", filters * (1 + len(spec.atrous_rates)), filters)
    if spec.image_pooling:
        size, count.size = count.size, (1, 1)
        count.conv("image_pooling_conv", channels, filters)
        count.conv("image_pooling_project", filters, filters, has_norm=False, has_bias=False)
        count.size = size


@dataclass(slots=True)
class _Count:
    """Walks through the network, counting.

    Attributes:
        size: height and width of the features at this point.
        layers: so far.
    """

    size: tuple[int, int]
    layers: list[LayerCost] = field(default_factory=list)

    def conv(
        self,
        name: str,
        inputs: int,
        filters: int,
        *,
        kernel: int = 1,
        strides: int = 1,
        has_norm: bool = True,
        has_bias: bool = True,
    ) -> None:
        weights = kernel * kernel * inputs * filters
        self._add(name, filters, weights, strides, has_norm, has_bias)

    def depthwise(self, name: str, channels: int, *, strides: int = 1) -> None:
        self._add(name, channels, 9 * channels, strides, has_norm=True, has_bias=True)

    def _add(
        self, name: str, filters: int, weights: int, strides: int, has_norm: bool, has_bias: bool
    ) -> None:
        height, width = self.size
        self.size = (-(-height // strides), -(-width // strides))
        bias = filters if has_bias else 0
        self.layers.append(
            LayerCost(
                name=name,
                output_size=self.size,
                filters=filters,
                multiply_adds=self.size[0] * self.size[1] * weights,
                parameters=weights + bias,
                training_parameters=weights + (4 * filters if has_norm else bias),
            )
        )
