"""LOGISTIC: ``1 / (1 + exp(-x))``."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edge_mbv2.engine.ir import Op, Tensor
from edge_mbv2.engine.kernels.base import Options
from edge_mbv2.engine.kernels.whole import ElementKernel


class LogisticKernel(ElementKernel):
    """The sigmoid, from a table when quantized.

    Source: TensorFlow Lite 8-bit quantization specification, LOGISTIC.
    """

    def __init__(self, op: Op, inputs: Sequence[Tensor], outputs: Sequence[Tensor], options: Options) -> None:
        self._input, self._output = inputs[0], outputs[0]
        super().__init__(inputs[0].dtype)

    def evaluate(self, values: np.ndarray) -> np.ndarray:
        """See `ElementKernel.evaluate`."""
        x, out = self._input, self._output
        if not x.is_quantized:
            with np.errstate(over="ignore"):
                real_result: np.ndarray = (1 / (1 + np.exp(-values))).astype(np.float32)
                return real_result
        real = (values.astype(np.float64) - x.zero_point) * float(x.scale)
        with np.errstate(over="ignore"):
            quantized = np.rint(1 / (1 + np.exp(-real)) / float(out.scale)) + out.zero_point
        info = np.iinfo(out.dtype)
        result: np.ndarray = np.clip(quantized, info.min, info.max).astype(out.dtype)
        return result
