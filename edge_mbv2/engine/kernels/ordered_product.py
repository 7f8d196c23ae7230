"""Matrix products of floats that add in XNNPACK's order: one fused multiply-add after the other.

BLAS promises no order. But OpenBLAS's kernels for AVX2 keep to this one in tiles of 12 rows and up to 320
products, in up to 12 columns, or in up to 320 except the outermost 8 at both sides. So rows are filled up to
a multiple of 12, columns of zeros lie at both sides, and a longer sum goes on from the one before it by way
of an identity matrix. With another BLAS the sums are as true, but may end in another bit.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from edge_mbv2.engine.kernels.base import Layout, Step

_ROWS = 12
_MOST = 320
_FEW_COLUMNS = 12
_MARGIN = 8
_CARRIED = 48
"""How many rows' sums are gone on with at once; so many products fewer each of the later sums has."""


class OrderedProduct:
    """Products with one matrix.

    Args:
        matrix: (K, O) float32; a sum begins with its first row's product.
    """

    def __init__(self, matrix: np.ndarray) -> None:
        depth, channels = matrix.shape
        self._margin = _MARGIN if channels > _FEW_COLUMNS else 0
        widest = _MOST - 2 * _MARGIN
        self._columns = [slice(start, start + widest) for start in range(0, channels, widest)]
        self._first = [self._widened(matrix[:_MOST, columns]) for columns in self._columns]
        step = _MOST - _CARRIED
        self._spans = [slice(start, min(start + step, depth)) for start in range(_MOST, depth, step)]
        none = np.zeros((_CARRIED, channels), np.float32)
        self._later = [
            [self._widened(np.vstack([none, matrix[span]])[:, columns]) for span in self._spans]
            for columns in self._columns
        ]
        self._carry = np.eye(_CARRIED, _MOST, dtype=np.float32)
        self._rest = np.zeros((_ROWS, depth), np.float32)

    def reserve(self, layout: Layout, name: str, pixels: int) -> None:
        """Add the buffer for products of at most ``pixels`` rows."""
        layout.add(name, (-(-pixels // _ROWS) * _ROWS, max(first.shape[1] for first in self._first)))

    def steps(self, left: np.ndarray, wide: np.ndarray, sums: np.ndarray) -> list[Step]:
        """Return the calls that write ``left`` times the matrix.

        Args:
            left: float32 (pixels, K).
            wide: the reserved buffer.
            sums: float32 (pixels, O).
        """
        pixels = len(sums)
        whole = pixels // _ROWS * _ROWS
        height = _CARRIED if self._spans else max(whole, 1)
        tiles = [slice(top, min(top + height, whole)) for top in range(0, whole, height)]
        parts = [(left[tile], wide[tile]) for tile in tiles]
        steps: list[Step] = []
        if whole < pixels:
            steps.append(partial(np.copyto, self._rest[: pixels - whole], left[whole:pixels]))
            parts.append((self._rest, wide[whole : whole + _ROWS]))
        for columns, first, later in zip(self._columns, self._first, self._later, strict=True):
            for part, result in parts:
                steps += self._sum(part, first, later, result[:, : first.shape[1]])
            target = sums[:, columns]
            made = wide[:pixels, self._margin : self._margin + target.shape[1]]
            steps.append(partial(np.copyto, target, made))
        return steps

    def _sum(
        self, left: np.ndarray, first: np.ndarray, later: list[np.ndarray], result: np.ndarray
    ) -> list[Step]:
        """Return the calls that sum one tile's products, the later ones on top of the first."""
        steps: list[Step] = [partial(np.matmul, left[:, :_MOST], first, result)]
        unused = _CARRIED - len(left)
        for span, matrix in zip(self._spans, later, strict=True):
            carry = self._carry[unused:, unused : _CARRIED + span.stop - span.start]
            steps += [
                partial(np.copyto, carry[:, len(left) :], left[:, span]),
                partial(_go_on, carry, matrix[unused:], result),
            ]
        return steps

    def _widened(self, matrix: np.ndarray) -> np.ndarray:
        """Return (K, O) with columns of zeros; BLAS takes one column alone for a vector."""
        channels = matrix.shape[1]
        right = self._margin + -channels % _MARGIN if self._margin else max(0, 2 - channels)
        return np.pad(matrix, ((0, 0), (self._margin, right)))


def _go_on(carry: np.ndarray, matrix: np.ndarray, sums: np.ndarray) -> None:
    """Add ``carry`` times ``matrix`` to ``sums``, which become the matrix' first rows for it.

    A sum that is infinite or not a number would spoil its whole column there, and is added afterwards.
    """
    first = matrix[: len(sums)]
    np.copyto(first, sums)
    is_finite = np.isfinite(sums)
    if is_finite.all():
        np.matmul(carry, matrix, sums)
        return
    first[~is_finite] = 0
    later = np.matmul(carry, matrix)
    np.add(sums, later, later, where=~is_finite)
    np.copyto(sums, later)
