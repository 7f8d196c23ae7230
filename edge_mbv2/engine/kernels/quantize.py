"""QUANTIZE: float32 to 8 bits, or 8 bits to other 8 bits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edge_mbv2.engine.ir import Op, Tensor
from edge_mbv2.engine.kernels.base import Options
from edge_mbv2.engine.kernels.rounding import rescale
from edge_mbv2.engine.kernels.whole import ElementKernel

_LEAST_RATIO, _MOST_RATIO = 2.0**-8, 2.0**7
"""Of the scales: where XNNPACK has a kernel; beyond, and between int8 and uint8, the builtin one runs."""


class QuantizeKernel(ElementKernel):
    """From one scale and zero point to another.

    Source: XNNPACK, `xnn_init_qs8_cvt_params` (8-bit fixed point) and `f32_qs8_cvt`.
    """

    def __init__(self, op: Op, inputs: Sequence[Tensor], outputs: Sequence[Tensor], options: Options) -> None:
        self._input, self._output = inputs[0], outputs[0]
        super().__init__(inputs[0].dtype)

    def evaluate(self, values: np.ndarray) -> np.ndarray:
        """See `ElementKernel.evaluate`."""
        x, out = self._input, self._output
        info = np.iinfo(out.dtype)
        if not x.is_quantized:
            scaled = values * (np.float32(1) / np.float32(out.scale))
            scaled = np.clip(
                scaled, np.float32(info.min - out.zero_point), np.float32(info.max - out.zero_point)
            )
            return (np.rint(scaled) + np.float32(out.zero_point)).astype(out.dtype)
        ratio = np.float32(x.scale) / np.float32(out.scale)
        centred = values.astype(np.int64) - x.zero_point
        if x.dtype == out.dtype and _LEAST_RATIO <= ratio <= _MOST_RATIO:
            moved = centred * int(np.rint(256 * ratio)) + 128 >> 8
        else:
            moved = rescale(centred, x, out)
        moved = moved + out.zero_point
        result: np.ndarray = np.clip(moved, info.min, info.max).astype(out.dtype)
        return result
