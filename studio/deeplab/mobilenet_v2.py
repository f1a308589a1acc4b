"""The MobileNetV2 backbone with atrous convolution."""

from __future__ import annotations

from typing import Any, NamedTuple

import keras

from studio.deeplab.backbone import backbone_blocks, stem_filters
from studio.deeplab.conv_norm import ConvNorm, Norm


class Features(NamedTuple):
    """What the backbone sees.

    Attributes:
        low_level: float [N, H / 4, W / 4, C], with fine detail.
        high_level: float [N, H / output_stride, W / output_stride, C], with meaning.
    """

    low_level: Any
    high_level: Any


def mobilenet_v2(
    images: Any,
    *,
    width: float,
    output_stride: int,
    blocks: int,
    norm: Norm,
    filter_divisor: int = 8,
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
        filter_divisor: of which all filters are multiples.

    Returns:
        The features.

    Reference: Sandler et al. 2018, table 2; Chen et al. 2017, "Rethinking Atrous Convolution",
        section 3.1.
    """
    x = ConvNorm(
        stem_filters(width, filter_divisor), 3, strides=2, norm=norm, name="stem"
    )(images)  # fmt: skip
    low_level = x
    for block in backbone_blocks(width, output_stride, blocks, filter_divisor):
        x = inverted_residual(
            x,
            block.filters,
            expansion=block.expansion,
            strides=block.strides,
            rate=block.rate,
            norm=norm,
            name=block.name,
        )
        if block.stride_behind == 4:
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
