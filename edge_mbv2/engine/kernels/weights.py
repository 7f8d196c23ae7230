"""Filters as matrices of floats, with the proof that float arithmetic on them is exact."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edge_mbv2.engine.ir import Tensor
from edge_mbv2.engine.kernels.rounding import FLOAT32_LIMIT, Rounder
from edge_mbv2.errors import UnsupportedOpError

_INT32_LIMIT = 1 << 31

Interval = tuple[np.ndarray, np.ndarray]
"""Least and greatest value, each a number for all channels or one for each (in the shape said)."""


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """A filter ready for multiplication.

    Attributes:
        rows: (1 + K, O), `bias` and `matrix`; float32 where every partial sum is exact in it, else float64.
        wraps: whether a sum may leave int32 and must wrap around as LiteRT's does.
        interval: least and greatest centred result of each channel, (O,) each; meaningless for floats.
    """

    rows: np.ndarray
    wraps: bool
    interval: Interval

    @property
    def bias(self) -> np.ndarray:
        """(O,); what lies between stored and centred input values is folded in."""
        return np.asarray(self.rows[0])

    @property
    def matrix(self) -> np.ndarray:
        """(K, O)."""
        return self.rows[1:]

    @property
    def is_single(self) -> bool:
        """Whether float32 is enough."""
        return self.rows.dtype == np.float32


def stored_interval(x: Tensor) -> Interval:
    """Return the least and greatest code that an 8-bit tensor can hold ((0, 0) for floats)."""
    if not x.is_quantized:
        return np.zeros(()), np.zeros(())
    info = np.iinfo(x.dtype)
    return np.array(info.min, np.float64), np.array(info.max, np.float64)


def stored_zero(x: Tensor) -> float:
    """Return the stored value that stands for 0."""
    return float(x.zero_point) if x.is_quantized else 0.0


def prepare_weights(
    tensors: tuple[Tensor, ...],
    matrix: np.ndarray,
    rounder: Rounder,
    interval: Interval,
    offset: float = 0.0,
) -> Weights:
    """Fold zero points into the bias, and prove the sums exact.

    Args:
        tensors: the operator's inputs: data, filter and perhaps bias.
        matrix: the filter's stored values as (K, O).
        rounder: what becomes of the sums.
        interval: least and greatest stored input value, padding included; may differ along the
            matrix' rows (K, 1) or its columns (O,).
        offset: what must be taken off the stored values.

    A channel whose result is the same at both ends of the sum's interval is constant: its weights
    become 0. Every partial sum of the rest, in any order, is bounded by the sum of the positive
    (negative) products' extremes and the bias; below 2^24 float32 holds it exactly.
    """
    bias_tensor = tensors[2] if len(tensors) > 2 else None
    if any(tensor.data is None for tensor in tensors[1:]):
        raise UnsupportedOpError(
            f"the filter or bias that follows {tensors[0].name!r} is computed, not constant"
        )
    channels = matrix.shape[1]
    if not tensors[1].is_quantized:
        bias = np.zeros(channels) if bias_tensor is None else np.asarray(bias_tensor.data)
        ends = np.full(channels, -np.inf), np.full(channels, np.inf)
        return Weights(_stacked(bias, matrix, np.float32), False, ends)
    assert tensors[1].quantization is not None
    bias = np.zeros(channels) if bias_tensor is None else np.asarray(bias_tensor.data, np.float64)
    centred = matrix.astype(np.float32) - tensors[1].quantization.zero_point.astype(np.float32)
    folded = bias - offset * centred.sum(axis=0, dtype=np.float64)
    low, high = interval
    positive, negative = np.maximum(centred, 0), np.minimum(centred, 0)
    least = _total(positive, low) + _total(negative, high) + folded
    most = _total(positive, high) + _total(negative, low) + folded
    whole = np.maximum(np.abs(least), np.abs(most))
    ends = rounder.apply(least), rounder.apply(most)
    single = least.astype(np.float32).astype(np.float64)
    constant = (ends[0] == ends[1]) & (rounder.apply(single) == ends[0]) & (whole < _INT32_LIMIT)
    wraps = bool((whole >= _INT32_LIMIT).any())
    if wraps:
        ends = np.full(channels, rounder.low), np.full(channels, rounder.high)
    up, down = np.maximum(high, 0), np.maximum(-low, 0)
    farthest = np.maximum(
        _total(positive, up) - _total(negative, down), _total(positive, down) - _total(negative, up)
    )
    bound = (farthest + np.abs(folded))[~constant].max(initial=0)
    centred[:, constant] = 0
    folded[constant] = single[constant]
    dtype = np.float32 if bound < FLOAT32_LIMIT else np.float64
    return Weights(_stacked(folded, centred, dtype), wraps, ends)


def _stacked(bias: np.ndarray, matrix: np.ndarray, dtype: type) -> np.ndarray:
    """Return (1 + K, O), contiguous."""
    rows: np.ndarray = np.empty((1 + len(matrix), len(bias)), dtype)
    rows[0], rows[1:] = bias, matrix
    return rows


def _total(matrix: np.ndarray, factor: np.ndarray) -> np.ndarray:
    """Return the columns' sums of ``matrix * factor``, made in float64."""
    if factor.ndim < 2:
        return np.asarray(matrix.sum(axis=0, dtype=np.float64) * factor)
    return np.asarray(np.einsum("ko,k->o", matrix, factor[:, 0]))
