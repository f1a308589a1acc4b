"""Finds the parts of a DeepLab network in the operators of a .tflite file, by structure alone.

Names differ from converter to converter; what an operator computes and what it is joined to do
not. So the graph is walked from its input: stem, inverted residual blocks for as long as they
follow each other, the branches of the head, the decoder, the logits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from studio.deeplab.tflite_graph import GraphOp, OpGraph
from studio.deeplab.tflite_steps import SILENT_OPS, FoundConv, Steps

_POOLING_OPS = ("AVERAGE_POOL_2D", "MEAN")
_SPREADING_OPS = (*SILENT_OPS, "RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR", "TILE", "RESHAPE",
                  "BROADCAST_TO")  # fmt: skip
_MOST_BLOCKS = 17


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


class Walk(Steps):
    """Walks one graph.

    Args:
        graph: to walk.
    """

    def __init__(self, graph: OpGraph) -> None:
        super().__init__(graph)
        self._found = FoundNetwork()

    def find(self) -> FoundNetwork:
        """Walk from the input to the logits.

        Raises:
            ModelError: an operator is none that our network has in that place.
        """
        features = self._backbone(self.graph.inputs[0])
        following = self.after(features)
        if following and not self._is_classifier(following):
            self._found.has_head = True
            self._head(following)
        return self._found

    # The backbone

    def _backbone(self, image: int) -> int:
        stem = self.only(image, "the first convolution")
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
            self.stop(stem, "no inverted residual block follows it")
        return x

    def _block(self, x: int, index: int) -> list[FoundConv]:
        """The convolutions of the block that starts at a tensor; none if none does."""
        kinds = ["expand", "depthwise", "project"][1 if index == 0 else 0 :]
        for first in self.after(x):
            op: GraphOp | None = first
            chain: list[FoundConv] = []
            for kind in kinds:
                if not op or op.name != _op_name(kind):
                    break
                chain.append(self.read(f"block_{index}_{kind}", op))
                following = self.after(chain[-1].output)
                op = following[0] if len(following) == 1 else None
            if len(chain) == len(kinds) and chain[-1].activation == "linear":
                return chain
        return []

    def _shortcut(self, x: int, chain: Sequence[FoundConv]) -> int:
        """The tensor behind the shortcut around a block, where it has one."""
        last = chain[-1]
        source = self.origin(x)
        adds = [
            op
            for op in self.after(last.output)
            if op.name == "ADD" and source in {self.origin(index) for index in op.inputs}
        ]
        is_expected = (
            all(conv.strides == 1 for conv in chain)
            and len(chain) == 3
            and chain[0].kernel.shape[2] == last.kernel.shape[3]
        )
        if bool(adds) != is_expected:
            self.stop(
                adds[0] if adds else last.op,
                "MobileNetV2 has a shortcut around a block where, and only where, its input and"
                " output have one shape",
            )
        if not adds:
            return last.output
        if adds[0].activation != "linear":
            self.stop(adds[0], f"it ends in {adds[0].activation}")
        return adds[0].outputs[0]

    def _is_classifier(self, following: Sequence[GraphOp]) -> bool:
        """Whether features go through at most one more convolution into pooling, and no further.

        DeepLab pools too, but beside it sees every pixel.
        """
        if len(following) != 1:
            return False
        op = following[0]
        if op.name == "CONV_2D":
            behind = self.after(self.read("", op).output)
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
                    self.stop(op, "there is a second pooled branch")
                pooled = self._pooled(op)
            elif op.name == "DEPTHWISE_CONV_2D":
                conv = self.read("", op)
                rates.append(replace(conv, name=f"aspp_rate_{conv.rate}_depthwise"))
                pointwise = self.only(conv.output, "a 1x1 convolution")
                branches.append(self.read(f"aspp_rate_{conv.rate}", pointwise))
            elif op.name == "CONV_2D" and not any(b.name == "aspp_1x1" for b in branches):
                branches.insert(0, self.read("aspp_1x1", op))
            else:
                self.stop(op, "the head has no such branch")
        if not branches or branches[0].name != "aspp_1x1":
            self.stop(following[0], "the head has no 1x1 branch")
        self._found.convs += [*branches, *rates]
        self._found.atrous_rates = tuple(conv.rate for conv in rates)
        x = self._project(branches, pooled)
        last = self.only(x, "the logits")
        if self.read("", last).activation != "linear":
            x = self._decode(x)
            last = self.only(x, "the logits")
        self._take("logits", last)

    def _pooled(self, op: GraphOp) -> FoundConv:
        if op.name == "AVERAGE_POOL_2D":
            size = (op.options["height"], op.options["width"])
            if size != tuple(self.graph.shapes[op.inputs[0]][1:3]):
                self.stop(op, "it does not pool the whole image")
        self._found.image_pooling = True
        tensor = self.behind(op.outputs[0], ("RESHAPE", *SILENT_OPS))
        return self._take("image_pooling_conv", self.only(tensor, "a 1x1 convolution"))

    def _project(self, branches: Sequence[FoundConv], pooled: FoundConv | None) -> int:
        """The projection that joins the branches; returns the tensor behind it."""
        order = list(branches)
        joined = self.only(branches[0].output, "what joins the branches")
        if joined.name == "CONCATENATION":
            order = [self._branch(index, branches, pooled, joined) for index in joined.inputs]
            tensor = joined.outputs[0]
            if len(order) < len(branches):
                self.stop(joined, "it does not join every branch")
        else:
            tensor = branches[0].output
        project = self.read("aspp_project", self.only(tensor, "the projection"))
        widths = [branch.kernel.shape[3] for branch in order]
        if sum(widths) != project.kernel.shape[2]:
            self.stop(project.op, "it does not see the branches alone")
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
        origin = self.origin(index, _SPREADING_OPS)
        candidates = [*branches, pooled] if pooled else list(branches)
        found = [branch for branch in candidates if branch.output == origin]
        if not found:
            self.stop(joined, "it joins something that is no branch of the head")
        return found[0]

    def _add_pooled(self, project: FoundConv, pooled: FoundConv) -> int:
        """As we export it: the pooled branch is projected apart and added."""
        share = self._take("image_pooling_project", self.only(pooled.output, "its projection"))
        add = self.only(project.output, "the sum with the pooled branch")
        if add.name != "ADD" or {self.origin(i, _SPREADING_OPS) for i in add.inputs} != {
            project.output,
            share.output,
        }:
            self.stop(add, "the pooled branch was expected to be added here")
        activation, output = self.activated(add)
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
        reduce = self._take("decoder_reduce", self.only(x, "the decoder"))
        self._found.decoder_filters = reduce.kernel.shape[3]
        joined = self.only(self.behind(reduce.output, _SPREADING_OPS), "fine features")
        if joined.name != "CONCATENATION" or len(joined.inputs) != 2:
            self.stop(joined, "the decoder joins features of two sizes here")
        producer = self.graph.producer(self.origin(joined.inputs[1]))
        if self.origin(joined.inputs[0], _SPREADING_OPS) != reduce.output or not producer:
            self.stop(joined, "the decoder joins upsampled and fine features in this order")
        low = self._take("decoder_low_level", producer)
        if self.origin(low.input) != self.origin(self._found.low_level):
            self.stop(low.op, "fine features are the backbone's last of stride 4")
        x = joined.outputs[0]
        for index in range(2):
            x = self._take(f"decoder_{index}_depthwise", self.only(x, "a convolution")).output
            x = self._take(f"decoder_{index}", self.only(x, "a 1x1 convolution")).output
        return x

    # Notes

    def _take(self, name: str, op: GraphOp) -> FoundConv:
        conv = self.read(name, op)
        self._found.convs.append(conv)
        return conv

    def _expect_relu(self, op: GraphOp, activation: str) -> None:
        if activation != "relu":
            self.stop(op, f"ReLU was expected behind the head's projection, not {activation}")


def _op_name(kind: str) -> str:
    return "DEPTHWISE_CONV_2D" if kind == "depthwise" else "CONV_2D"
