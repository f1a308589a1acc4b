"""The one layer that the network is made of: convolution, batch normalization, activation."""

from __future__ import annotations

from typing import Any, Literal

import keras
from keras import ops

from studio.deeplab.fused import batch_norm_training

Activation = Literal["relu6", "relu", "linear"]
Norm = Literal["live", "frozen"]

_EPSILON = 1e-3
_MOMENTUM = 0.99


@keras.saving.register_keras_serializable(package="jejunet")
class ConvNorm(keras.layers.Layer):
    """Convolution, batch normalization and activation in one layer.

    As one layer they can be fused. With *frozen* statistics (and always in inference) the
    normalization is folded into the kernel, `conv(x, kernel * scale) + shift`, so that it costs
    nothing per pixel and gradients still reach kernel, gamma and beta. With *live* statistics the
    backend's fused kernel is used where it has one: Keras' own layer computes moments and the
    normalization in separate passes over the activations.

    Args:
        filters: of the output; ignored when depthwise.
        kernel_size: 1 or 3.
        strides: 1 or 2.
        rate: atrous rate.
        depthwise: one filter per input channel.
        activation: behind the normalization.
        norm: `live` updates the statistics in training, `frozen` leaves them as they are.

    Input: float [N, H, W, C]. Output: float [N, ceil(H / strides), ceil(W / strides), filters].

    Reference: Ioffe and Szegedy 2015; Jacob et al. 2018, section 3.2 (folding).
    """

    def __init__(
        self,
        filters: int = 0,
        kernel_size: int = 1,
        *,
        strides: int = 1,
        rate: int = 1,
        depthwise: bool = False,
        activation: Activation = "relu6",
        norm: Norm = "live",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.filters = filters
        self.kernel_size = kernel_size
        self.strides = strides
        self.rate = rate
        self.depthwise = depthwise
        self.activation = activation
        self.norm = norm

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make the weights for inputs of a shape."""
        channels = input_shape[-1]
        assert channels is not None
        size = (self.kernel_size, self.kernel_size)
        outputs = channels if self.depthwise else self.filters
        # Under mixed precision Keras would hand out these weights in 16 bits; statistics that
        # creep by a hundredth, and the folding, need all 32.
        self.kernel = self.add_weight(
            name="kernel",
            autocast=False,
            shape=(*size, channels, 1) if self.depthwise else (*size, channels, outputs),
            initializer=keras.initializers.VarianceScaling(
                scale=2.0, mode="fan_in" if self.depthwise else "fan_out"
            ),
        )
        self.gamma = self.add_weight(
            name="gamma", shape=(outputs,), initializer="ones", autocast=False
        )
        self.beta = self.add_weight(
            name="beta", shape=(outputs,), initializer="zeros", autocast=False
        )
        self.moving_mean = self.add_weight(
            name="moving_mean",
            shape=(outputs,),
            initializer="zeros",
            trainable=False,
            autocast=False,
        )
        self.moving_variance = self.add_weight(
            name="moving_variance",
            shape=(outputs,),
            initializer="ones",
            trainable=False,
            autocast=False,
        )

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Convolve, normalize, activate."""
        if training and self.norm == "live":
            outputs, mean, variance = batch_norm_training(
                self._convolve(inputs, self.kernel), self.gamma, self.beta, _EPSILON
            )
            self._follow(self.moving_mean, mean)
            self._follow(self.moving_variance, variance)
        else:
            kernel, bias = self.folded()
            outputs = ops.add(self._convolve(inputs, kernel), ops.cast(bias, self.compute_dtype))
        if self.activation == "linear":
            return outputs
        return ops.relu6(outputs) if self.activation == "relu6" else ops.relu(outputs)

    def folded(self) -> tuple[Any, Any]:
        """The kernel and bias of the plain convolution that this layer is in inference.

        Returns:
            Kernel, shaped as this layer's, and bias [filters].
        """
        scale = self.gamma * ops.rsqrt(self.moving_variance + _EPSILON)
        shift = self.beta - self.moving_mean * scale
        return self.kernel * (scale[:, None] if self.depthwise else scale), shift

    def assign_folded(self, kernel: Any, bias: Any) -> None:
        """Take over a plain convolution: from then on `folded` returns what was given.

        Args:
            kernel: float, shaped as this layer's kernel.
            bias: float [filters].
        """
        self.kernel.assign(kernel)
        self.beta.assign(bias)
        self.moving_mean.assign(ops.zeros_like(self.moving_mean))
        self.moving_variance.assign(ops.full_like(self.moving_variance, 1.0 - _EPSILON))
        self.gamma.assign(ops.ones_like(self.gamma))

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """The output's shape: SAME padding."""
        rows, columns = (
            None if size is None else -(-size // self.strides) for size in input_shape[1:3]
        )
        return (
            input_shape[0],
            rows,
            columns,
            input_shape[-1] if self.depthwise else self.filters,
        )

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, for a Keras file."""
        names = ("filters", "kernel_size", "strides", "rate", "depthwise", "activation", "norm")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}

    def _convolve(self, inputs: Any, kernel: Any) -> Any:
        convolve = ops.depthwise_conv if self.depthwise else ops.conv
        return convolve(
            inputs,
            ops.cast(kernel, self.compute_dtype),
            strides=self.strides,
            padding="same",
            data_format="channels_last",
            dilation_rate=self.rate,
        )

    def _follow(self, moving: Any, batch: Any) -> None:
        moving.assign(moving * _MOMENTUM + ops.cast(batch, moving.dtype) * (1.0 - _MOMENTUM))
