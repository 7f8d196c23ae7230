"""RESIZE_BILINEAR: 11-bit weights in both directions for 8-bit tensors, float32 for floats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from edge_mbv2.engine.ir import Op, ResizeBilinear, Tensor
from edge_mbv2.engine.kernels.base import Arrays, Layout, Options, Share, Step, Unstriped

_WEIGHT_BITS = 11


@dataclass(frozen=True, slots=True, eq=False)
class _Axis:
    """For each result position its two sources, and how much of the second comes in.

    Attributes:
        first: the nearer to the start.
        second: its neighbour, or itself at the end.
        weight: of the second; a fraction of ``1 << bits`` when quantized.
        bits: as many of the 11 as the weights need.
    """

    first: np.ndarray
    second: np.ndarray
    weight: np.ndarray
    bits: int


class ResizeBilinearKernel(Unstriped):
    """Interpolates columns, then rows, one output row at a time.

    Sums are made in 16 bits where the weights are so round that nothing is lost (as when a picture
    becomes 16 times as large), else in 32.

    Source: XNNPACK, `xnn_indirection_init_resize_bilinear2d_hwc_*` and the `s8_ibilinear` kernels.
    """

    splits = True

    def __init__(self, op: Op, inputs: Sequence[Tensor], outputs: Sequence[Tensor], options: Options) -> None:
        assert isinstance(op, ResizeBilinear)
        (_, height, width, channels), (_, rows, columns, _) = inputs[0].shape, outputs[0].shape
        self._is_quantized = inputs[0].is_quantized
        self._down = _axis(op, height, rows, self._is_quantized)
        self._across = _axis(op, width, columns, self._is_quantized)
        self._shift = self._down.bits + self._across.bits
        small = np.int16 if inputs[0].dtype == np.int8 else np.uint16
        self._kind: type = np.float32
        if self._is_quantized:
            # Signed and unsigned sums alike reach 2^(8 + shift), a half included, and never 2^16.
            self._kind = small if self._shift <= 8 else np.int32
        self._weights = [axis.weight.astype(self._kind) for axis in (self._down, self._across)]
        self._layout = Layout()
        for name, length in (("wide", width), ("left", columns), ("change", columns), ("base", columns)):
            self._layout.add(name, (length, channels), self._kind)
        self._layout.add("rows", (2, columns, channels), self._kind)
        self._layout.add("sum", (columns, channels), self._kind)
        self.scratch_bytes = self._layout.nbytes

    def bind(self, inputs: Arrays, outputs: Arrays, share: Share) -> list[Step]:
        """See `Kernel.bind`."""
        buffers = self._layout.carve(share.scratch)
        return [
            partial(self._image, image, result, share.of(result.shape[0]), buffers)
            for image, result in zip(inputs[0], outputs[0], strict=True)
        ]

    def _image(
        self, image: np.ndarray, result: np.ndarray, part: range, buffers: dict[str, np.ndarray]
    ) -> None:
        rows, change, base, total = (buffers[name] for name in ("rows", "change", "base", "sum"))
        held = [-1, -1]
        pair = (-1, -1)
        for y in part:
            wanted = int(self._down.first[y]), int(self._down.second[y])
            if wanted != pair:
                pair = wanted
                places = []
                for source in pair:
                    if source not in held:
                        at = next(i for i in range(2) if held[i] not in pair)
                        self._row(image[source], buffers, rows[at])
                        held[at] = source
                    places.append(held.index(source))
                np.subtract(rows[places[1]], rows[places[0]], out=change)
                np.copyto(base, rows[places[0]])
                if self._is_quantized:
                    np.left_shift(base, self._kind(self._down.bits), out=base)
                    np.add(base, self._kind(1 << self._shift >> 1), out=base)
            np.multiply(change, self._weights[0][y], out=total)
            np.add(total, base, out=total)
            if self._is_quantized:
                np.right_shift(total, self._kind(self._shift), out=total)
            np.copyto(result[y], total, casting="unsafe")

    def _row(self, row: np.ndarray, buffers: dict[str, np.ndarray], out: np.ndarray) -> None:
        """Interpolate one input row to the output's columns (times 2^bits when quantized)."""
        wide, left = buffers["wide"], buffers["left"]
        np.copyto(wide, row)
        np.take(wide, self._across.first, axis=0, out=left, mode="clip")
        np.take(wide, self._across.second, axis=0, out=out, mode="clip")
        np.subtract(out, left, out=out)
        np.multiply(out, self._weights[1][:, np.newaxis], out=out)
        if self._is_quantized:
            np.left_shift(left, self._kind(self._across.bits), out=left)
        np.add(out, left, out=out)


def _axis(op: ResizeBilinear, size: int, result: int, is_quantized: bool) -> _Axis:
    corner = int(op.align_corners and result != 1)
    scale = np.float32(size - corner) / np.float32(result - corner)
    at = np.arange(result, dtype=np.float32) * scale
    if op.half_pixel_centers:
        at = at + (np.float32(0.5) * scale - np.float32(0.5))
    at = np.clip(at, np.float32(0), np.float32(size - 1))
    first = at.astype(np.int64)
    weight = at - first.astype(np.float32)
    bits = _WEIGHT_BITS
    if is_quantized:
        weight = np.rint(weight * np.float32(1 << bits)).astype(np.int32)
        while bits and not (weight & 1).any():
            weight, bits = weight >> 1, bits - 1
    return _Axis(first, np.minimum(first + 1, size - 1), weight, bits)
