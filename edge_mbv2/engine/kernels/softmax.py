"""SOFTMAX over the last dimension."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edge_mbv2.engine.ir import Contract, Op, Softmax, Tensor
from edge_mbv2.engine.kernels.base import Options
from edge_mbv2.engine.kernels.rounding import scale_twice_rounded
from edge_mbv2.engine.kernels.whole import WholeKernel

_MOST_EXPONENTIAL = 65535
_BLOCK = 8192
"""About how many values are worked on at once."""


class SoftmaxKernel(WholeKernel):
    """Exponentials from a table and their sum in order, as LiteRT's builtin kernel has it.

    On Arm the table holds integers of 16 bits, elsewhere float32.

    Source: TensorFlow Lite, `optimized_ops::Softmax` and `SoftmaxInt8LUT`.
    """

    def __init__(self, op: Op, inputs: Sequence[Tensor], outputs: Sequence[Tensor], options: Options) -> None:
        assert isinstance(op, Softmax)
        self._beta = np.float32(op.beta)
        self._output = outputs[0]
        self._table = None
        self._is_whole_numbers = options.contract is Contract.XNNPACK_RNDNU
        if inputs[0].is_quantized:
            step = -np.float32(inputs[0].scale) * self._beta
            exponents = (step * np.arange(255, -1, -1, dtype=np.float32)).astype(np.float64)
            self._table = np.exp(exponents).astype(np.float32)
            if self._is_whole_numbers:
                scaled = self._table * np.float32(_MOST_EXPONENTIAL)
                self._table = np.floor(scaled.astype(np.float64) + 0.5).astype(np.int64)

    def compute(self, inputs: Sequence[np.ndarray], outputs: Sequence[np.ndarray]) -> None:
        """See `WholeKernel.compute`."""
        rows = inputs[0].reshape(-1, inputs[0].shape[-1])
        result = outputs[0].reshape(rows.shape)
        count = max(1, _BLOCK // rows.shape[1])
        for start in range(0, len(rows), count):
            here = slice(start, start + count)
            table = self._table
            result[here] = self._float(rows[here]) if table is None else self._quantized(rows[here], table)

    def _float(self, rows: np.ndarray) -> np.ndarray:
        exponentials = np.exp((rows - rows.max(axis=1, keepdims=True)) * self._beta)
        result: np.ndarray = exponentials / exponentials.sum(axis=1, keepdims=True, dtype=np.float32)
        return result

    def _quantized(self, rows: np.ndarray, table: np.ndarray) -> np.ndarray:
        below = 255 + rows.astype(np.int64) - rows.max(axis=1, keepdims=True).astype(np.int64)
        exponentials = table[below]
        scale = np.float32(self._output.scale)
        if self._is_whole_numbers:
            sums = exponentials.sum(axis=1, keepdims=True).astype(np.float32)
            inverses = np.float32(1) / (sums * scale)
            nearest = scale_twice_rounded(exponentials, inverses.astype(np.float64))
        else:
            totals = np.cumsum(exponentials, axis=1, dtype=np.float32)[:, -1:]  # in order, as LiteRT adds
            nearest = np.floor(exponentials * (np.float32(1) / (totals * scale)) + np.float32(0.5))
        nearest = nearest + self._output.zero_point
        info = np.iinfo(self._output.dtype)
        result: np.ndarray = np.clip(nearest, info.min, info.max).astype(self._output.dtype)
        return result
