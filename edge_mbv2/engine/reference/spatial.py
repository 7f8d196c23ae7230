"""Reference of the operators that move over or along a picture's dimensions."""

from __future__ import annotations

import numpy as np

from edge_mbv2.engine.ir import Activation, ArgMax, AveragePool2D, Contract, Mean, Pad, ResizeBilinear, Tensor
from edge_mbv2.engine.reference.weighted import code_range

Arrays = list[np.ndarray]
Tensors = list[Tensor]


def mean(op: Mean, values: Arrays, tensors: Tensors, output: Tensor, contract: Contract) -> np.ndarray:
    """MEAN: the codes' sum times one float32 factor plus one offset; floats summed in float32, row by row."""
    x, tensor = values[0], tensors[0]
    count = int(np.prod([x.shape[axis] for axis in op.axes]))
    if not output.is_quantized:
        rows = np.moveaxis(x, op.axes, range(len(op.axes))).reshape(count, -1)
        return np.asarray(sum(rows)) * (np.float32(1) / np.float32(count))
    factor = np.float32(tensor.scale) / np.float32(output.scale) * (np.float32(1) / np.float32(count))
    offset = np.float32(output.zero_point) - np.float32(tensor.zero_point * count) * factor
    total = x.astype(np.int64).sum(axis=op.axes).astype(np.float32)
    return np.asarray(np.clip(np.rint(total * factor + offset), *code_range(Activation.NONE, output)))


def average_pool_2d(
    op: AveragePool2D, values: Arrays, tensors: Tensors, output: Tensor, contract: Contract
) -> np.ndarray:
    """AVERAGE_POOL_2D: the mean of the codes under the window, halves away from zero."""
    x = values[0]
    result = np.zeros(output.shape)
    for i, j in np.ndindex(output.shape[1:3]):
        y, left = (
            i * op.window.stride[0] - op.window.padding[0],
            j * op.window.stride[1] - op.window.padding[2],
        )
        part = x[:, max(y, 0) : y + op.size[0], max(left, 0) : left + op.size[1]].astype(np.float64)
        means = part.mean(axis=(1, 2))
        if output.is_quantized:
            means = np.sign(means) * np.floor(np.abs(means) + 0.5)
        result[:, i, j] = means
    ends = op.activation.value
    if output.is_quantized:
        ends = code_range(op.activation, output, is_builtin=True)
    return np.clip(result, *ends)


def pad(op: Pad, values: Arrays, tensors: Tensors, output: Tensor, contract: Contract) -> np.ndarray:
    """PAD with the code that stands for 0."""
    border = output.zero_point if output.is_quantized else 0
    return np.pad(values[0], op.padding, constant_values=border)


def resize_bilinear(
    op: ResizeBilinear, values: Arrays, tensors: Tensors, output: Tensor, contract: Contract
) -> np.ndarray:
    """RESIZE_BILINEAR: columns, then rows; 8-bit values with 11-bit weights, rounded once."""
    fixed = output.is_quantized
    x: np.ndarray = values[0].astype(np.int64) if fixed else values[0]
    for axis in (2, 1):
        x = _stretch(x, axis, output.shape[axis], op, fixed)
    return np.right_shift(x + (1 << 21), 22) if fixed else x


def _stretch(x: np.ndarray, axis: int, size: int, op: ResizeBilinear, fixed: bool) -> np.ndarray:
    old = x.shape[axis]
    corner = 1 if op.align_corners and size > 1 else 0
    scale = np.float32(old - corner) / np.float32(size - corner)
    at = np.arange(size, dtype=np.float32) * scale
    if op.half_pixel_centers:
        at = at + (np.float32(0.5) * scale - np.float32(0.5))
    at = np.clip(at, 0, old - 1).astype(np.float32)
    low = np.floor(at).astype(np.int64)
    weight = (at - low.astype(np.float32)).reshape([-1 if i == axis else 1 for i in range(4)])
    first, second = np.take(x, low, axis), np.take(x, np.minimum(low + 1, old - 1), axis)
    if not fixed:
        return np.asarray(first + (second - first) * weight)
    share = np.rint(weight * 2048).astype(np.int64)
    return np.asarray(first * (2048 - share) + second * share)


def arg_max(op: ArgMax, values: Arrays, tensors: Tensors, output: Tensor, contract: Contract) -> np.ndarray:
    """ARG_MAX: the first of the largest."""
    return np.asarray(values[0].argmax(axis=op.axis))
