"""SOFTMAX over the last dimension."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edge_mbv2.engine.ir import Op, Softmax, Tensor
from edge_mbv2.engine.kernels.base import Options
from edge_mbv2.engine.kernels.whole import WholeKernel


class SoftmaxKernel(WholeKernel):
    """Exponentials from a table and a float32 sum in order, as LiteRT's builtin kernel has it.

    Source: TensorFlow Lite, `optimized_ops::Softmax` and `PopulateSoftmaxLookupTable`.
    """

    def __init__(self, op: Op, inputs: Sequence[Tensor], outputs: Sequence[Tensor], options: Options) -> None:
        assert isinstance(op, Softmax)
        self._beta = np.float32(op.beta)
        self._output = outputs[0]
        self._table = None
        if inputs[0].is_quantized:
            step = -np.float32(inputs[0].scale) * self._beta
            exponents = (step * np.arange(255, -1, -1, dtype=np.float32)).astype(np.float64)
            self._table = np.exp(exponents).astype(np.float32)

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
        total = np.cumsum(exponentials, dtype=np.float32)[-1]
        inverse = np.float32(1) / (total * np.float32(self._output.scale))
        info = np.iinfo(self._output.dtype)
        nearest = np.floor(exponentials * inverse + np.float32(0.5)) + self._output.zero_point
        result: np.ndarray = np.clip(nearest, info.min, info.max).astype(self._output.dtype)
        return result
