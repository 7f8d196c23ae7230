"""Scales, clipping bounds and the step from an exact sum to a quantized value."""

from __future__ import annotations

from functools import partial

import numpy as np

from edge_mbv2.engine.ir import Activation, Contract, Tensor
from edge_mbv2.engine.kernels.base import Step

_SHORTEST, _LONGEST = 4096, 12288
"""How many numbers an inner loop should have at least and at most: NumPy copies a repeated operand of which
two fit into its buffer (8192 numbers), and a much longer one leaves the cache."""

_FIXED_POINT_CHUNK = 8192
FLOAT32_LIMIT = 1 << 24
"""Integers of smaller magnitude, and all their sums below it, are exact in float32."""

_HOLDER = np.array(1.5 * 2**23, np.float32)
"""Added to a float32 within 2^22 of 0, it leaves the nearest integer (halves to even) in the last bits."""

HELD_ZERO = int(_HOLDER.view(np.int32))
"""What a held 0 is, seen as int32; other integers lie as far from it as from 0. Its last 8 bits are 0."""


def clip_bounds(activation: Activation, output: Tensor, *, is_builtin: bool = False) -> tuple[float, float]:
    """Return the interval results are clipped to, with the zero point taken off when quantized.

    Args:
        activation: its interval.
        output: the tensor.
        is_builtin: whether a kernel of LiteRT's own does it, which rounds a bound's code otherwise.
    """
    ends = activation.value
    if not output.is_quantized:
        return ends
    info, zero, scale = np.iinfo(output.dtype), output.zero_point, np.float32(output.scale)
    codes = [
        (_away if is_builtin else _even)(np.clip(np.float32(end) / scale, -1e6, 1e6), zero) for end in ends
    ]
    return float(max(info.min, codes[0]) - zero), float(min(info.max, codes[1]) - zero)


def _even(value: np.float32, zero: int) -> int:
    """Round a code, halves to even, as XNNPACK does."""
    return int(np.rint(value + np.float32(zero)))


def _away(value: np.float32, zero: int) -> int:
    """Round what is added to the zero point, halves away from it, as LiteRT does."""
    return zero + int(np.copysign(np.floor(np.abs(value) + np.float32(0.5)), value))


def channel_scales(x: Tensor, weights: Tensor, output: Tensor, channels: int) -> np.ndarray:
    """Return float32 ``s_in * s_filter / s_out`` per output channel, rounded after each operation."""
    assert weights.quantization is not None
    product = np.float32(x.scale) * weights.quantization.scale.astype(np.float32)
    return np.broadcast_to((product / np.float32(output.scale)).astype(np.float32), (channels,))


