"""The network as plain Keras layers, for conversion: normalization folded, sizes fixed."""

from __future__ import annotations

from typing import Any, Literal

import keras
import numpy as np

from studio.deeplab.conv_norm import ConvNorm
from studio.deeplab.deeplab_v3plus import deeplab_v3plus
from studio.deeplab.resize import Upsample
from studio.deeplab.spec import NetworkSpec
from studio.inference.model import LogitsGrid


class ResizeBilinear(keras.layers.Layer):
    """Bilinear resizing that converts to one operator; TensorFlow only.

    Training resizes by matrix products, which every backend has and which convert to several
    operators. Keras' own `Resizing` knows no align-corners grid.

    Args:
        size: target height and width.
        grid: pixel centres, or corner to corner.
    """

    def __init__(self, size: tuple[int, int], grid: LogitsGrid, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._size = size
        self._grid = grid

    def call(self, inputs: Any) -> Any:
        """Resize float [N, h, w, C] to the target size."""
        import tensorflow as tf  # only conversion needs it, and only it converts

        return tf.raw_ops.ResizeBilinear(
            images=inputs,
            size=list(self._size),
            align_corners=self._grid == "align_corners",
            half_pixel_centers=self._grid == "half_pixel",
        )

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[Any, ...]:
        """The target size with the input's channels."""
        return (input_shape[0], *self._size, input_shape[-1])


class Labels(keras.layers.Layer):
    """The class with the highest score at each pixel; TensorFlow only.

    Keras' own argmax also looks for NaN, in operators that no phone needs.
    """

    def call(self, inputs: Any) -> Any:
        """From float [N, H, W, C] to int32 [N, H, W]."""
        import tensorflow as tf  # only conversion needs it, and only it converts

        return tf.argmax(inputs, axis=-1, output_type=tf.int32)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[Any, ...]:
        """Without the channels."""
        return input_shape[:-1]

    def compute_output_spec(self, inputs: Any) -> Any:
        """Labels are integers."""
        return keras.KerasTensor(inputs.shape[:-1], dtype="int32")


def inference_clone(
    model: keras.Model, spec: NetworkSpec, output: Literal["logits", "labels"] = "logits"
) -> keras.Model:
    """Write a network as one convolution with a bias for each of its layers.

    Args:
        model: as `deeplab_v3plus` builds it, at any size.
        spec: what it was built from, with the size that the clone's input shall have.
        output: `logits`; or `labels`, int32 [1, H, W], upsampled and decided.

    Returns:
        A model for one image, float [1, H, W, 3].
    """
    size = spec.input_size
    if tuple(model.input_shape[1:3]) != size:
        weights = model.get_weights()
        model = deeplab_v3plus(spec)
        model.set_weights(weights)
    images = keras.Input(batch_shape=(1, *size, 3), name="image")
    outputs: dict[str, Any] = {model.inputs[0].name: images}
    x: Any = images
    for operation in model.operations:
        if isinstance(operation, keras.layers.InputLayer):
            continue
        inputs = [outputs[tensor.name] for tensor in keras.tree.flatten(operation.input)]
        x = _plain(operation, inputs, spec)
        outputs[operation.output.name] = x
    if output == "labels":
        x = ResizeBilinear(size, spec.logits_grid, name="upsample")(x)
        x = Labels(name="labels")(x)
    return keras.Model(images, x, name="deeplab_v3plus")


def _plain(layer: Any, inputs: list[Any], spec: NetworkSpec) -> Any:
    """Apply the plain twin of a layer."""
    if isinstance(layer, Upsample):
        small, large = inputs
        size = tuple(large.shape[1:3])
        if tuple(small.shape[1:3]) == size:
            return small
        return ResizeBilinear(size, spec.logits_grid, name=layer.name)(small)
    if isinstance(layer, ConvNorm):
        kernel, bias = (np.asarray(keras.ops.convert_to_numpy(part)) for part in layer.folded())
        shared: dict[str, Any] = {
            "kernel_size": layer.kernel_size,
            "strides": layer.strides,
            "padding": "same",
            "dilation_rate": layer.rate,
            "activation": layer.activation,
            "name": layer.name,
            "dtype": "float32",
        }
        twin = (
            keras.layers.DepthwiseConv2D(**shared)
            if layer.depthwise
            else keras.layers.Conv2D(layer.filters, **shared)
        )
        result = twin(inputs[0])
        twin.set_weights([kernel, bias])
        return result
    config = {**layer.get_config(), "dtype": "float32"}
    twin = type(layer).from_config(config)
    result = twin(inputs if len(inputs) > 1 else inputs[0])
    twin.set_weights(layer.get_weights())
    return result
