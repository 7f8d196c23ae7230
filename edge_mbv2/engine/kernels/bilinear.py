"""Bilinear sums in stripes of rows: for RESIZE_BILINEAR, alone and fused with ARG_MAX."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from edge_mbv2.engine.ir import ResizeBilinear, Tensor
from edge_mbv2.engine.kernels.base import Layout

_WEIGHT_BITS = 11

_LEAST_SHIFT = 8
"""So that as many channels as 8 bits tell apart fit where a sum has its fraction."""


class Bilinear:
    """Interpolates columns, then rows.

    Quantized sums are made in 16 bits where the weights are so round that nothing is lost (as when a picture
    becomes 16 times as large), else in 32.

    Args:
        op: the operator.
        x: its input.
        size: rows and columns of the result.
        channels_first: how the sums lie.

    Attributes:
        kind: the type of the sums.
        shift: of quantized sums so many bits are the fraction, at least 8; a half is added already.

    Source: XNNPACK, `xnn_indirection_init_resize_bilinear2d_hwc_*` and the `s8_ibilinear` kernels.
    """

    def __init__(self, op: ResizeBilinear, x: Tensor, size: tuple[int, ...], *, channels_first: bool) -> None:
        (_, height, width, channels), (rows, columns) = x.shape, size
        self._is_quantized = x.is_quantized
        self._down = _axis(op, height, rows, self._is_quantized)
        self._across = _axis(op, width, columns, self._is_quantized)
        bits = self._down.bits + self._across.bits
        self.shift = max(bits, _LEAST_SHIFT)
        self.kind: type = np.float32
        if self._is_quantized:
            # Products may overflow 16 bits; their sum with the base does not, so modulo 2^16 it is right.
            small = np.int16 if x.dtype == np.int8 else np.uint16
            self.kind = small if self.shift == _LEAST_SHIFT else np.int32
        self._base_bits = self.shift - self._across.bits
        scale = 1 << self.shift - bits if self._is_quantized else 1
        self._down_weights = (self._down.weight * scale).astype(self.kind)[:, np.newaxis, np.newaxis]
        self._across_weights = self._across.weight.astype(self.kind)[:, np.newaxis]
        self._second_columns = self._across.first + 1  # the last is clipped where it is used
        self._columns_axis = int(channels_first)
        if channels_first:
            self._across_weights = self._across_weights.T
        self._source_row, self._row = (
            (channels, length) if channels_first else (length, channels) for length in (width, columns)
        )
        others = np.flatnonzero(np.diff(self._down.first)) + 1
        self._most_rows = int(np.diff(others, prepend=0, append=rows).max())

    def rows_at_once(self, stripe_floats: int) -> int:
        """Return how many rows make a stripe of so many sums; those of a stripe have the same sources."""
        return max(1, min(self._most_rows, stripe_floats // int(np.prod(self._row))))

    def reserve(self, layout: Layout, rows: int) -> None:
        """Add the buffers for stripes of at most ``rows`` rows."""
        layout.add("source", self._source_row, self.kind)
        layout.add("pair", (2, *self._row), self.kind)
        layout.add("change", self._row, self.kind)
        layout.add("base", self._row, self.kind)
        layout.add("sums", (rows, *self._row), self.kind)

    def sums(
        self, buffers: dict[str, np.ndarray], image: np.ndarray, part: range
    ) -> Iterator[tuple[slice, np.ndarray]]:
        """Make rows of the result, a stripe at a time.

        Args:
            buffers: the reserved ones.
            image: as stored, (rows, columns, channels).
            part: which rows.

        Yields:
            Rows, and their sums: (rows, columns, channels), or (rows, channels, columns) if channels come
            first; to be changed at will, and void when the next are asked for.
        """
        pair, change, base = (buffers[name] for name in ("pair", "change", "base"))
        held = [-1, -1]  # which rows of the image ``pair`` has
        start = part.start
        while start < part.stop:
            first = int(self._down.first[start])
            sources = first, min(first + 1, len(image) - 1)
            for source in sources:
                if source not in held:
                    slot = next(i for i in range(2) if held[i] not in sources)
                    self._interpolate(image[source], buffers, pair[slot])
                    held[slot] = source
            above, below = (pair[held.index(source)] for source in sources)
            np.subtract(below, above, out=change)
            np.copyto(base, above)
            if self._is_quantized:
                np.left_shift(base, self.kind(self._base_bits), out=base)
                np.add(base, self.kind(1 << self.shift >> 1), out=base)
            end = min(int(self._down.first.searchsorted(first, side="right")), part.stop)
            while start < end:
                stripe = slice(start, min(start + len(buffers["sums"]), end))
                sums = buffers["sums"][: stripe.stop - start]
                np.multiply(change, self._down_weights[stripe], out=sums)
                np.add(sums, base, out=sums)
                yield stripe, sums
                start = stripe.stop

    def _interpolate(self, row: np.ndarray, buffers: dict[str, np.ndarray], out: np.ndarray) -> None:
        """Interpolate one input row to the result's columns (times 2^bits when quantized)."""
        source, left, axis = buffers["source"], buffers["sums"][0], self._columns_axis
        np.copyto(source, row.T if axis else row)
        np.take(source, self._across.first, axis=axis, out=left, mode="clip")
        np.take(source, self._second_columns, axis=axis, out=out, mode="clip")
        np.subtract(out, left, out=out)
        np.multiply(out, self._across_weights, out=out)
        if self._is_quantized:
            np.left_shift(left, self.kind(self._across.bits), out=left)
        np.add(out, left, out=out)


@dataclass(frozen=True, slots=True, eq=False)
class _Axis:
    """What each position in the result is made of.

    Attributes:
        first: the source nearer to the start, in order; the other is the next, or at the end the same.
        weight: of the other; a fraction of ``1 << bits`` when quantized.
        bits: as many of the 11 as the weights need.
    """

    first: np.ndarray
    weight: np.ndarray
    bits: int


def _axis(op: ResizeBilinear, size: int, result: int, is_quantized: bool) -> _Axis:
    corner = int(op.align_corners and result != 1)
    scale = np.float32(size - corner) / np.float32(result - corner)
    at = np.arange(result, dtype=np.float32) * scale
    if op.half_pixel_centers:
        at = at + (np.float32(0.5) * scale - np.float32(0.5))
    at = np.clip(at, np.float32(0), np.float32(size - 1))
    first = np.minimum(at.astype(np.intp), size - 1)  # beyond 2^24 float32 may round up
    weight = at - first.astype(np.float32)
    bits = _WEIGHT_BITS
    if is_quantized:
        weight = np.rint(weight * np.float32(1 << bits)).astype(np.int32)
        while bits and not (weight & 1).any():
            weight, bits = weight >> 1, bits - 1
    return _Axis(first, weight, bits)
