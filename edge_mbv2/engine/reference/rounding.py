"""The roundings of LiteRT's kernels, one small function each, on Python's and NumPy's integers."""

from __future__ import annotations

import numpy as np

from edge_mbv2.engine.ir import Contract


def requantize(
    sums: np.ndarray, scale: np.ndarray, exact_scale: np.ndarray, contract: Contract
) -> np.ndarray:
    """Return int64 sums brought to the output's scale.

    Args:
        sums: int64, any shape, channels last.
        scale: float32 per channel, rounded after each operation.
        exact_scale: the same in float64.
        contract: which rounding.
    """
    if contract is Contract.XNNPACK_FP32:
        return np.asarray(np.rint(sums.astype(np.float32) * scale).astype(np.int64))
    if contract is Contract.XNNPACK_RNDNU:
        return _rounded_once(sums, scale)
    return multiply_by_quantized_multiplier(sums, exact_scale)


def _rounded_once(sums: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """24 bits of the scale as multiplier; the high half cut off, then one shift that rounds half up."""
    mantissa, exponent = np.frexp(scale.astype(np.float64))
    multiplier = (mantissa * 2.0**31).astype(np.int64)
    shift = np.maximum(-exponent.astype(np.int64), 1)
    before = shift + exponent.astype(np.int64)
    high = ((sums << before) * multiplier) >> 31
    return np.asarray((high + (np.int64(1) << (shift - 1))) >> shift)


def multiply_by_quantized_multiplier(sums: np.ndarray, scale: np.ndarray | float) -> np.ndarray:
    """gemmlowp: doubling high product rounded half away from zero, then a shift rounded likewise."""
    high, right = high_product(sums, scale)
    magnitude = (np.abs(high) + ((np.int64(1) << right) >> 1)) >> right
    return np.asarray(np.where(high < 0, -magnitude, magnitude))


def high_product(sums: np.ndarray, scale: np.ndarray | float) -> tuple[np.ndarray, np.ndarray]:
    """Return ``sums`` times the scale's 31-bit mantissa, and how far it must still be shifted right."""
    mantissa, exponent = np.frexp(np.asarray(scale, np.float64))
    multiplier = np.rint(mantissa * 2.0**31).astype(np.int64)
    left = np.maximum(exponent, 0).astype(np.int64)
    product = (sums << left) * multiplier
    magnitude = (np.abs(product) + (np.int64(1) << 30)) >> 31
    # A negative product exactly between two integers goes up, as gemmlowp's nudge has it.
    magnitude -= (product < 0) & (np.abs(product) & (2**31 - 1) == 2**30)
    return np.where(product < 0, -magnitude, magnitude), np.maximum(-exponent, 0).astype(np.int64)
