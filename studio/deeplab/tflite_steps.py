"""Steps along the operators of a .tflite file, and what a convolution there computes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from studio.deeplab.tflite_graph import GraphOp, OpGraph
from studio.errors import ModelError

SILENT_OPS = ("QUANTIZE", "DEQUANTIZE")
REMEDY = (
    "Only DeepLab on MobileNetV2 (with or without image pooling, atrous rates and decoder), and"
    " MobileNetV2 classifiers, can be imported. Such a file can still be used as a model, or as a"
    " teacher."
)


@dataclass(frozen=True, slots=True)
class FoundConv:
    """One convolution of the file that is one layer of ours.

    Attributes:
        name: of our layer.
        op: the operator.
        kernel: float [h, w, in, out], or [h, w, channels, 1] if depthwise.
        bias: float [out].
        strides: 1 or 2.
        rate: atrous rate.
        activation: behind it.
        input: tensor index, before padding.
        output: tensor index, behind the activation.
    """

    name: str
    op: GraphOp
    kernel: NDArray[np.float32]
    bias: NDArray[np.float32]
    strides: int
    rate: int
    activation: str
    input: int
    output: int

    @property
    def is_depthwise(self) -> bool:
        """Whether each channel has its own filter."""
        return self.op.name == "DEPTHWISE_CONV_2D"


class Steps:
    """Goes from tensor to tensor of one graph, and refuses what it does not understand.

    Args:
        graph: to walk.
    """

    def __init__(self, graph: OpGraph) -> None:
        self.graph = graph

    def read(self, name: str, op: GraphOp) -> FoundConv:
        """One convolution, under the name of the layer of ours that it would be."""
        if op.name not in ("CONV_2D", "DEPTHWISE_CONV_2D"):
            self.stop(op, "a convolution was expected here")
        kernel = self.graph.constant(op.inputs[1])
        if kernel is None or kernel.ndim != 4:
            self.stop(op, "its weights are not stored in a way that can be read")
        depthwise = op.name == "DEPTHWISE_CONV_2D"
        kernel = kernel.transpose(1, 2, 3, 0)  # depthwise: [1, h, w, c] becomes [h, w, c, 1]
        outputs = kernel.shape[2] if depthwise else kernel.shape[3]
        bias = self.graph.constant(op.inputs[2]) if len(op.inputs) > 2 else None
        activation, output = self.activated(op)
        if depthwise and op.options["multiplier"] != 1:
            self.stop(op, "it makes several channels of one")
        source = self._unpadded(op, kernel.shape[0])
        return FoundConv(
            name=name,
            op=op,
            kernel=np.ascontiguousarray(kernel),
            bias=np.zeros(outputs, np.float32) if bias is None else bias.reshape(-1),
            strides=op.options["strides"],
            rate=op.options["rate"],
            activation=activation,
            input=source,
            output=output,
        )

    def _unpadded(self, op: GraphOp, kernel_size: int) -> int:
        """What a convolution reads: padding is SAME, or an operator that pads as SAME does."""
        if op.options["padding"] == 0 or kernel_size == 1:
            return op.inputs[0]
        before = self.graph.producer(op.inputs[0])
        amounts = self.graph.constant(before.inputs[1]) if before else None
        if before is None or before.name != "PAD" or amounts is None:
            self.stop(op, "it does not pad")
        strides = op.options["strides"]
        reach = op.options["rate"] * (kernel_size - 1) + 1
        for axis in (1, 2):
            size = self.graph.shapes[before.inputs[0]][axis]
            total = max((-(-size // strides) - 1) * strides + reach - size, 0)
            if tuple(amounts[axis]) != (total // 2, total - total // 2):
                self.stop(before, "it pads by other amounts than a convolution with padding SAME")
        return before.inputs[0]

    def activated(self, op: GraphOp) -> tuple[str, int]:
        """The activation behind an operator, fused or not, and the tensor behind it."""
        output = op.outputs[0]
        if op.activation == "linear":
            following = self.after(output)
            if len(following) == 1 and following[0].name in ("RELU", "RELU6"):
                return following[0].name.lower(), following[0].outputs[0]
        return op.activation, output

    def after(self, tensor: int) -> list[GraphOp]:
        """What reads a tensor, seen through what only rescales or pads it."""
        found: list[GraphOp] = []
        for op in self.graph.consumers(tensor):
            if op.name in (*SILENT_OPS, "PAD"):
                found += self.after(op.outputs[0])
            else:
                found.append(op)
        return found

    def only(self, tensor: int, expected: str) -> GraphOp:
        """What reads a tensor, where one operator must.

        Args:
            tensor: index.
            expected: what should follow, for the message.
        """
        following = self.after(tensor)
        if len(following) == 1:
            return following[0]
        producer = self.graph.producer(tensor)
        where = str(producer) if producer else "the input"
        raise ModelError(
            f"{self.graph.path.name} cannot be imported: behind {where}, {expected} was expected,"
            f" but {len(following) or 'no'} operators follow.",
            remedy=REMEDY,
        )

    def behind(self, tensor: int, passing: Sequence[str]) -> int:
        """The tensor behind operators that only spread or rescale."""
        following = self.graph.consumers(tensor)
        while len(following) == 1 and following[0].name in passing:
            tensor = following[0].outputs[0]
            following = self.graph.consumers(tensor)
        return tensor

    def origin(self, tensor: int, passing: Sequence[str] = SILENT_OPS) -> int:
        """The tensor before operators that only spread or rescale."""
        op = self.graph.producer(tensor)
        while op and op.name in passing:
            tensor = op.inputs[0]
            op = self.graph.producer(tensor)
        return tensor

    def stop(self, op: GraphOp, why: str) -> NoReturn:
        """Refuse the file for one operator of it."""
        raise ModelError(
            f"{self.graph.path.name} cannot be imported: its {op} does not fit: {why}.",
            remedy=REMEDY,
        )
