"""What comes before a block's sum (expand, depthwise, project), prepared for stripes of rows."""

from __future__ import annotations

from functools import partial
from typing import TypeVar

import numpy as np

from edge_mbv2.engine.ir import InvertedResidual, Op, Tensor
from edge_mbv2.engine.kernels.base import Layout, Options, Step
from edge_mbv2.engine.kernels.convolution import BoundConvolution, Convolution
from edge_mbv2.engine.kernels.depthwise import Depthwise
from edge_mbv2.engine.kernels.padded_rows import PaddedRows
from edge_mbv2.engine.kernels.project import Project
from edge_mbv2.engine.kernels.weights import stored_interval, stored_zero

OpKind = TypeVar("OpKind", bound=Op)

_FEW_COLUMNS = 12
"""So few that to copy the expanded rows between blank pixels takes less than to compute the blank ones."""


class Block:
    """The stages, each prepared with what can come out of the one before.

    Args:
        op: the block.
        tensors: all that it names, by number.
        options: contract and stripe.

    Attributes:
        padded: the geometry of the expanded rows.
        depthwise: always there.
        project: None where the block has none.
        last_buffer: which has the sums of the last of these stages.
        rounder: what becomes of them.
    """

    def __init__(self, op: InvertedResidual, tensors: dict[int, Tensor], options: Options) -> None:
        x, wide, filters = (tensors[i] for i in (op.inputs[0], *op.depthwise.inputs[:2]))
        size, shape = (filters.shape[1], filters.shape[2]), (wide.shape[1], wide.shape[2], wide.shape[3])
        zero = stored_zero(x) if op.expand is None else 0.0
        self.padded = PaddedRows(op.depthwise.window, size, shape, zero, sort=x.is_quantized)
        self._is_direct = op.expand is not None and shape[1] > _FEW_COLUMNS
        interval = stored_interval(x)
        self._expand = None
        if op.expand is not None:
            layout = self.padded.layout if self._is_direct else None
            self._expand = Convolution(*_stage(op.expand, tensors), options, "expand_", layout)
            low, high = self._expand.weights.interval
            interval = np.minimum(low, 0), np.maximum(high, 0)
        self.depthwise = Depthwise(*_stage(op.depthwise, tensors), options, interval, self.padded)
        self.project = None
        if op.project is not None:
            ends = tuple(end[:, np.newaxis] for end in self.depthwise.interval)
            self.project = Project(*_stage(op.project, tensors), options, (ends[0], ends[1]))
        self.last_buffer = "depthwise" if self.project is None else "project"
        self.rounder = (self.project or self.depthwise).rounder

    def reserve(self, layout: Layout, rows: int) -> None:
        """Add the buffers for stripes of at most ``rows`` output rows."""
        self.depthwise.reserve(layout, rows)
        if self._expand is not None:
            needed = min(self.padded.rows(rows), self._expand.shape[0])
            self._expand.reserve(layout, needed)
            if not self._is_direct:
                layout.add("expanded", (needed, *self._expand.shape[1:]))
        if self.project is not None:
            self.project.reserve(layout, rows)

    def bind(self, buffers: dict[str, np.ndarray], image: np.ndarray) -> BoundBlock:
        """Return it tied to its buffers and to the stored input picture (rows, columns, channels)."""
        expand = None if self._expand is None else self._expand.bind(buffers, image)
        return BoundBlock(self, buffers, image, expand)


class BoundBlock:
    """A block that makes rows from the top to the bottom of one picture."""

    def __init__(
        self, block: Block, buffers: dict[str, np.ndarray], image: np.ndarray, expand: BoundConvolution | None
    ) -> None:
        self._of, self._buffers, self._image, self._expand = block, buffers, image, expand
        self._previous: range | None = None

    def prologue(self) -> list[Step]:
        """Return the calls to make once a picture, before any row."""
        steps = self._of.padded.blank_gaps(self._buffers["padded"])
        return steps if self._expand is None else steps + self._expand.prologue()

    def filtered(self, stripe: range) -> list[Step]:
        """Return the calls that write the depthwise results of rows ``stripe`` into buffer ``depthwise``.

        Args:
            stripe: output rows, directly below those before.
        """
        return [*self._advance(stripe), *self._of.depthwise.steps(self._buffers, len(stripe))]

    def sums(self, stripe: range) -> list[Step]:
        """Return the calls that write sums of rows ``stripe`` into `Block.last_buffer`; see `filtered`."""
        if self._of.project is None:
            return [*self._advance(stripe), *self._of.depthwise.sums(self._buffers, len(stripe))]
        return [*self.filtered(stripe), *self._of.project.sums(self._buffers, len(stripe))]

    def _advance(self, stripe: range) -> list[Step]:
        steps = self._of.padded.advance(self._buffers["padded"], stripe, self._previous, self._fill)
        self._previous = stripe
        return steps

    def _fill(self, rows: range, out: np.ndarray) -> list[Step]:
        if self._expand is not None and self._of._is_direct:
            return self._expand.rows(rows, out)
        steps: list[Step] = []
        source = self._image[rows.start : rows.stop]
        if self._expand is not None:
            source = self._buffers["expanded"][: len(rows)]
            steps = self._expand.rows(rows, source)
        spans = self._of.padded.layout.spans
        return steps + [partial(np.copyto, out[:, to], source[:, columns]) for columns, to in spans]


def _stage(op: OpKind, tensors: dict[int, Tensor]) -> tuple[OpKind, tuple[Tensor, ...], Tensor]:
    """Return an operator with its input tensors and its output tensor."""
    return op, tuple(tensors[i] for i in op.inputs), tensors[op.outputs[0]]
