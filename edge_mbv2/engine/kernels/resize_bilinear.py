"""RESIZE_BILINEAR: 11-bit weights in both directions for 8-bit tensors, float32 for floats."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edge_mbv2.engine.ir import Op, ResizeBilinear, Tensor
from edge_mbv2.engine.kernels.base import Options
from edge_mbv2.engine.kernels.whole import WholeKernel


class ResizeBilinearKernel(WholeKernel):
    """Interpolates columns, then rows, one output row at a time.

    Source: XNNPACK, `xnn_indirection_init_resize_bilinear2d_hwc_*` and the `s8_ibilinear` kernels.
    """

    def __init__(self, op: Op, inputs: Sequence[Tensor], outputs: Sequence[Tensor], options: Options) -> None:
        assert isinstance(op, ResizeBilinear)
        (_, height, width, _), (_, rows, columns, _) = inputs[0].shape, outputs[0].shape
        self._top, self._bottom, self._down = _positions(op, height, rows, inputs[0].is_quantized)
        self._left, self._right, across = _positions(op, width, columns, inputs[0].is_quantized)
        self._across = across[:, np.newaxis]
        self._kind = np.int32 if inputs[0].is_quantized else np.float32

    def compute(self, inputs: Sequence[np.ndarray], outputs: Sequence[np.ndarray]) -> None:
        """See `WholeKernel.compute`."""
        for image, result in zip(inputs[0], outputs[0], strict=True):
            rows: dict[int, np.ndarray] = {}
            pair: tuple[int, int] | None = None
            for y, (top, bottom) in enumerate(zip(self._top, self._bottom, strict=True)):
                if pair != (top, bottom):
                    pair = int(top), int(bottom)
                    rows = {i: rows[i] if i in rows else self._row(image[i]) for i in pair}
                    change = rows[pair[1]] - rows[pair[0]]
                    base = rows[pair[0]] if self._kind is np.float32 else (rows[pair[0]] << 11) + (1 << 21)
                    row = np.empty_like(base)
                np.multiply(change, self._down[y], out=row)
                np.add(row, base, out=row)
                if self._kind is np.int32:
                    np.right_shift(row, 22, out=row)
                np.copyto(result[y], row, casting="unsafe")

    def _row(self, row: np.ndarray) -> np.ndarray:
        """Return one input row interpolated to the output's columns (times 2^11 when fixed)."""
        wide = row.astype(self._kind)
        left, right = wide[self._left], wide[self._right]
        change = (right - left) * self._across
        result: np.ndarray = left + change if self._kind is np.float32 else (left << 11) + change
        return result


def _positions(
    op: ResizeBilinear, size: int, result: int, fixed: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return for each result position its two sources and the second one's weight."""
    corner = int(op.align_corners and result != 1)
    scale = np.float32(size - corner) / np.float32(result - corner)
    at = np.arange(result, dtype=np.float32) * scale
    if op.half_pixel_centers:
        at = at + (np.float32(0.5) * scale - np.float32(0.5))
    at = np.clip(at, np.float32(0), np.float32(size - 1))
    first = at.astype(np.int64)
    weight = at - first.astype(np.float32)
    if fixed:
        weight = np.rint(weight * np.float32(2048)).astype(np.int32)
    return first, np.minimum(first + 1, size - 1), weight
