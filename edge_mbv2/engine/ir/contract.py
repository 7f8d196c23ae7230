"""Which of LiteRT's roundings an engine is to reproduce."""

from __future__ import annotations

from enum import Enum


class Contract(Enum):
    """How an exact integer sum becomes an 8-bit value; LiteRT's kernels do not agree on it.

    Attributes:
        BUILTIN_REF: gemmlowp fixed point, rounded twice (LiteRT's reference kernels).
        XNNPACK_FP32: float32 product, rounded to nearest even (int8 everywhere, uint8 on x86).
        XNNPACK_RNDNU: fixed point, rounded once, half up (uint8 on Arm).

    Source: gemmlowp `fixedpoint.h`; XNNPACK requantization stubs.
    """

    BUILTIN_REF = "builtin_ref"
    XNNPACK_FP32 = "xnnpack_fp32"
    XNNPACK_RNDNU = "xnnpack_rndnu"
