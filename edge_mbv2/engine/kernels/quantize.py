"""QUANTIZE: float32 to 8 bits, or 8 bits to other 8 bits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edge_mbv2.engine.ir import Op, Tensor
from edge_mbv2.engine.kernels.base import Options
from edge_mbv2.engine.kernels.rounding import rescale
from edge_mbv2.engine.kernels.whole import ElementKernel


class QuantizeKernel(ElementKernel):
    """From one scale and zero point to another; between int8 and uint8 LiteRT's builtin kernel decides.

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
        multiplier = int(np.rint(np.float32(256) * (np.float32(x.scale) / np.float32(out.scale))))
        centred = values.astype(np.int64) - x.zero_point
        same_type = x.dtype == out.dtype
        moved = (centred * multiplier + 128 >> 8) if same_type else rescale(centred, x, out, half_up=True)
        moved = moved + out.zero_point
        result: np.ndarray = np.clip(moved, info.min, info.max).astype(out.dtype)
        return result
