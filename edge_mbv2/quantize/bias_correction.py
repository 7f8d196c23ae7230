"""Predicts the mean of a filter's output from the mean of its input.

Rounding weights shifts the mean of every channel; the difference of two predictions, made with the
true filter and with the rounded one, is what the bias has to make good.

Source: Nagel et al., Data-Free Quantization Through Weight Equalization and Bias Correction
(arXiv:1906.04721), section 4.2, with measured means and with the zeros of the padding counted.
"""

from __future__ import annotations

import numpy as np

from edge_mbv2.quantize.graph import Operator


def mean_response(op: Operator, filter_: np.ndarray, mean_input: np.ndarray) -> np.ndarray:
    """Return what ``op`` computes before bias and activation, averaged over all positions.

    Args:
        op: a CONV_2D, DEPTHWISE_CONV_2D or FULLY_CONNECTED.
        filter_: float64, of the shape of the operator's filter.
        mean_input: the mean of its input over pictures, of the input's shape.

    Returns:
        (output channels,) float64.
    """
    if op.kind == "FULLY_CONNECTED":
        return np.asarray(filter_ @ mean_input.reshape(-1, filter_.shape[1]).mean(axis=0))
    taps = _tap_means(op, filter_.shape[1:3], mean_input[0])
    if op.kind == "CONV_2D":
        return np.asarray((filter_ * taps).sum(axis=(1, 2, 3)))
    multiplier = filter_.shape[3] // taps.shape[2]
    return np.asarray((filter_[0] * np.repeat(taps, multiplier, axis=2)).sum(axis=(0, 1)))


def _tap_means(op: Operator, kernel: tuple[int, ...], mean_input: np.ndarray) -> np.ndarray:
    """Return (kernel height, kernel width, channels): what each tap sees, padding included."""
    options = op.options
    height, width = op.outputs[0].shape[1:3]
    rows = _windows(mean_input.shape[0], height, kernel[0], options.strideH, options.dilationHFactor)
    columns = _windows(mean_input.shape[1], width, kernel[1], options.strideW, options.dilationWFactor)
    padded = np.pad(mean_input, (rows[0], columns[0], (0, 0)))
    return np.array([[padded[row, column].mean(axis=(0, 1)) for column in columns[1]] for row in rows[1]])


def _windows(
    length: int, windows: int, kernel: int, stride: int, dilation: int
) -> tuple[tuple[int, int], list[slice]]:
    """Return the padding (before, after) along one dimension and each tap's slice of the padded length.

    The number of windows says whether the padding is SAME or VALID: the latter needs none.
    """
    reach = (windows - 1) * stride + 1
    padding = max(reach + (kernel - 1) * dilation - length, 0)
    taps = [slice(tap * dilation, tap * dilation + reach, stride) for tap in range(kernel)]
    return (padding // 2, padding - padding // 2), taps
