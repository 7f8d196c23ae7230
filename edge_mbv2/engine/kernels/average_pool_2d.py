"""AVERAGE_POOL_2D: the mean of the values under each place of a window."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edge_mbv2.engine.ir import AveragePool2D, Op, Tensor
from edge_mbv2.engine.kernels.base import Options
from edge_mbv2.engine.kernels.rounding import clip_bounds
from edge_mbv2.engine.kernels.whole import WholeKernel

_FEW_PIXELS = 1 << 23
"""So few that their codes' sum stays in 32 bits."""


class AveragePool2DKernel(WholeKernel):
    """Sums of stored values over each window, divided by the number of values really there.

    Source: TensorFlow Lite, `AveragePool` (rounds half away from zero).
    """

    def __init__(self, op: Op, inputs: Sequence[Tensor], outputs: Sequence[Tensor], options: Options) -> None:
        assert isinstance(op, AveragePool2D)
        self._op, self._output = op, outputs[0]
        low, high = clip_bounds(op.activation, outputs[0], is_builtin=True)
        zero = outputs[0].zero_point if outputs[0].is_quantized else 0
        self._bounds = low + zero, high + zero
        self._is_whole = op.size == inputs[0].shape[1:3] and not any(op.window.padding)

    def compute(self, inputs: Sequence[np.ndarray], outputs: Sequence[np.ndarray]) -> None:
        """See `WholeKernel.compute`."""
        x, out = inputs[0], outputs[0]
        if self._is_whole:
            out[...] = self._average(x).reshape(out.shape)
            return
        (down, right), (top, _, left, _) = self._op.window.stride, self._op.window.padding
        for i, j in np.ndindex(out.shape[1:3]):
            y, x0 = i * down - top, j * right - left
            window = x[:, max(y, 0) : y + self._op.size[0], max(x0, 0) : x0 + self._op.size[1]]
            out[:, i, j] = self._average(window)

    def _average(self, window: np.ndarray) -> np.ndarray:
        count = window.shape[1] * window.shape[2]
        if not self._output.is_quantized:
            means = window.sum(axis=(1, 2), dtype=np.float32) / np.float32(count)
        else:
            sums = window.sum(axis=(1, 2), dtype=np.int32 if count < _FEW_PIXELS else np.int64)
            means = np.sign(sums) * ((np.abs(sums) + count // 2) // count)
        result: np.ndarray = np.clip(means, *self._bounds)
        return result
