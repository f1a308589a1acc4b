"""The MobileNetV2 backbone with atrous convolution."""

from __future__ import annotations

from typing import Any, NamedTuple

import keras

from studio.deeplab.conv_norm import ConvNorm, Norm

_STEM_FILTERS = 32
_EXPANSION = 6

# Filters and stride of each inverted residual block (Sandler et al. 2018, table 2).
_BLOCKS = (
    (16, 1),
    (24, 2), (24, 1),
    (32, 2), (32, 1), (32, 1),
    (64, 2), (64, 1), (64, 1), (64, 1),
    (96, 1), (96, 1), (96, 1),
    (160, 2), (160, 1), (160, 1),
    (320, 1),
)  # fmt: skip


class Features(NamedTuple):
    """What the backbone sees.

    Attributes:
        low_level: float [N, H / 4, W / 4, C], with fine detail.
        high_level: float [N, H / output_stride, W / output_stride, C], with meaning.
    """

    low_level: Any
    high_level: Any


def scaled_filters(filters: int, width: float) -> int:
    """Filters at a width: a multiple of 8 that is not more than 10 % smaller than asked."""
    wanted = filters * width
    rounded = max(8, int(wanted + 4) // 8 * 8)
    return rounded if rounded >= 0.9 * wanted else rounded + 8


def mobilenet_v2(
    images: Any, *, width: float, output_stride: int, blocks: int, norm: Norm
) -> Features:
    """Apply the backbone.

    Once the output stride is reached, a block that would halve the size keeps it, and the blocks
    behind it see with a doubled atrous rate, so that every kernel still spans what it spanned.

    Args:
        images: float [N, H, W, 3] in -1 to 1.
        width: multiplier of the filters.
        output_stride: 8, 16 or 32.
        blocks: how many inverted residual blocks to keep, 1 to 17.
        norm: batch norm with live or frozen statistics.

    Returns:
        The features.

    Reference: Sandler et al. 2018, table 2; Chen et al. 2017, "Rethinking Atrous Convolution",
        section 3.1.
    """
    x = ConvNorm(scaled_filters(_STEM_FILTERS, width), 3, strides=2, norm=norm, name="stem")(images)
    low_level = x
    stride, rate = 2, 1
    for index, (filters, block_stride) in enumerate(_BLOCKS[:blocks]):
        at_limit = block_stride > 1 and stride == output_stride
        x = inverted_residual(
            x,
            scaled_filters(filters, width),
            expansion=1 if index == 0 else _EXPANSION,
            strides=1 if at_limit else block_stride,
            rate=rate,
            norm=norm,
            name=f"block_{index}",
        )
        if at_limit:
            rate *= block_stride
        else:
            stride *= block_stride
        if stride == 4:
            low_level = x
    return Features(low_level, x)


def inverted_residual(
    x: Any, filters: int, *, expansion: int, strides: int, rate: int, norm: Norm, name: str
) -> Any:
    """Widen, convolve each channel, narrow; with a shortcut where shapes allow.

    Reference: Sandler et al. 2018, section 3.3.
    """
    shortcut = x
    channels = x.shape[-1]
    if expansion > 1:
        x = ConvNorm(channels * expansion, norm=norm, name=f"{name}_expand")(x)
    x = ConvNorm(
        kernel_size=3, strides=strides, rate=rate, depthwise=True, norm=norm,
        name=f"{name}_depthwise",
    )(x)  # fmt: skip
    x = ConvNorm(filters, activation="linear", norm=norm, name=f"{name}_project")(x)
    if strides == 1 and channels == filters:
        x = keras.layers.Add(name=f"{name}_add")([shortcut, x])
    return x
