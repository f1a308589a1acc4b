"""Finds the parts of a DeepLab network in the operators of a .tflite file, by structure alone.

Names differ from converter to converter; what an operator computes and what it is joined to do
not. So the graph is walked from its input: stem, inverted residual blocks for as long as they
follow each other, the branches of the head, the decoder, the logits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from studio.deeplab.tflite_graph import GraphOp, OpGraph
from studio.errors import ModelError

_SILENT_OPS = ("QUANTIZE", "DEQUANTIZE")
_POOLING_OPS = ("AVERAGE_POOL_2D", "MEAN")
_SPREADING_OPS = (*_SILENT_OPS, "RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR", "TILE", "RESHAPE",
                  "BROADCAST_TO")  # fmt: skip
_MOST_BLOCKS = 17
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
        input: tensor index.
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


@dataclass(slots=True)
class FoundNetwork:
    """What was found in a file.

    Attributes:
        convs: in execution order, as far as they fit.
        blocks: inverted residual blocks.
        low_level: tensor index of the last features of stride 4; -1 without.
        has_head: whether the file goes on to per-pixel logits.
        image_pooling: whether the head has the branch that sees the whole image.
        atrous_rates: of the head's 3x3 branches.
        decoder_filters: 0 without a decoder.
    """

    convs: list[FoundConv] = field(default_factory=list)
    blocks: int = 0
    low_level: int = -1
    has_head: bool = False
    image_pooling: bool = False
    atrous_rates: tuple[int, ...] = ()
    decoder_filters: int = 0

    def conv(self, name: str) -> FoundConv:
        """The one that is our layer of that name."""
        return next(conv for conv in self.convs if conv.name == name)


class Walk:
    """Walks one graph.

    Args:
        graph: to walk.
    """

    def __init__(self, graph: OpGraph) -> None:
        self._graph = graph
        self._found = FoundNetwork()

    def find(self) -> FoundNetwork:
        """Walk from the input to the logits.

        Raises:
            ModelError: an operator is none that our network has in that place.
        """
        features = self._backbone(self._graph.inputs[0])
        following = self._after(features)
        if following and not self._is_classifier(following):
            self._found.has_head = True
            self._head(following)
        return self._found

    # The backbone

    def _backbone(self, image: int) -> int:
        stem = self._only(image, "the first convolution")
        x = self._take("stem", stem).output
        stride = 2
        while self._found.blocks < _MOST_BLOCKS:
            chain = self._block(x, self._found.blocks)
            if not chain:
                break
            for conv in chain:
                stride *= conv.strides
            self._found.convs += chain
            self._found.blocks += 1
            x = self._shortcut(x, chain)
            if stride == 4:
                self._found.low_level = x
        if not self._found.blocks:
            self._stop(stem, "no inverted residual block follows it")
        return x

    def _block(self, x: int, index: int) -> list[FoundConv]:
        """The convolutions of the block that starts at a tensor; none if none does."""
        kinds = ["expand", "depthwise", "project"][1 if index == 0 else 0 :]
        for first in self._after(x):
            op: GraphOp | None = first
            chain: list[FoundConv] = []
            for kind in kinds:
                if not op or op.name != _op_name(kind):
                    break
                chain.append(self._read(f"block_{index}_{kind}", op))
                following = self._after(chain[-1].output)
                op = following[0] if len(following) == 1 else None
            if len(chain) == len(kinds) and chain[-1].activation == "linear":
                return chain
        return []

    def _shortcut(self, x: int, chain: Sequence[FoundConv]) -> int:
        """The tensor behind the shortcut around a block, where it has one."""
        last = chain[-1]
        source = self._origin(x)
        adds = [
            op
            for op in self._after(last.output)
            if op.name == "ADD" and source in {self._origin(index) for index in op.inputs}
        ]
        is_expected = (
            all(conv.strides == 1 for conv in chain)
            and len(chain) == 3
            and chain[0].kernel.shape[2] == last.kernel.shape[3]
        )
        if bool(adds) != is_expected:
            self._stop(
                adds[0] if adds else last.op,
                "MobileNetV2 has a shortcut around a block where, and only where, its input and"
                " output have one shape",
            )
        if not adds:
            return last.output
        if adds[0].activation != "linear":
            self._stop(adds[0], f"it ends in {adds[0].activation}")
        return adds[0].outputs[0]

    def _is_classifier(self, following: Sequence[GraphOp]) -> bool:
        """Whether features go through at most one more convolution into pooling, and no further.

        DeepLab pools too, but beside it sees every pixel.
        """
        if len(following) != 1:
            return False
        op = following[0]
        if op.name == "CONV_2D":
            behind = self._after(self._read("", op).output)
            return len(behind) == 1 and behind[0].name in _POOLING_OPS
        return op.name in _POOLING_OPS

    # The head

    def _head(self, following: Sequence[GraphOp]) -> None:
        branches: list[FoundConv] = []
        pooled: FoundConv | None = None
        rates: list[FoundConv] = []
        for op in following:
            if op.name in _POOLING_OPS:
                if pooled:
                    self._stop(op, "there is a second pooled branch")
                pooled = self._pooled(op)
            elif op.name == "DEPTHWISE_CONV_2D":
                conv = self._read("", op)
                rates.append(replace(conv, name=f"aspp_rate_{conv.rate}_depthwise"))
                pointwise = self._only(conv.output, "a 1x1 convolution")
                branches.append(self._read(f"aspp_rate_{conv.rate}", pointwise))
            elif op.name == "CONV_2D" and not any(b.name == "aspp_1x1" for b in branches):
                branches.insert(0, self._read("aspp_1x1", op))
            else:
                self._stop(op, "the head has no such branch")
        if not branches or branches[0].name != "aspp_1x1":
            self._stop(following[0], "the head has no 1x1 branch")
        self._found.convs += [*branches, *rates]
        self._found.atrous_rates = tuple(conv.rate for conv in rates)
        x = self._project(branches, pooled)
        last = self._only(x, "the logits")
        if self._read("", last).activation != "linear":
            x = self._decode(x)
            last = self._only(x, "the logits")
        self._take("logits", last)

    def _pooled(self, op: GraphOp) -> FoundConv:
        if op.name == "AVERAGE_POOL_2D":
            size = (op.options["height"], op.options["width"])
            if size != tuple(self._graph.shapes[op.inputs[0]][1:3]):
                self._stop(op, "it does not pool the whole image")
        self._found.image_pooling = True
        tensor = self._behind(op.outputs[0], ("RESHAPE", *_SILENT_OPS))
        return self._take("image_pooling_conv", self._only(tensor, "a 1x1 convolution"))

    def _project(self, branches: Sequence[FoundConv], pooled: FoundConv | None) -> int:
        """The projection that joins the branches; returns the tensor behind it."""
        order = list(branches)
        joined = self._only(branches[0].output, "what joins the branches")
        if joined.name == "CONCATENATION":
            order = [self._branch(index, branches, pooled, joined) for index in joined.inputs]
            tensor = joined.outputs[0]
            if len(order) < len(branches):
                self._stop(joined, "it does not join every branch")
        else:
            tensor = branches[0].output
        project = self._read("aspp_project", self._only(tensor, "the projection"))
        widths = [branch.kernel.shape[3] for branch in order]
        if sum(widths) != project.kernel.shape[2]:
            self._stop(project.op, "it does not see the branches alone")
        slices = dict(
            zip(
                [branch.name for branch in order],
                np.split(project.kernel, np.cumsum(widths)[:-1], axis=2),
                strict=True,
            )
        )
        local = np.concatenate([slices[branch.name] for branch in branches], axis=2)
        if pooled and pooled.name in slices:
            # One projection of all branches: ours adds the pooled branch's share afterwards.
            self._expect_relu(project.op, project.activation)
            self._found.convs += [
                replace(project, kernel=local, activation="linear"),
                replace(
                    project,
                    name="image_pooling_project",
                    kernel=slices[pooled.name],
                    bias=np.zeros_like(project.bias),
                    activation="linear",
                ),
            ]
            return project.output
        if not pooled:
            self._expect_relu(project.op, project.activation)
            self._found.convs.append(replace(project, kernel=local, activation="linear"))
            return project.output
        self._found.convs.append(replace(project, kernel=local))
        return self._add_pooled(project, pooled)

    def _branch(
        self, index: int, branches: Sequence[FoundConv], pooled: FoundConv | None, joined: GraphOp
    ) -> FoundConv:
        """The branch that a concatenation's input comes from."""
        origin = self._origin(index, _SPREADING_OPS)
        candidates = [*branches, pooled] if pooled else list(branches)
        found = [branch for branch in candidates if branch.output == origin]
        if not found:
            self._stop(joined, "it joins something that is no branch of the head")
        return found[0]

    def _add_pooled(self, project: FoundConv, pooled: FoundConv) -> int:
        """As we export it: the pooled branch is projected apart and added."""
        share = self._take("image_pooling_project", self._only(pooled.output, "its projection"))
        add = self._only(project.output, "the sum with the pooled branch")
        if add.name != "ADD" or {self._origin(i, _SPREADING_OPS) for i in add.inputs} != {
            project.output,
            share.output,
        }:
            self._stop(add, "the pooled branch was expected to be added here")
        activation, output = self._activated(add)
        self._expect_relu(add, activation)
        # What a converter made of a convolution without a bias may still have one.
        self._found.convs[:] = [
            replace(conv, bias=conv.bias + share.bias)
            if conv.name == "aspp_project"
            else replace(conv, bias=np.zeros_like(conv.bias))
            if conv.name == "image_pooling_project"
            else conv
            for conv in self._found.convs
        ]
        return output

    # The decoder

    def _decode(self, x: int) -> int:
        reduce = self._take("decoder_reduce", self._only(x, "the decoder"))
        self._found.decoder_filters = reduce.kernel.shape[3]
        joined = self._only(self._behind(reduce.output, _SPREADING_OPS), "fine features")
        if joined.name != "CONCATENATION" or len(joined.inputs) != 2:
            self._stop(joined, "the decoder joins features of two sizes here")
        producer = self._graph.producer(self._origin(joined.inputs[1]))
        if self._origin(joined.inputs[0], _SPREADING_OPS) != reduce.output or not producer:
            self._stop(joined, "the decoder joins upsampled and fine features in this order")
        low = self._take("decoder_low_level", producer)
        if self._origin(low.input) != self._origin(self._found.low_level):
            self._stop(low.op, "fine features are the backbone's last of stride 4")
        x = joined.outputs[0]
        for index in range(2):
            x = self._take(f"decoder_{index}_depthwise", self._only(x, "a convolution")).output
            x = self._take(f"decoder_{index}", self._only(x, "a 1x1 convolution")).output
        return x

    # Steps along the graph

    def _take(self, name: str, op: GraphOp) -> FoundConv:
        conv = self._read(name, op)
        self._found.convs.append(conv)
        return conv

    def _read(self, name: str, op: GraphOp) -> FoundConv:
        if op.name not in ("CONV_2D", "DEPTHWISE_CONV_2D"):
            self._stop(op, "a convolution was expected here")
        kernel = self._graph.constant(op.inputs[1])
        if kernel is None or kernel.ndim != 4:
            self._stop(op, "its weights are not stored in a way that can be read")
        depthwise = op.name == "DEPTHWISE_CONV_2D"
        kernel = kernel.transpose(1, 2, 3, 0)  # depthwise: [1, h, w, c] becomes [h, w, c, 1]
        outputs = kernel.shape[2] if depthwise else kernel.shape[3]
        bias = self._graph.constant(op.inputs[2]) if len(op.inputs) > 2 else None
        activation, output = self._activated(op)
        if depthwise and op.options["multiplier"] != 1:
            self._stop(op, "it makes several channels of one")
        self._check_padding(op, kernel.shape[0])
        return FoundConv(
            name=name,
            op=op,
            kernel=np.ascontiguousarray(kernel),
            bias=np.zeros(outputs, np.float32) if bias is None else bias.reshape(-1),
            strides=op.options["strides"],
            rate=op.options["rate"],
            activation=activation,
            input=op.inputs[0],
            output=output,
        )

    def _check_padding(self, op: GraphOp, kernel_size: int) -> None:
        """Padding is SAME, or an operator before it that pads as SAME does."""
        if op.options["padding"] == 0 or kernel_size == 1:
            return
        before = self._graph.producer(op.inputs[0])
        amounts = self._graph.constant(before.inputs[1]) if before else None
        if before is None or before.name != "PAD" or amounts is None:
            self._stop(op, "it does not pad")
        strides = op.options["strides"]
        reach = op.options["rate"] * (kernel_size - 1) + 1
        for axis in (1, 2):
            size = self._graph.shapes[before.inputs[0]][axis]
            total = max((-(-size // strides) - 1) * strides + reach - size, 0)
            if tuple(amounts[axis]) != (total // 2, total - total // 2):
                self._stop(before, "it pads by other amounts than a convolution with padding SAME")

    def _activated(self, op: GraphOp) -> tuple[str, int]:
        """The activation behind an operator, fused or not, and the tensor behind it."""
        output = op.outputs[0]
        if op.activation == "linear":
            following = self._after(output)
            if len(following) == 1 and following[0].name in ("RELU", "RELU6"):
                return following[0].name.lower(), following[0].outputs[0]
        return op.activation, output

    def _after(self, tensor: int) -> list[GraphOp]:
        """What reads a tensor, seen through what only rescales or pads it."""
        found: list[GraphOp] = []
        for op in self._graph.consumers(tensor):
            if op.name in (*_SILENT_OPS, "PAD"):
                found += self._after(op.outputs[0])
            else:
                found.append(op)
        return found

    def _only(self, tensor: int, expected: str) -> GraphOp:
        following = self._after(tensor)
        if len(following) == 1:
            return following[0]
        producer = self._graph.producer(tensor)
        where = str(producer) if producer else "the input"
        raise ModelError(
            f"{self._graph.path.name} cannot be imported: behind {where}, {expected} was expected,"
            f" but {len(following) or 'no'} operators follow.",
            remedy=REMEDY,
        )

    def _behind(self, tensor: int, passing: Sequence[str]) -> int:
        """The tensor behind operators that only spread or rescale."""
        following = self._graph.consumers(tensor)
        while len(following) == 1 and following[0].name in passing:
            tensor = following[0].outputs[0]
            following = self._graph.consumers(tensor)
        return tensor

    def _origin(self, tensor: int, passing: Sequence[str] = _SILENT_OPS) -> int:
        """The tensor before operators that only spread or rescale."""
        op = self._graph.producer(tensor)
        while op and op.name in passing:
            tensor = op.inputs[0]
            op = self._graph.producer(tensor)
        return tensor

    def _expect_relu(self, op: GraphOp, activation: str) -> None:
        if activation != "relu":
            self._stop(op, f"ReLU was expected behind the head's projection, not {activation}")

    def _stop(self, op: GraphOp, why: str) -> NoReturn:
        raise ModelError(
            f"{self._graph.path.name} cannot be imported: its {op} does not fit: {why}.",
            remedy=REMEDY,
        )


def _op_name(kind: str) -> str:
    return "DEPTHWISE_CONV_2D" if kind == "depthwise" else "CONV_2D"
