"""Reference of the operators with weights.

Sums of integers are made in int64. Those of floats begin with the bias and take in one product after the
other, rounding to float32 each time, as fused multiply-add does.

Source: XNNPACK, `f32-gemm`, `f32-igemm` and `f32-dwconv`.
"""

from __future__ import annotations

import numpy as np

from edge_mbv2.engine.ir import Activation, Contract, Conv2D, DepthwiseConv2D, FullyConnected, Tensor
from edge_mbv2.engine.reference.rounding import requantize

Arrays = list[np.ndarray]
Tensors = list[Tensor]


def conv_2d(op: Conv2D, values: Arrays, tensors: Tensors, output: Tensor, contract: Contract) -> np.ndarray:
    """CONV_2D: for each place in the filter, the pixels under it times that place's matrix."""
    x, weights = centred(values[0], tensors[0]), centred(values[1], tensors[1])
    sums = _bias(values, tensors)
    for i, j in np.ndindex(weights.shape[1:3]):
        sums = _add_product(sums, _under(x, op, output, i, j), weights[:, i, j])
    return _finish(sums, tensors, output, op.activation, contract)


def depthwise_conv_2d(
    op: DepthwiseConv2D, values: Arrays, tensors: Tensors, output: Tensor, contract: Contract
) -> np.ndarray:
    """DEPTHWISE_CONV_2D: each channel has filters of its own."""
    x, weights = centred(values[0], tensors[0]), centred(values[1], tensors[1])
    x = np.repeat(x, output.shape[3] // x.shape[3], axis=3)
    sums = _bias(values, tensors)
    for j, i in np.ndindex(weights.shape[2], weights.shape[1]):
        sums = (sums + _under(x, op, output, i, j) * weights[0, i, j]).astype(sums.dtype)
    return _finish(sums, tensors, output, op.activation, contract)


def fully_connected(
    op: FullyConnected, values: Arrays, tensors: Tensors, output: Tensor, contract: Contract
) -> np.ndarray:
    """FULLY_CONNECTED: rows times the filter's transpose."""
    x, weights = centred(values[0], tensors[0]), centred(values[1], tensors[1])
    sums = _add_product(_bias(values, tensors), x.reshape(-1, weights.shape[1]), weights)
    return _finish(sums, tensors, output, op.activation, contract)


def _add_product(sums: np.ndarray, x: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return ``sums`` plus (..., K) times the transpose of (O, K)."""
    if sums.dtype == np.int64:
        return np.asarray(sums + x @ weights.T)
    for k in range(weights.shape[1]):
        sums = (sums + x[..., k, np.newaxis] * weights[:, k]).astype(np.float32)
    return sums


def _bias(values: Arrays, tensors: Tensors) -> np.ndarray:
    """Return what a sum begins with, (O,): int64, or float32 for floats."""
    dtype = np.int64 if tensors[0].is_quantized else np.float32
    return values[2].astype(dtype) if len(values) > 2 else np.zeros(1, dtype)


def _under(x: np.ndarray, op: Conv2D | DepthwiseConv2D, output: Tensor, i: int, j: int) -> np.ndarray:
    """Return the input pixel under place (i, j) of the filter, for every output pixel."""
    top, bottom, left, right = op.window.padding
    padded = np.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0)))
    rows = np.arange(output.shape[1]) * op.window.stride[0] + i * op.window.dilation[0]
    columns = np.arange(output.shape[2]) * op.window.stride[1] + j * op.window.dilation[1]
    return padded[:, rows][:, :, columns]


def centred(values: np.ndarray, tensor: Tensor) -> np.ndarray:
    """Return ``q - zero_point`` in int64, or floats as float64."""
    if not tensor.is_quantized:
        return values.astype(np.float64)
    assert tensor.quantization is not None
    zero_point = tensor.quantization.zero_point.astype(np.int64)
    return values.astype(np.int64) - (zero_point[0] if zero_point.size == 1 else 0)


def _finish(
    sums: np.ndarray,
    tensors: Tensors,
    output: Tensor,
    activation: Activation,
    contract: Contract,
) -> np.ndarray:
    """Bring to the output's scale and clip."""
    if not output.is_quantized:
        return np.asarray(np.clip(sums, *activation.value))
    assert tensors[1].quantization is not None
    filter_scale = tensors[1].quantization.scale
    scale = np.float32(tensors[0].scale) * filter_scale.astype(np.float32) / np.float32(output.scale)
    exact = np.float64(tensors[0].scale) * filter_scale.astype(np.float64) / np.float64(output.scale)
    wrapped = sums.astype(np.int32).astype(np.int64)
    result = (
        requantize(wrapped, scale.astype(np.float32), exact, contract.of_filter(tensors[1].dtype))
        + output.zero_point
    )
    return np.asarray(np.clip(result, *code_range(activation, output)))


def code_range(activation: Activation, output: Tensor, *, is_builtin: bool = False) -> tuple[int, int]:
    """Return the least and greatest code that an activation lets through.

    XNNPACK rounds the code, halves to even; LiteRT's own kernels round what is added to the zero point,
    halves away from it.
    """
    info = np.iinfo(output.dtype)
    ends = []
    for real, end in zip(activation.value, (info.min, info.max), strict=True):
        steps = np.float32(real) / np.float32(output.scale)
        if not np.isfinite(real):
            code = float(end)
        elif is_builtin:
            code = float(np.sign(steps) * np.floor(np.abs(steps) + np.float32(0.5)) + output.zero_point)
        else:
            code = float(np.rint(steps + np.float32(output.zero_point)))
        ends.append(int(np.clip(code, info.min, info.max)))
    return ends[0], ends[1]
