"""Which of LiteRT's roundings an engine is to reproduce."""

from __future__ import annotations

from enum import Enum

import numpy as np


class Contract(Enum):
    """How an exact integer sum becomes an 8-bit value; LiteRT's kernels do not agree on it.

    Attributes:
        BUILTIN_REF: gemmlowp fixed point, rounded twice (LiteRT's reference kernels).
        XNNPACK_FP32: float32 product, rounded to nearest even (LiteRT on x86).
        XNNPACK_RNDNU: fixed point, rounded once, half up, for uint8; int8 as XNNPACK_FP32. SOFTMAX
            with exponentials of 16 bits (LiteRT on Arm).

    Source: gemmlowp `fixedpoint.h`; XNNPACK requantization stubs.
    """

    BUILTIN_REF = "builtin_ref"
    XNNPACK_FP32 = "xnnpack_fp32"
    XNNPACK_RNDNU = "xnnpack_rndnu"

    def of_filter(self, dtype: np.dtype) -> Contract:
        """Return the rounding of sums with filters of a type."""
        if self is Contract.XNNPACK_RNDNU and dtype != np.uint8:
            return Contract.XNNPACK_FP32
        return self
