"""Bilinear sums in stripes of rows: what RESIZE_BILINEAR and its fusion with ARG_MAX have in common."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from edge_mbv2.engine.ir import ResizeBilinear, Tensor
from edge_mbv2.engine.kernels.base import Arrays, Layout, Options, Share, Step

_WEIGHT_BITS = 11

_LEAST_SHIFT = 8
"""So that as many channels as 8 bits tell apart fit where a sum has its fraction."""


class BilinearKernel:
    """Interpolates columns, then rows; what becomes of the sums is said by `finish`.

    Quantized sums are made in 16 bits where the weights are so round that nothing is lost (as when a picture
    becomes 16 times as large), else in 32.

    Args:
        op: the operator.
        x: its input.
        size: rows and columns of the result.
        options: contract and stripe.
        channels_first: how the sums lie.

    Attributes:
        is_quantized: whether the sums are.
        kind: their type.
        row: the shape of a row of them.
        layout: of the scratch memory.
        shift: of quantized sums so many bits are the fraction, at least 8; a half is added already.

    Source: XNNPACK, `xnn_indirection_init_resize_bilinear2d_hwc_*` and the `s8_ibilinear` kernels.
    """

    splits = True

    def __init__(
        self, op: ResizeBilinear, x: Tensor, size: tuple[int, ...], options: Options, *, channels_first: bool
    ) -> None:
        (_, height, width, channels), (rows, columns) = x.shape, size
        self.is_quantized = x.is_quantized
        self._down = _axis(op, height, rows, self.is_quantized)
        self._across = _axis(op, width, columns, self.is_quantized)
        bits = self._down.bits + self._across.bits
        self.shift = max(bits, _LEAST_SHIFT)
        self.kind: type = np.float32
        if self.is_quantized:
            # Products may overflow 16 bits; their sum with the base does not, so modulo 2^16 it is right.
            small = np.int16 if x.dtype == np.int8 else np.uint16
            self.kind = small if self.shift == _LEAST_SHIFT else np.int32
        self._base_bits = self.shift - self._across.bits
        scale = 1 << self.shift - bits if self.is_quantized else 1
        self._down_weights = (self._down.weight * scale).astype(self.kind)[:, np.newaxis, np.newaxis]
        self._across_weights = self._across.weight.astype(self.kind)[:, np.newaxis]
        self._second_columns = self._across.first + 1  # the last is clipped where it is used
        self._columns_axis = int(channels_first)
        if channels_first:
            self._across_weights = self._across_weights.T
        self._source_row, self.row = (
            (channels, length) if channels_first else (length, channels) for length in (width, columns)
        )
        others = np.flatnonzero(np.diff(self._down.first)) + 1
        self._most_rows = int(np.diff(others, prepend=0, append=rows).max())  # that have the same sources
        self.choose_stripe(options.stripe_floats)

    def choose_stripe(self, stripe_floats: int) -> None:
        """See `Kernel.choose_stripe`."""
        rows = max(1, min(self._most_rows, stripe_floats // int(np.prod(self.row))))
        self.layout = Layout()
        self.layout.add("source", self._source_row, self.kind)
        self.layout.add("pair", (2, *self.row), self.kind)
        self.layout.add("change", self.row, self.kind)
        self.layout.add("base", self.row, self.kind)
        self.layout.add("sums", (rows, *self.row), self.kind)
        self.reserve(self.layout, rows)
        self.scratch_bytes = self.layout.nbytes

    def reserve(self, layout: Layout, rows: int) -> None:
        """Add the buffers that `finish` needs for stripes of at most ``rows`` rows: by default none."""

    def finish(self, sums: np.ndarray, target: np.ndarray, buffers: dict[str, np.ndarray]) -> None:
        """Write rows of the output.

        Args:
            sums: (rows, columns, channels), or (rows, channels, columns) if channels come first; changed.
            target: the rows.
            buffers: the reserved ones.
        """
        raise NotImplementedError

    def bind(self, inputs: Arrays, outputs: Arrays, share: Share) -> list[Step]:
        """See `Kernel.bind`."""
        buffers, part = self.layout.carve(share.scratch), share.of(outputs[0].shape[1])
        return [
            partial(self._image, image, result, part, buffers)
            for image, result in zip(inputs[0], outputs[0], strict=True)
        ]

    def _image(
        self, image: np.ndarray, result: np.ndarray, part: range, buffers: dict[str, np.ndarray]
    ) -> None:
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
            if self.is_quantized:
                np.left_shift(base, self.kind(self._base_bits), out=base)
                np.add(base, self.kind(1 << self.shift >> 1), out=base)
            end = min(int(self._down.first.searchsorted(first, side="right")), part.stop)
            while start < end:
                stripe = slice(start, min(start + len(buffers["sums"]), end))
                sums = buffers["sums"][: stripe.stop - start]
                np.multiply(change, self._down_weights[stripe], out=sums)
                np.add(sums, base, out=sums)
                self.finish(sums, result[stripe], buffers)
                start = stripe.stop

    def _interpolate(self, row: np.ndarray, buffers: dict[str, np.ndarray], out: np.ndarray) -> None:
        """Interpolate one input row to the result's columns (times 2^bits when quantized)."""
        source, left, axis = buffers["source"], buffers["sums"][0], self._columns_axis
        np.copyto(source, row.T if axis else row)
        np.take(source, self._across.first, axis=axis, out=left, mode="clip")
        np.take(source, self._second_columns, axis=axis, out=out, mode="clip")
        np.subtract(out, left, out=out)
        np.multiply(out, self._across_weights, out=out)
        if self.is_quantized:
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