class Rounder:
    """Turns sums into centred quantized values (or clips, when there are no scales).

    A centred value is an integer, in float32 or held: int32, counted from `HELD_ZERO`.

    Attributes:
        low: least result.
        high: greatest result.
    """

    def __init__(
        self,
        scales: np.ndarray | None,
        bounds: tuple[float, float],
        contract: Contract,
        filter_dtype: np.dtype,
    ) -> None:
        self.low, self.high = bounds
        self._scales = scales
        self._contract = contract.of_filter(filter_dtype)
        self._low = np.array(self.low, np.float32)
        self._high = np.array(self.high, np.float32)
        if scales is not None:
            self._multiply = PerChannel(np.multiply, scales)

    def apply(self, sums: np.ndarray) -> np.ndarray:
        """Return results for exact integer ``sums`` (..., channels), in float32; for use while preparing."""
        assert self._scales is not None
        if self._contract is Contract.XNNPACK_FP32:
            rounded = np.rint(sums.astype(np.float32) * self._scales)
        else:
            rounded = fixed_point(sums.astype(np.int64), self._scales, self._contract)
        result: np.ndarray = np.clip(rounded, self.low, self.high).astype(np.float32)
        return result

    def steps(self, values: np.ndarray) -> list[Step]:
        """Return the calls that turn sums into results in place.

        Args:
            values: float32 (pixels, channels), contiguous.
        """
        flat = values.reshape(-1)
        if self._scales is None:
            if np.isinf(self.low) and np.isinf(self.high):
                return []
            return [partial(flat.clip, self._low, self._high, flat)]
        if self._contract is not Contract.XNNPACK_FP32:
            return [partial(self._fixed_point, values, values)]
        steps: list[Step] = [*self._multiply.steps(values), partial(np.rint, flat, flat)]
        if self.low < 0:
            return [*steps, partial(flat.clip, self._low, self._high, flat)]
        # Seen as integers, floats from 0 up keep their order and those below 0 stay below: faster to clip.
        bits = flat.view(np.int32)
        return [*steps, partial(bits.clip, self._low.view(np.int32), self._high.view(np.int32), bits)]

    def hold(self, values: np.ndarray) -> list[Step]:
        """Return the calls that turn sums of quantized values into held results in place.

        Args:
            values: float32 (pixels, channels), contiguous; int32 afterwards.
        """
        held = values.view(np.int32)
        if self._contract is not Contract.XNNPACK_FP32:
            return [partial(self._fixed_point, values, held, HELD_ZERO)]
        flat, bits = values.reshape(-1), held.reshape(-1)
        ends = [np.array(HELD_ZERO + int(end), np.int32) for end in (self.low, self.high)]
        # Clipped as in `steps`: what is too far from 0 to be held stays beyond the ends.
        add, clip = partial(np.add, flat, _HOLDER, flat), partial(bits.clip, *ends, bits)
        return [*self._multiply.steps(values), add, clip]

    def _fixed_point(self, values: np.ndarray, results: np.ndarray, zero: int = 0) -> None:
        assert self._scales is not None
        rows = max(1, _FIXED_POINT_CHUNK // values.shape[1])
        for start in range(0, len(values), rows):
            part = slice(start, start + rows)
            rounded = fixed_point(values[part].astype(np.int64), self._scales, self._contract)
            np.clip(rounded + zero, self.low + zero, self.high + zero, out=results[part], casting="unsafe")


class PerChannel:
    """``values op vector`` in place, the vector repeated so that inner loops are long."""

    def __init__(self, operation: np.ufunc, vector: np.ndarray) -> None:
        self._operation = operation
        self._vector = vector.astype(np.float32)
        self._scalar = np.array(vector[0], np.float32) if (vector == vector[0]).all() else None
        self._repeated = self._vector

    def steps(self, values: np.ndarray) -> list[Step]:
        """Return the calls for float32 (pixels, channels), contiguous."""
        if self._scalar is not None:
            return [partial(self._operation, values.reshape(-1), self._scalar, values.reshape(-1))]
        pixels, channels = values.shape
        repeats = _repeats(pixels, channels)
        if self._repeated.size < repeats * channels:
            self._repeated = np.tile(self._vector, repeats)
        whole = pixels // repeats * repeats
        steps: list[Step] = []
        for part in (values[:whole].reshape(-1, repeats * channels), values[whole:].reshape(-1)):
            if part.size:
                steps.append(partial(self._operation, part, self._repeated[: part.shape[-1]], part))
        return steps


def _repeats(pixels: int, channels: int) -> int:
    """Return how many pixels an inner loop should run over: all, or as many as leave no rest, or the most."""
    most = max(1, _LONGEST // channels)
    if pixels <= most:
        return pixels
    without_rest = [n for n in range(1, most + 1) if pixels % n == 0 and n * channels > _SHORTEST]
    return without_rest[-1] if without_rest else most


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
    return scale_twice_rounded(sums, scales.astype(np.float64))


def rescale(centred: np.ndarray, x: Tensor, output: Tensor) -> np.ndarray:
    """Return int64 ``centred`` values of ``x`` in the scale of ``output``, the second rounding half up.

    Source: TensorFlow Lite, `Requantize`.
    """
    high, right = _high_product(centred, np.asarray(np.float64(x.scale) / np.float64(output.scale)))
    return np.asarray((high + ((1 << right) >> 1)) >> right)


def scale_twice_rounded(values: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Return int64 ``values * scale``, rounded as gemmlowp does, twice.

    Source: TensorFlow Lite, `MultiplyByQuantizedMultiplier`.
    """
    return _twice_rounded(*_high_product(values, scale))


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
