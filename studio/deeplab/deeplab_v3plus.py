"""The whole network."""

from __future__ import annotations

import keras

from studio.deeplab.aspp import aspp
from studio.deeplab.conv_norm import Norm
from studio.deeplab.decoder import decoder
from studio.deeplab.mobilenet_v2 import mobilenet_v2
from studio.deeplab.spec import NetworkSpec


def deeplab_v3plus(
    spec: NetworkSpec, *, size: tuple[int, int] | None = None, norm: Norm = "live"
) -> keras.Model:
    """Build the network with fresh weights.

    Args:
        spec: its knobs.
        size: height and width of the input if other than the spec's, as in training on crops.
        norm: batch norm with live or frozen statistics in training.

    Returns:
        A model from images, float [N, H, W, 3] in -1 to 1, to logits, float
        [N, h, w, classes], always at low resolution.
    """
    height, width = size or spec.input_size
    images = keras.Input((height, width, 3), name="image")
    features = mobilenet_v2(
        images,
        width=spec.width,
        output_stride=spec.output_stride,
        blocks=spec.blocks,
        norm=norm,
        filter_divisor=spec.filter_divisor,
    )
    x = aspp(
        features.high_level,
        filters=spec.head_filters,
        image_pooling=spec.image_pooling,
        atrous_rates=spec.atrous_rates,
        norm=norm,
    )
    if spec.decoder_filters:
        x = decoder(
            x,
            features.low_level,
            filters=spec.decoder_filters,
            align_corners=spec.logits_grid == "align_corners",
            norm=norm,
        )
    # Logits, and so the loss, are kept in float32 under mixed precision.
    logits = keras.layers.Conv2D(spec.classes, 1, dtype="float32", name="logits")(x)
    return keras.Model(images, logits, name="deeplab_v3plus")
