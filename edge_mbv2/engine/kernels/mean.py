"""MEAN over any axes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edge_mbv2.engine.ir import Mean, Op, Tensor
from edge_mbv2.engine.kernels.base import Options
from edge_mbv2.engine.kernels.whole import WholeKernel


class MeanKernel(WholeKernel):
    """The sum of the codes times one float32 factor and plus one offset, rounded to nearest even.

    Source: XNNPACK, `xnn_init_qs8_rsum_minmax_params`.
    """

    def __init__(self, op: Op, inputs: Sequence[Tensor], outputs: Sequence[Tensor], options: Options) -> None:
        assert isinstance(op, Mean)
        x, self._output = inputs[0], outputs[0]
        self._axes = op.axes
        self._count = int(np.prod([x.shape[axis] for axis in op.axes]))
        if x.is_quantized:
            info = np.iinfo(self._output.dtype)
            self._ends = info.min, info.max
            ratio = np.float32(x.scale) / np.float32(self._output.scale)
            self._factor = ratio * (np.float32(1) / np.float32(self._count))
            shift = np.float32(x.zero_point * self._count) * self._factor
            self._offset = np.float32(self._output.zero_point) - shift

    def compute(self, inputs: Sequence[np.ndarray], outputs: Sequence[np.ndarray]) -> None:
        """See `WholeKernel.compute`."""
        x, out = inputs[0], outputs[0]
        if not self._output.is_quantized:
            means = np.sum(x, axis=self._axes, dtype=np.float32) * np.float32(1 / self._count)
            out[...] = means.reshape(out.shape)
            return
        sums = np.sum(x, axis=self._axes, dtype=np.int32).astype(np.float32)
        out[...] = np.clip(np.rint(sums * self._factor + self._offset), *self._ends).reshape(out.shape)
