"""A buffer of padded rows that slides down a picture, keeping the rows two stripes share."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from edge_mbv2.engine.ir import Window
from edge_mbv2.engine.kernels.base import Step

Fill = Callable[[range, np.ndarray], list[Step]]
"""Returns the calls that write the named input rows into a (rows, columns, channels) view."""


class PaddedRows:
    """The geometry of the rows that a stripe of output needs.

    Args:
        window: of the operator that reads the rows.
        size: its filter, (rows, columns).
        shape: its input, (rows, columns, channels).
        blank: the value that stands for 0 around the picture.
    """

    def __init__(
        self, window: Window, size: tuple[int, int], shape: tuple[int, int, int], blank: float = 0.0
    ) -> None:
        self._blank = blank
        self._stride = window.stride[0]
        self._span = (size[0] - 1) * window.dilation[0] + 1
        self._top, _, self._left, right = window.padding
        self._shape = shape
        self.columns = shape[1] + self._left + right

    def rows(self, output_rows: int) -> int:
        """Return how many input rows ``output_rows`` need."""
        return (output_rows - 1) * self._stride + self._span

    def buffer_shape(self, output_rows: int) -> tuple[int, int, int]:
        """Return the shape of a buffer for a stripe."""
        return self.rows(output_rows), self.columns, self._shape[2]

    def blank_columns(self, buffer: np.ndarray) -> list[Step]:
        """Return the calls that blank the columns left and right of the picture."""
        sides = buffer[:, : self._left], buffer[:, self._left + self._shape[1] :]
        return [partial(side.fill, self._blank) for side in sides if side.size]

    def advance(self, buffer: np.ndarray, stripe: range, previous: range | None, fill: Fill) -> list[Step]:
        """Return the calls that bring into ``buffer`` what output rows ``stripe`` need.

        Args:
            buffer: of `buffer_shape`; its first row is the stripe's first.
            stripe: output rows.
            previous: the stripe that is in the buffer, directly above, or None.
            fill: how rows of the picture are made.
        """
        height, width, _ = self._shape
        first, end = self._extent(stripe)
        start = first
        steps: list[Step] = []
        if previous is not None:
            old_first, old_end = self._extent(previous)
            start = max(old_end, first)
            if old_end > first:
                steps.append(
                    partial(
                        np.copyto, buffer[: old_end - first], buffer[first - old_first : old_end - old_first]
                    )
                )
        inside = range(min(max(start, 0), height), max(min(end, height), 0))
        for outside in (
            range(start, min(inside.start, end)) if start < 0 else range(0),
            range(max(start, height), end),
        ):
            if len(outside):
                steps.append(partial(buffer[outside.start - first : outside.stop - first].fill, self._blank))
        if len(inside):
            steps += fill(
                inside, buffer[inside.start - first : inside.stop - first, self._left : self._left + width]
            )
        return steps

    def _extent(self, stripe: range) -> tuple[int, int]:
        first = stripe.start * self._stride - self._top
        return first, first + self.rows(len(stripe))


def stripes(rows: range, height: int) -> list[range]:
    """Return ``rows`` cut into stripes of at most ``height``."""
    return [range(start, min(start + height, rows.stop)) for start in range(rows.start, rows.stop, height)]
