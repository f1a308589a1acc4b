"""The shape of the backbone, block by block; known without Keras."""

from __future__ import annotations

from typing import NamedTuple

STEM_FILTERS = 32
EXPANSION = 6

# Filters and stride of each inverted residual block (Sandler et al. 2018, table 2).
BLOCKS = (
    (16, 1),
    (24, 2), (24, 1),
    (32, 2), (32, 1), (32, 1),
    (64, 2), (64, 1), (64, 1), (64, 1),
    (96, 1), (96, 1), (96, 1),
    (160, 2), (160, 1), (160, 1),
    (320, 1),
)  # fmt: skip


class Block(NamedTuple):
    """One inverted residual block.

    Attributes:
        name: prefix of its layers' names.
        filters: of its output.
        expansion: how many times wider it is inside.
        strides: 1 or 2.
        rate: atrous rate.
        stride_behind: input size over size of its output.
    """

    name: str
    filters: int
    expansion: int
    strides: int
    rate: int
    stride_behind: int


def scaled_filters(filters: int, width: float, divisor: int = 8) -> int:
    """Filters at a width: a multiple of the divisor, not more than 10 % smaller than asked."""
    wanted = filters * width
    rounded = max(divisor, int(wanted + divisor / 2) // divisor * divisor)
    return rounded if rounded >= 0.9 * wanted else rounded + divisor


def stem_filters(width: float, divisor: int = 8) -> int:
    """Filters of the first convolution."""
    return scaled_filters(STEM_FILTERS, width, divisor)


def low_level_filters(decoder_filters: int) -> int:
    """To how many channels a decoder reduces the backbone's fine features.

    The paper keeps 48 beside 256 channels of meaning: about a sixth.
    """
    return max(8, decoder_filters // 6)


def backbone_blocks(
    width: float, output_stride: int, blocks: int, divisor: int = 8
) -> tuple[Block, ...]:
    """The blocks behind the stem, which halves the image.

    Args:
        width: multiplier of the filters.
        output_stride: where it is reached, strides become atrous rates for the blocks behind.
        blocks: how many to keep.
        divisor: of which all filters are multiples.
    """
    found = []
    stride, rate = 2, 1
    for index, (filters, block_stride) in enumerate(BLOCKS[:blocks]):
        is_at_limit = block_stride > 1 and stride == output_stride
        if not is_at_limit:
            stride *= block_stride
        found.append(
            Block(
                name=f"block_{index}",
                filters=scaled_filters(filters, width, divisor),
                expansion=1 if index == 0 else EXPANSION,
                strides=1 if is_at_limit else block_stride,
                rate=rate,
                stride_behind=stride,
            )
        )
        if is_at_limit:
            rate *= block_stride
    return tuple(found)
