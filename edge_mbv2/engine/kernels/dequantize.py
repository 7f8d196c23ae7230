"""DEQUANTIZE: 8 bits or float16 to float32."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edge_mbv2.engine.ir import Op, Tensor
from edge_mbv2.engine.kernels.base import Options
from edge_mbv2.engine.kernels.whole import ElementKernel


class DequantizeKernel(ElementKernel):
    """``scale * (q - zero_point)`` in float32.

    Source: TensorFlow Lite 8-bit quantization specification.
    """

    def __init__(self, op: Op, inputs: Sequence[Tensor], outputs: Sequence[Tensor], options: Options) -> None:
        self._input = inputs[0]
        super().__init__(inputs[0].dtype)

    def evaluate(self, values: np.ndarray) -> np.ndarray:
        """See `ElementKernel.evaluate`."""
        if not self._input.is_quantized:
            return values.astype(np.float32)
        return (values.astype(np.float32) - np.float32(self._input.zero_point)) * np.float32(
            self._input.scale
        )
