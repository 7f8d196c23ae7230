"""MEAN over any axes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edge_mbv2.engine.ir import Activation, Mean, Op, Tensor
from edge_mbv2.engine.kernels.base import Options
from edge_mbv2.engine.kernels.rounding import clip_bounds
from edge_mbv2.engine.kernels.whole import WholeKernel


class MeanKernel(WholeKernel):
    """The sum of the centred values times one float32 factor, rounded to nearest even.

    Source: XNNPACK, `xnn_init_qs8_rsum_minmax_params`.
    """

    def __init__(self, op: Op, inputs: Sequence[Tensor], outputs: Sequence[Tensor], options: Options) -> None:
        assert isinstance(op, Mean)
        x, self._output = inputs[0], outputs[0]
        self._axes = op.axes
        self._count = int(np.prod([x.shape[axis] for axis in op.axes]))
        if x.is_quantized:
            self._bounds = clip_bounds(Activation.NONE, self._output)
            self._zero_point = x.zero_point * self._count
            ratio = np.float32(x.scale) / np.float32(self._output.scale)
            self._factor = ratio / np.float32(self._count)

    def compute(self, inputs: Sequence[np.ndarray], outputs: Sequence[np.ndarray]) -> None:
        """See `WholeKernel.compute`."""
        x, out = inputs[0], outputs[0]
        if not self._output.is_quantized:
            means = np.sum(x, axis=self._axes, dtype=np.float32) * np.float32(1 / self._count)
            out[...] = means.reshape(out.shape)
            return
        sums = np.sum(x, axis=self._axes, dtype=np.int32) - self._zero_point
        rounded = np.clip(np.rint(sums.astype(np.float32) * self._factor), *self._bounds)
        out[...] = (rounded + self._output.zero_point).reshape(out.shape)
