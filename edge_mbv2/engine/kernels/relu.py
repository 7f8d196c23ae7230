"""RELU, RELU6 and RELU_N1_TO_1 on their own."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edge_mbv2.engine.ir import Op, Relu, Tensor
from edge_mbv2.engine.kernels.base import Options
from edge_mbv2.engine.kernels.rounding import clip_bounds, scale_twice_rounded
from edge_mbv2.engine.kernels.whole import ElementKernel


class ReluKernel(ElementKernel):
    """Clip, after a change of scale where the output has its own.

    Source: TensorFlow Lite operator specification.
    """

    def __init__(self, op: Op, inputs: Sequence[Tensor], outputs: Sequence[Tensor], options: Options) -> None:
        assert isinstance(op, Relu)
        self._activation = op.activation
        self._input, self._output = inputs[0], outputs[0]
        super().__init__(inputs[0].dtype)

    def evaluate(self, values: np.ndarray) -> np.ndarray:
        """See `ElementKernel.evaluate`."""
        x, out = self._input, self._output
        low, high = clip_bounds(self._activation, out, is_builtin=True)
        if not x.is_quantized:
            clipped: np.ndarray = np.clip(values, np.float32(low), np.float32(high))
            return clipped
        ratio = np.float32(x.scale) / np.float32(out.scale)  # in float32, as LiteRT's kernel has it
        centred = scale_twice_rounded(values.astype(np.int64) - x.zero_point, np.asarray(np.float64(ratio)))
        result: np.ndarray = (np.clip(centred, low, high) + out.zero_point).astype(out.dtype)
        return result
