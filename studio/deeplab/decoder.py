"""The decoder of DeepLabv3+, which sharpens the mask with features of stride 4."""

from __future__ import annotations

from typing import Any

import keras

from studio.deeplab.backbone import low_level_filters
from studio.deeplab.conv_norm import ConvNorm, Norm
from studio.deeplab.resize import Upsample


def decoder(
    high_level: Any, low_level: Any, *, filters: int, align_corners: bool, norm: Norm
) -> Any:
    """Join upsampled semantics with fine detail.

    Args:
        high_level: float [N, h, w, C], of the head.
        low_level: float [N, H / 4, W / 4, c], of the backbone.
        filters: of the separable convolutions.
        align_corners: where `high_level` lies on `low_level`, see `NetworkSpec.logits_grid`.
        norm: batch norm with live or frozen statistics.

    Returns:
        Float [N, H / 4, W / 4, filters].

    Reference: Chen et al. 2018, section 3.1.
    """
    low = ConvNorm(
        low_level_filters(filters), activation="relu", norm=norm, name="decoder_low_level"
    )(low_level)
    high = ConvNorm(filters, activation="relu", norm=norm, name="decoder_reduce")(high_level)
    high = Upsample(align_corners=align_corners, name="decoder_upsample")([high, low])
    x = keras.layers.Concatenate(name="decoder_concat")([high, low])
    for index in range(2):
        x = ConvNorm(
            kernel_size=3,
            depthwise=True,
            activation="relu",
            norm=norm,
            name=f"decoder_{index}_depthwise",
        )(x)
        x = ConvNorm(filters, activation="relu", norm=norm, name=f"decoder_{index}")(x)
    return x
