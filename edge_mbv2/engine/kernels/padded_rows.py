"""A buffer of padded rows that slides down a picture, keeping the rows two stripes share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from edge_mbv2.engine.ir import Window
from edge_mbv2.engine.kernels.base import Step, part_of

Fill = Callable[[range, np.ndarray], list[Step]]
"""Returns the calls that write the named input rows into a (rows, pitch, channels) array."""

_MANY_CHANNELS = 200


@dataclass(frozen=True, slots=True)
class RowLayout:
    """Where the columns of a row lie among the pixels that a buffer has for it.

    Attributes:
        pitch: pixels from one row to the next.
        spans: for each run of columns, which they are and which pixels they take.
    """

    pitch: int
    spans: tuple[tuple[slice, slice], ...]

    @classmethod
    def plain(cls, columns: int) -> RowLayout:
        """Return the layout of rows without anything around them."""
        return cls(columns, ((slice(0, columns), slice(0, columns)),))

    @property
    def gaps(self) -> list[slice]:
        """The pixels of a row that no column takes."""
        taken = sorted((to.start, to.stop) for _, to in self.spans)
        starts, stops = [0, *(stop for _, stop in taken)], [*(start for start, _ in taken), self.pitch]
        return [slice(start, stop) for start, stop in zip(starts, stops, strict=True) if start < stop]


class PaddedRows:
    """The geometry of the rows that a stripe of output needs.

    Right of a row lie blank pixels, which are also those left of the next. When sorted, and where
    every second column starts a window, even columns come first and odd ones after them (likewise
    for larger strides): then the pixels under one tap of all windows of a row follow each other.

    Args:
        window: of the operator that reads the rows.
        size: its filter, (rows, columns).
        shape: its input, (rows, columns, channels).
        blank: the value that stands for 0 around the picture.
        sort: whether to sort columns where that makes the operator faster.

    Attributes:
        blank: see above.
        layout: of one row.
        phases: how many groups a row's columns are sorted into.
    """

    def __init__(
        self,
        window: Window,
        size: tuple[int, int],
        shape: tuple[int, int, int],
        blank: float = 0.0,
        sort: bool = True,
    ) -> None:
        self.blank = blank
        self._stride = window.stride[0]
        self._span = (size[0] - 1) * window.dilation[0] + 1
        self._top, _, left, right = window.padding
        self._shape = shape
        sort = sort and window.dilation[1] == 1 and shape[2] < _MANY_CHANNELS and window.stride[1] <= size[1]
        self.phases = window.stride[1] if sort else 1
        self._tail = left if self.phases == 1 else 0
        self.layout = _layout(shape[1], left, right, self.phases)

    def rows(self, output_rows: int) -> int:
        """Return how many input rows ``output_rows`` need."""
        return (output_rows - 1) * self._stride + self._span

    def buffer_shape(self, output_rows: int) -> tuple[int, int]:
        """Return the shape (pixels, channels) of a buffer for a stripe."""
        return self.rows(output_rows) * self.layout.pitch + self._tail, self._shape[2]

    def blank_gaps(self, buffer: np.ndarray) -> list[Step]:
        """Return the calls to make once a picture, which blank the pixels around all rows."""
        whole = buffer.shape[0] // self.layout.pitch
        rows = self._view(buffer, 0, whole)
        steps: list[Step] = [partial(rows[:, gap].fill, self.blank) for gap in self.layout.gaps]
        tail = buffer[whole * self.layout.pitch :]
        return [*steps, partial(tail.fill, self.blank)] if len(tail) else steps

    def advance(self, buffer: np.ndarray, stripe: range, previous: range | None, fill: Fill) -> list[Step]:
        """Return the calls that bring into ``buffer`` what output rows ``stripe`` need.

        Args:
            buffer: of `buffer_shape`; its first row is the stripe's first.
            stripe: output rows.
            previous: the stripe that is in the buffer, directly above, or None.
            fill: how rows of the picture are made; leaves the gaps of its rows blank.
        """
        height = self._shape[0]
        first, end = self._extent(stripe)
        start = first
        steps: list[Step] = []
        if previous is not None:
            old_first, old_end = self._extent(previous)
            start = max(old_end, first)
            if old_end > first:
                kept = self._view(buffer, first - old_first, old_end - old_first)
                steps.append(partial(np.copyto, self._view(buffer, 0, old_end - first), kept))
        inside = range(min(max(start, 0), height), max(min(end, height), 0))
        for outside in (
            range(start, min(inside.start, end)) if start < 0 else range(0),
            range(max(start, height), end),
        ):
            if len(outside):
                rows = self._view(buffer, outside.start - first, outside.stop - first)
                steps.append(partial(rows.fill, self.blank))
        if len(inside):
            steps += fill(inside, self._view(buffer, inside.start - first, inside.stop - first))
        return steps

    def _view(self, buffer: np.ndarray, start: int, stop: int) -> np.ndarray:
        pitch = self.layout.pitch
        return buffer[start * pitch : stop * pitch].reshape(stop - start, pitch, buffer.shape[1])

    def _extent(self, stripe: range) -> tuple[int, int]:
        first = stripe.start * self._stride - self._top
        return first, first + self.rows(len(stripe))


def _layout(columns: int, left: int, right: int, phases: int) -> RowLayout:
    if phases == 1:
        return RowLayout(columns + max(left, right), ((slice(0, columns), slice(left, left + columns)),))
    plane = -(-(left + columns + right) // phases)
    spans = []
    for phase in range(phases):
        first = (phase - left) % phases
        count = len(range(first, columns, phases))
        start = phase * plane + (first + left) // phases
        spans.append((slice(first, columns, phases), slice(start, start + count)))
    return RowLayout(phases * plane, tuple(spans))


def stripes(rows: range, height: int) -> list[range]:
    """Return ``rows`` cut into as few stripes of at most ``height`` as can be, about equally high."""
    count = -(-len(rows) // height)
    parts = [part_of(len(rows), index, count) for index in range(count)]
    return [rows[part.start : part.stop] for part in parts]
