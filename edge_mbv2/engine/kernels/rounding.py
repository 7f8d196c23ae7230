"""Scales, clipping bounds and the step from an exact sum to a quantized value."""

from __future__ import annotations

from functools import partial

import numpy as np

from edge_mbv2.engine.ir import Activation, Contract, Tensor
from edge_mbv2.engine.kernels.base import Step

_TILE_FLOATS = 4096
FLOAT32_LIMIT = 1 << 24
"""Integers of smaller magnitude, and all their sums below it, are exact in float32."""


def clip_bounds(activation: Activation, output: Tensor) -> tuple[float, float]:
    """Return the interval results are clipped to, with the zero point taken off when quantized."""
    low, high = activation.value
    if not output.is_quantized:
        return low, high
    info = np.iinfo(output.dtype)
    zero, scale = output.zero_point, np.float32(output.scale)
    least = info.min if low == -np.inf else max(info.min, zero + _nearest(np.float32(low) / scale))
    most = info.max if high == np.inf else min(info.max, zero + _nearest(np.float32(high) / scale))
    return float(least - zero), float(most - zero)


def _nearest(value: np.float32) -> int:
    """Round half to even, as XNNPACK does when it quantizes a bound."""
    return int(np.rint(np.clip(value, -1e6, 1e6)))


def channel_scales(x: Tensor, weights: Tensor, output: Tensor, channels: int) -> np.ndarray:
    """Return float32 ``s_in * s_filter / s_out`` per output channel, rounded after each operation."""
    assert weights.quantization is not None
    product = np.float32(x.scale) * weights.quantization.scale.astype(np.float32)
    return np.broadcast_to((product / np.float32(output.scale)).astype(np.float32), (channels,))


