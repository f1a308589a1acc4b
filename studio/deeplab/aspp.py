"""Atrous spatial pyramid pooling."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from studio.deeplab.conv_norm import ConvNorm, Norm


def aspp(
    x: Any, *, filters: int, image_pooling: bool, atrous_rates: Sequence[int], norm: Norm
) -> Any:
    """See features at several scales and project them onto `filters` channels.

    The paper concatenates all branches and projects them by a 1x1 convolution. The image-level
    branch is the same at every pixel, so its share of that projection is computed once and added:
    the same function for half the multiply-adds, without an upsampling in the graph.

    Args:
        x: float [N, H, W, C].
        filters: of each branch and of the projection.
        image_pooling: have the branch that sees the whole image.
        atrous_rates: of the 3x3 branches beside the 1x1.
        norm: batch norm with live or frozen statistics.

    Returns:
        Float [N, H, W, filters].

    Reference: Chen et al. 2017, "Rethinking Atrous Convolution", section 3.3.
    """
    branches = [ConvNorm(filters, activation="relu", norm=norm, name="aspp_1x1")(x)]
    for rate in atrous_rates:
        branch = ConvNorm(
            kernel_size=3, rate=rate, depthwise=True, activation="relu", norm=norm,
            name=f"aspp_rate_{rate}_depthwise",
        )(x)  # fmt: skip
        branches.append(
            ConvNorm(filters, activation="relu", norm=norm, name=f"aspp_rate_{rate}")(branch)
        )
    local = branches[0] if len(branches) == 1 else keras.layers.Concatenate()(branches)
    projected = ConvNorm(filters, activation="linear", norm=norm, name="aspp_project")(local)
    if image_pooling:
        pooled = keras.layers.GlobalAveragePooling2D(keepdims=True, name="image_pooling")(x)
        pooled = ConvNorm(filters, activation="relu", norm=norm, name="image_pooling_conv")(pooled)
        pooled = keras.layers.Conv2D(filters, 1, use_bias=False, name="image_pooling_project")(
            pooled
        )
        projected = keras.layers.Add(name="aspp_add")([projected, pooled])
    return keras.layers.ReLU(name="aspp_relu")(projected)
