"""ARG_MAX along one axis."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edge_mbv2.engine.ir import ArgMax, Op, Tensor
from edge_mbv2.engine.kernels.base import Options
from edge_mbv2.engine.kernels.whole import WholeKernel


class ArgMaxKernel(WholeKernel):
    """The position of the first largest value.

    Source: TensorFlow Lite operator specification, ARG_MAX.
    """

    def __init__(self, op: Op, inputs: Sequence[Tensor], outputs: Sequence[Tensor], options: Options) -> None:
        assert isinstance(op, ArgMax)
        self._axis = op.axis

    def compute(self, inputs: Sequence[np.ndarray], outputs: Sequence[np.ndarray]) -> None:
        """See `WholeKernel.compute`."""
        if self._axis < 2:
            outputs[0][...] = np.argmax(inputs[0], axis=self._axis)
            return
        rows = inputs[0].reshape(-1, *inputs[0].shape[2:])
        for row, result in zip(rows, outputs[0].reshape(rows.shape[0], *outputs[0].shape[2:]), strict=True):
            result[...] = np.argmax(row, axis=self._axis - 2)