class Rounder:
    """Turns sums into centred quantized values (or clips, when there are no scales).

    Attributes:
        low: least result.
        high: greatest result.
    """

    def __init__(self, scales: np.ndarray | None, bounds: tuple[float, float], contract: Contract) -> None:
        self.low, self.high = bounds
        self._scales = scales
        self._contract = contract
        self._low = np.array(self.low, np.float32)
        self._high = np.array(self.high, np.float32)

    def apply(self, sums: np.ndarray) -> np.ndarray:
        """Return results for exact integer ``sums`` (..., channels), in float32; for use while preparing."""
        assert self._scales is not None
        if self._contract is Contract.XNNPACK_FP32:
            rounded = np.rint(sums.astype(np.float32) * self._scales)
        else:
            rounded = fixed_point(sums.astype(np.int64), self._scales, self._contract)
        result: np.ndarray = np.clip(rounded, self.low, self.high).astype(np.float32)
        return result

    def steps(self, source: np.ndarray, target: np.ndarray) -> list[Step]:
        """Return the calls that round ``source`` into ``target``.

        Args:
            source: float32 (rows, columns, channels), each row contiguous.
            target: float32 of the same shape, each row contiguous; may be ``source``.
        """
        rows, columns, channels = source.shape
        if self._scales is None:
            if np.isinf(self.low) and np.isinf(self.high):
                return [] if source is target else [partial(np.copyto, target, source)]
            return [partial(np.clip, source, self._low, self._high, out=target)]
        if self._contract is not Contract.XNNPACK_FP32:
            return [partial(self._fixed_point, source, target)]
        tile = tile_columns(columns, channels)
        wide = tile * channels
        tiled = np.tile(self._scales, tile)
        if source is target and target.flags.c_contiguous:
            folded = folded_source = target.reshape(-1, wide)
        else:
            folded = fold(target, rows, columns // tile, wide)
            folded_source = fold(source, rows, columns // tile, wide)
        flat = flat_rows(target)
        return [
            partial(np.multiply, folded_source, tiled, folded),
            partial(np.rint, flat, flat),
            partial(np.clip, flat, self._low, self._high, out=flat),
        ]

    def _fixed_point(self, source: np.ndarray, target: np.ndarray) -> None:
        assert self._scales is not None
        for sums, result in zip(source, target, strict=True):
            rounded = fixed_point(sums.astype(np.int64), self._scales, self._contract)
            np.clip(rounded, self.low, self.high, out=result, casting="unsafe")


def tile_columns(columns: int, channels: int, floats: int = _TILE_FLOATS) -> int:
    """Return how many columns an inner loop should run over: a divisor of ``columns``.

    Starting a loop costs about as much as 130 floats; loops beyond ``floats`` leave the cache,
    which costs about a tenth.
    """
    divisors = [n for n in range(1, columns + 1) if columns % n == 0]
    return min(divisors, key=lambda n: 130 / (n * channels) + 0.1 * (n * channels > floats))


def flat_rows(rows_columns_channels: np.ndarray) -> np.ndarray:
    """View (rows, columns, channels) with contiguous rows in as few dimensions as it has.

    NumPy copies what it works on in place when it can't quickly prove that no two elements share
    memory; with two dimensions it can.
    """
    rows, columns, channels = rows_columns_channels.shape
    if rows_columns_channels.flags.c_contiguous:
        return rows_columns_channels.reshape(-1)
    strides = rows_columns_channels.strides[0], rows_columns_channels.itemsize
    return np.lib.stride_tricks.as_strided(rows_columns_channels, (rows, columns * channels), strides)


def fold(rows_columns_channels: np.ndarray, rows: int, groups: int, wide: int) -> np.ndarray:
    """View (rows, columns, channels) with contiguous rows as (rows, groups, wide)."""
    strides = rows_columns_channels.strides[0], wide * 4, 4
    return np.lib.stride_tricks.as_strided(rows_columns_channels, (rows, groups, wide), strides)


def fixed_point(sums: np.ndarray, scales: np.ndarray, contract: Contract) -> np.ndarray:
    """Return ``sums * scales`` rounded in fixed point, as int64.

    Args:
        sums: int64 (..., channels).
        scales: float32 (channels,).
    """
    if contract is Contract.XNNPACK_RNDNU:
        bits = np.ascontiguousarray(scales, np.float32).view(np.uint32).astype(np.int64)
        multiplier = (bits << 7 & 0x3FFFFF80) | 0x40000000
        shift = 158 - 32 - (bits >> 23)
        after = np.maximum(shift, 1)
        high = (sums << np.maximum(after - shift, 0)) * multiplier >> 31
        result: np.ndarray = high + (1 << (after - 1)) >> after
        return result
    return _twice_rounded(*_high_product(sums, scales.astype(np.float64)))


def rescale(centred: np.ndarray, x: Tensor, output: Tensor, half_up: bool = False) -> np.ndarray:
    """Return int64 ``centred`` values of ``x`` in the scale of ``output``, as LiteRT's builtin kernels do.

    Source: TensorFlow Lite, `MultiplyByQuantizedMultiplier`; in `Requantize` the second rounding
    is half up.
    """
    high, right = _high_product(centred, np.asarray(np.float64(x.scale) / np.float64(output.scale)))
    if half_up:
        return np.asarray((high + ((1 << right) >> 1)) >> right)
    return _twice_rounded(high, right)


def _twice_rounded(high: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Divide by a power of two, halves away from zero."""
    mask = (1 << right) - 1
    threshold = (mask >> 1) + (high < 0)
    return np.asarray((high >> right) + ((high & mask) > threshold))


def _high_product(sums: np.ndarray, scales: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return ``sums`` times 31-bit multipliers, rounded once, and the shifts still to be done."""
    mantissa, exponent = np.frexp(scales)
    multiplier = np.rint(mantissa * (1 << 31)).astype(np.int64)
    shift = np.clip(-exponent.astype(np.int64), -20, 62)
    product = (sums << np.maximum(-shift, 0)) * multiplier
    nudge = np.where(product >= 0, 1 << 30, 1 - (1 << 30))
    high = np.sign(product + nudge) * (np.abs(product + nudge) >> 31)
    return high, np.maximum(shift, 0)
