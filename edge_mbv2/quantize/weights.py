"""Quantizes filters to int8 and biases to int32."""

from __future__ import annotations

import numpy as np

from edge_mbv2.tensor import QuantParams

_INT8_MAX = 127
_SMALLEST_SCALE = 1e-30  # its product with the input's scale is still a normal float32
_BIAS_LIMIT = 2**30  # half of int32: room for the correction of the bias and for the sum of products


def quantize_filter(
    filter_: np.ndarray, axis: int | None, bias: np.ndarray, input_scale: float
) -> tuple[np.ndarray, QuantParams, int]:
    """Quantize symmetrically, with a scale of the largest weight / 127.

    A channel of near-zero weights under a real bias would get a scale so small that its bias, in
    units of ``input_scale * scale``, overflows int32. Its scale is raised instead: the weights lose
    precision that they had no use for.

    Args:
        filter_: float32.
        axis: of the output channels, each with its own scale; None for one scale.
        bias: (channels,) float.
        input_scale: of the activation that the filter reads.

    Returns:
        The filter as int8, its quantization, and how many channels had their scale raised.
    """
    others = None if axis is None else tuple(i for i in range(filter_.ndim) if i != axis)
    weight_scale = np.abs(filter_).max(axis=others).reshape(-1).astype(np.float64) / _INT8_MAX
    bias_scale = np.abs(bias).astype(np.float64) / (input_scale * _BIAS_LIMIT)
    if axis is None:
        bias_scale = bias_scale.max(keepdims=True)
    scale = np.maximum(weight_scale, bias_scale).astype(np.float32)
    scale[scale < _SMALLEST_SCALE] = 1.0  # neither weights nor bias: any scale will do
    params = QuantParams(scale, np.zeros(scale.shape, np.int32), axis)
    steps = np.rint(filter_ / broadcast_scale(params, filter_.ndim))
    quantized = np.clip(steps, -_INT8_MAX, _INT8_MAX).astype(np.int8)
    return quantized, params, int(np.count_nonzero(bias_scale > weight_scale))


def quantize_bias(
    bias: np.ndarray, input_scale: float, filter_params: QuantParams
) -> tuple[np.ndarray, QuantParams]:
    """Quantize to int32 in units of the products: ``input_scale * filter_scale``.

    Args:
        bias: (channels,) float64.
        input_scale: of the activation that the filter reads.
        filter_params: of the filter, from `quantize_filter`.

    Returns:
        The bias as int32 and its quantization, per channel as the filter's is.
    """
    scale = np.float32(input_scale) * filter_params.scale
    limit = 2**31 - 1
    quantized = np.clip(np.rint(bias / scale.astype(np.float64)), -limit, limit).astype(np.int32)
    axis = None if filter_params.axis is None else 0
    return quantized, QuantParams(scale, np.zeros(scale.shape, np.int32), axis)


def broadcast_scale(params: QuantParams, ndim: int) -> np.ndarray:
    """Return the scale as float64, shaped to multiply an array of ``ndim`` dimensions."""
    shape = [1] * ndim
    if params.axis is not None:
        shape[params.axis] = -1
    return params.scale.astype(np.float64).reshape(shape)
