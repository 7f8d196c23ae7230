"""Builds the smallest ``.tflite`` files that an engine takes or has to refuse."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import flatbuffers
import numpy as np

RESHAPE, CUSTOM, UINT8, INT32 = 22, 32, 3, 2


def build(*, inputs: int = 1, custom_op: str = "", version: int = 3, scale: float = 0.5) -> bytes:
    """Return a model of one op that reshapes uint8 [1, 2, 2, 3] to [1, 4, 3].

    Args:
        inputs: how many inputs it has; only the first is used.
        custom_op: a name that the op bears in place of RESHAPE's code.
        version: of the format; engines know 3.
        scale: of its pictures and its output.
    """
    builder = flatbuffers.Builder(1024)
    names = ["image", "image2", "image3"][:inputs]
    tensors = [_tensor(builder, name, [1, 2, 2, 3], UINT8, 0, scale) for name in names]
    tensors.append(_tensor(builder, "shape", [3], INT32, 1))
    tensors.append(_tensor(builder, "flat", [1, 4, 3], UINT8, 0, scale))
    shape, flat = inputs, inputs + 1
    operator = table(builder, 9, {0: 0}, {1: ints(builder, [0, shape]), 2: ints(builder, [flat])})
    references = {0: tables(builder, tensors), 1: ints(builder, range(inputs)), 2: ints(builder, [flat])}
    subgraph = table(builder, 5, {}, references | {3: tables(builder, [operator])})
    code = CUSTOM if custom_op else RESHAPE
    named = {1: builder.CreateString(custom_op)} if custom_op else {}
    operator_code = table(builder, 4, {0: np.int8(code), 3: np.int32(code)}, named)
    constant = builder.CreateByteVector(np.array([1, 4, 3], "<i4").tobytes())
    buffers = [table(builder, 1, {}, {}), table(builder, 1, {}, {0: constant})]
    model = table(
        builder,
        8,
        {0: version},
        {
            1: tables(builder, [operator_code]),
            2: tables(builder, [subgraph]),
            3: builder.CreateString("tiny"),
            4: tables(builder, buffers),
        },
    )
    builder.Finish(model, b"TFL3")
    return bytes(builder.Output())


def _tensor(
    builder: flatbuffers.Builder, name: str, shape: list[int], kind: int, buffer: int, scale: float = 0.0
) -> int:
    quantization = {}
    if kind == UINT8:
        scales = builder.CreateNumpyVector(np.array([scale], "<f4"))
        zero_point = builder.CreateNumpyVector(np.array([3], "<i8"))
        quantization = {4: table(builder, 7, {}, {2: scales, 3: zero_point})}
    references = {0: ints(builder, shape), 3: builder.CreateString(name)} | quantization
    return table(builder, 10, {1: np.int8(kind), 2: buffer}, references)


def ints(builder: flatbuffers.Builder, values: Iterable[int]) -> int:
    """Write a vector of int32."""
    return builder.CreateNumpyVector(np.array(list(values), "<i4"))


def tables(builder: flatbuffers.Builder, offsets: Sequence[int]) -> int:
    """Write a vector of tables already written."""
    builder.StartVector(4, len(offsets), 4)
    for offset in reversed(offsets):
        builder.PrependUOffsetTRelative(offset)
    return builder.EndVector()


def table(
    builder: flatbuffers.Builder, slots: int, scalars: dict[int, object], references: dict[int, int]
) -> int:
    """Write a table of ``slots`` fields: int8 or int32 in place, and references to what is written."""
    builder.StartObject(slots)
    for slot, value in scalars.items():
        if isinstance(value, np.int8):
            builder.PrependInt8Slot(slot, int(value), 0)
        else:
            builder.PrependInt32Slot(slot, int(value), 0)
    for slot, offset in references.items():
        builder.PrependUOffsetTRelativeSlot(slot, offset, 0)
    return builder.EndObject()
