# ruff: noqa: ARG001  (numba looks at the arguments' types by these names; values come in `generate`)
"""Rows of eight pixels, moved and sampled in the processor's lanes; loads numba.

LLVM unrolls loops of eight steps before its vectoriser looks at them, and numba leaves the
vectoriser of straight code off; so these two are said to it in lanes. Numba's cache does not see
a change here: change the modules that use it too, or clear the cache.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

PATCH = 8

_WORD = ir.IntType(64)
_PIXELS = ir.VectorType(ir.IntType(8), PATCH)
_LANES = ir.VectorType(ir.IntType(16), PATCH)


def _pointer(context: Any, builder: Any, kind: Any, array: Any, at: Any) -> Any:
    """Address of an element of a flat array."""
    return builder.gep(cgutils.create_struct_proxy(kind)(context, builder, array).data, [at])


def _row(builder: Any, pointer: Any, kind: Any, offset: Any) -> Any:
    address = builder.gep(pointer, [offset])
    return builder.load(builder.bitcast(address, kind.as_pointer()), align=1)


def _store(builder: Any, pointer: Any, value: Any, offset: Any) -> None:
    address = builder.gep(pointer, [offset])
    builder.store(value, builder.bitcast(address, _LANES.as_pointer()), align=2)


def _lanes_of(builder: Any, word: Any) -> Any:
    """A number in every lane."""
    lane = builder.trunc(word, ir.IntType(16))
    vector = builder.insert_element(ir.Constant(_LANES, ir.Undefined), lane, ir.IntType(32)(0))
    zeros = ir.Constant(ir.VectorType(ir.IntType(32), PATCH), [0] * PATCH)
    return builder.shuffle_vector(vector, ir.Constant(_LANES, ir.Undefined), zeros)


@intrinsic
def sample_patch(
    _typing: Any,
    image: Any,
    start: Any,
    stride: Any,
    right: Any,
    down: Any,
    out: Any,
    out_start: Any,
    out_stride: Any,
) -> Any:
    """Bilinear samples of a patch, in 1/16 of the image's unit, cut off.

    Args:
        image: uint8, flat, contiguous; 9 x 9 pixels from `start` on must lie inside.
        start: index of the patch's first pixel.
        stride: pixels from row to row.
        right: part of a pixel to the right, in 1/16: 0 to 15.
        down: likewise downwards.
        out: int16, flat, contiguous, written.
        out_start: index of the first sample there.
        out_stride: from row to row there.
    """
    signature = types.void(image, *([types.int64] * 4), out, types.int64, types.int64)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        image, start, stride, right, down, out, out_start, out_stride = arguments
        source = _pointer(context, builder, signature.args[0], image, start)
        target = _pointer(context, builder, signature.args[5], out, out_start)
        sixteen = _WORD(16)
        left, up = builder.sub(sixteen, right), builder.sub(sixteen, down)
        weights = [
            _lanes_of(builder, builder.mul(vertical, horizontal))
            for vertical in (up, down)
            for horizontal in (left, right)
        ]

        def pixels(row: int) -> list[Any]:
            offset = builder.mul(stride, _WORD(row))
            return [
                builder.zext(
                    _row(builder, source, _PIXELS, builder.add(offset, _WORD(column))), _LANES
                )
                for column in (0, 1)
            ]

        above = pixels(0)
        for row in range(PATCH):
            below = pixels(row + 1)
            total = ir.Constant(_LANES, [0] * PATCH)
            for value, weight in zip((*above, *below), weights, strict=True):
                total = builder.add(total, builder.mul(value, weight))
            sample = builder.lshr(total, ir.Constant(_LANES, [4] * PATCH))
            _store(builder, target, sample, builder.mul(out_stride, _WORD(row)))
            above = below
        return context.get_dummy_value()

    return signature, generate


@intrinsic
def copy_patch(_typing: Any, plane: Any, start: Any, stride: Any, out: Any, out_start: Any) -> Any:
    """Copy 8 x 8 values to where they lie one after another.

    Args:
        plane: int16, flat, contiguous.
        start: index of the patch's first value.
        stride: values from row to row.
        out: int16, flat, contiguous, 64 values written.
        out_start: index of the first one.
    """
    signature = types.void(plane, types.int64, types.int64, out, types.int64)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        plane, start, stride, out, out_start = arguments
        source = _pointer(context, builder, signature.args[0], plane, start)
        target = _pointer(context, builder, signature.args[3], out, out_start)
        for row in range(PATCH):
            lanes = _row(builder, source, _LANES, builder.mul(stride, _WORD(row)))
            _store(builder, target, lanes, _WORD(row * PATCH))
        return context.get_dummy_value()

    return signature, generate
