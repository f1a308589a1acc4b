"""Weights of a MobileNetV2 that was trained on ImageNet, as Keras applications publishes them."""

from __future__ import annotations

import os
import urllib.request
from http.client import HTTPException
from pathlib import Path
from typing import Any

import keras

from studio.deeplab.backbone import backbone_blocks
from studio.deeplab.conv_norm import ConvNorm
from studio.deeplab.spec import NetworkSpec
from studio.errors import ModelError, OutputError, SpecError
from studio.video.atomic_file import write_atomically

WIDTHS = (0.35, 0.5, 0.75, 1.0, 1.3, 1.4)
ORIGIN = "ImageNet weights of Keras applications' MobileNetV2 (Apache 2.0)"

_PAGE = "storage.googleapis.com/tensorflow/keras-applications/mobilenet_v2"
_SIZE = 224
_TIMEOUT_SECONDS = 20.0


def imagenet_backbone(spec: NetworkSpec, file: Path | None = None) -> Any:
    """Build Keras applications' MobileNetV2 with what it learnt on ImageNet.

    Args:
        spec: of our network, for the width.
        file: its weights without the top; None to take them from Keras' cache, or download them.

    Raises:
        SpecError: there are no such weights for this width.
        ModelError: they cannot be downloaded, or the file does not fit.
    """
    if spec.width not in WIDTHS or spec.filter_divisor != 8:
        raise SpecError(
            f"There are no ImageNet weights for a width of {spec.width:g} with filters in"
            f" multiples of {spec.filter_divisor}.",
            remedy=f"Choose a width of {', '.join(f'{width:g}' for width in WIDTHS)} and multiples"
            " of 8, or start from random weights.",
        )
    file = file or _cached(spec.width)
    try:
        return keras.applications.MobileNetV2(
            input_shape=(_SIZE, _SIZE, 3), alpha=spec.width, include_top=False, weights=str(file)
        )
    except (ValueError, OSError, KeyError) as error:
        raise ModelError(
            f"{file} does not hold Keras applications' weights of MobileNetV2, width"
            f" {spec.width:g}, without the top.",
            remedy=f"Remove it and fetch {file_name(spec.width)} again.",
            details=repr(error),
        ) from error


def assign_backbone(model: keras.Model, spec: NetworkSpec, source: keras.Model) -> None:
    """Give the backbone of Keras applications to ours.

    Args:
        model: as `deeplab_v3plus` builds it.
        spec: what it was built from.
        source: a `keras.applications.MobileNetV2` of the same width.
    """
    pairs = [("stem", "Conv1", "bn_Conv1")]
    for index, block in enumerate(
        backbone_blocks(spec.width, spec.output_stride, spec.blocks, spec.filter_divisor)
    ):
        theirs = f"block_{index}" if index else "expanded_conv"
        kinds = ("expand", "depthwise", "project") if index else ("depthwise", "project")
        pairs += [
            (f"{block.name}_{kind}", f"{theirs}_{kind}", f"{theirs}_{kind}_BN") for kind in kinds
        ]
    for ours, convolution, normalization in pairs:
        layer = model.get_layer(ours)
        assert isinstance(layer, ConvNorm)
        norm = source.get_layer(normalization)
        layer.kernel.assign(source.get_layer(convolution).kernel)
        layer.gamma.assign(norm.gamma)
        layer.beta.assign(norm.beta)
        layer.moving_mean.assign(norm.moving_mean)
        layer.moving_variance.assign(norm.moving_variance)


def file_name(width: float) -> str:
    """What Keras applications calls the file of a width."""
    return f"mobilenet_v2_weights_tf_dim_ordering_tf_kernels_{float(width)}_{_SIZE}_no_top.h5"


def cache_folder() -> Path:
    """Where Keras keeps what it downloaded."""
    home = os.environ.get("KERAS_HOME")
    return (Path(home) if home else Path.home() / ".keras") / "models"


def _cached(width: float) -> Path:
    """The file in Keras' cache, downloaded if it is not there."""
    name = file_name(width)
    path = cache_folder() / name
    if path.exists():
        return path
    # Keras' own download has no time limit, and leaves half a file when it is killed.
    try:
        with urllib.request.urlopen(f"https://{_PAGE}/{name}", timeout=_TIMEOUT_SECONDS) as answer:
            content = answer.read()
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, content)
    except (OSError, HTTPException, OutputError) as error:
        raise ModelError(
            "The ImageNet weights are not on this computer and could not be downloaded.",
            remedy=f"Fetch {_PAGE}/{name} on another computer and put it into {path.parent}, or"
            " give the file's path instead of `imagenet`; or start from a published .tflite.",
            details=repr(error),
        ) from error
    return path
