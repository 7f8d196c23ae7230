"""SOFTMAX over the last dimension."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edge_mbv2.engine.ir import Contract, Op, Softmax, Tensor
from edge_mbv2.engine.kernels.base import Options
from edge_mbv2.engine.kernels.rounding import scale_twice_rounded
from edge_mbv2.engine.kernels.whole import WholeKernel

_MOST_EXPONENTIAL = 65535


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
        for row, result in zip(rows, outputs[0].reshape(rows.shape), strict=True):
            result[...] = self._float(row) if self._table is None else self._quantized(row, self._table)

    def _float(self, row: np.ndarray) -> np.ndarray:
        exponentials = np.exp((row - row.max()) * self._beta)
        result: np.ndarray = exponentials / exponentials.sum(dtype=np.float32)
        return result

    def _quantized(self, row: np.ndarray, table: np.ndarray) -> np.ndarray:
        below = 255 + row.astype(np.int64) - int(row.max())
        exponentials = table[below]
        scale = np.float32(self._output.scale)
        if self._is_whole_numbers:
            inverse = np.float32(1) / (np.float32(exponentials.sum()) * scale)
            nearest = scale_twice_rounded(exponentials, np.asarray(np.float64(inverse)))
        else:
            total = np.cumsum(exponentials, dtype=np.float32)[-1]
            nearest = np.floor(exponentials * (np.float32(1) / (total * scale)) + np.float32(0.5))
        nearest = nearest + self._output.zero_point
        info = np.iinfo(self._output.dtype)
        result: np.ndarray = np.clip(nearest, info.min, info.max).astype(self._output.dtype)
        return result
