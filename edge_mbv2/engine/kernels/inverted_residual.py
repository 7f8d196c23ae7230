"""A whole block (expand, depthwise, project, add) in stripes, so that wide tensors never exist whole."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TypeVar

import numpy as np

from edge_mbv2.engine.ir import InvertedResidual, Op, Tensor
from edge_mbv2.engine.kernels.add import AddRows
from edge_mbv2.engine.kernels.base import Layout, Options, Share, Step
from edge_mbv2.engine.kernels.convolution import BoundConvolution, Convolution
from edge_mbv2.engine.kernels.depthwise import Depthwise
from edge_mbv2.engine.kernels.live_channels import keep_live_channels
from edge_mbv2.engine.kernels.padded_rows import PaddedRows, stripes
from edge_mbv2.engine.kernels.project import Project
from edge_mbv2.engine.kernels.store import store
from edge_mbv2.engine.kernels.weights import stored_interval, stored_zero

OpKind = TypeVar("OpKind", bound=Op)

_FEW_COLUMNS = 12
"""So few that to copy the expanded rows between blank pixels takes less than to compute the blank ones."""

_MANY_CHANNELS = 640
"""Beyond as many stripes grow, for each arranges large weights anew before it multiplies."""


class InvertedResidualKernel:
    """One fused block.

    Source: MobileNetV2 (arXiv:1801.04381), section 5.1: a block needs its input, its output and a
    slice of the expanded tensor; here the slice is a stripe of rows.
    """

    splits = True

    def __init__(self, op: Op, inputs: Sequence[Tensor], outputs: Sequence[Tensor], options: Options) -> None:
        assert isinstance(op, InvertedResidual)
        tensors = _by_number(op, inputs, outputs)
        self._output = outputs[0]
        self._prepare(op, tensors, options)
        fewer = keep_live_channels(op, tensors, self._depthwise.interval) if inputs[0].is_quantized else None
        if fewer is not None:
            self._prepare(op, fewer, options)
        self._add = None
        if op.add is not None:
            self._add = AddRows(op.add, [tensors[i] for i in op.add.inputs], outputs[0])
            self._add_project_first = op.add.inputs[0] != op.inputs[0]
        self._stride = op.depthwise.window.stride[0]
        self.choose_stripe(options.stripe_floats)

    def _prepare(self, op: InvertedResidual, tensors: dict[int, Tensor], options: Options) -> None:
        """Prepare the stages but for the sum, each with what can come out of the one before."""
        x, wide, filters = (tensors[i] for i in (op.inputs[0], *op.depthwise.inputs[:2]))
        size, shape = (filters.shape[1], filters.shape[2]), (wide.shape[1], wide.shape[2], wide.shape[3])
        zero = stored_zero(x) if op.expand is None else 0.0
        self._padded = PaddedRows(op.depthwise.window, size, shape, zero, sort=x.is_quantized)
        self._is_direct = op.expand is not None and shape[1] > _FEW_COLUMNS
        interval = stored_interval(x)
        self._expand = None
        if op.expand is not None:
            layout = self._padded.layout if self._is_direct else None
            self._expand = Convolution(*_stage(op.expand, tensors), options, "expand_", layout)
            low, high = self._expand.weights.interval
            interval = np.minimum(low, 0), np.maximum(high, 0)
        self._depthwise = Depthwise(*_stage(op.depthwise, tensors), options, interval, self._padded)
        self._project = None
        if op.project is not None:
            ends = tuple(end[:, np.newaxis] for end in self._depthwise.interval)
            self._project = Project(*_stage(op.project, tensors), options, (ends[0], ends[1]))

    def choose_stripe(self, stripe_floats: int) -> None:
        """See `Kernel.choose_stripe`."""
        channels = self._depthwise.shape[2]
        row = self._padded.layout.pitch * channels
        stripe_floats = stripe_floats * max(channels, _MANY_CHANNELS) // _MANY_CHANNELS
        self._stripe = max(1, min(self._output.shape[1], stripe_floats // (row * self._stride)))
        layout = Layout()
        self._depthwise.reserve(layout, self._stripe)
        if self._expand is not None:
            rows = min(self._padded.rows(self._stripe), self._expand.shape[0])
            self._expand.reserve(layout, rows)
            if not self._is_direct:
                layout.add("expanded", (rows, *self._expand.shape[1:]))
        if self._project is not None:
            self._project.reserve(layout, self._stripe)
        if self._add is not None:
            self._add.reserve(layout, (self._stripe, *self._output.shape[2:]))
        self._layout = layout
        self.scratch_bytes = layout.nbytes

    def bind(
        self, inputs: Sequence[np.ndarray], outputs: Sequence[np.ndarray], scratch: np.ndarray, share: Share
    ) -> list[Step]:
        """See `Kernel.bind`."""
        buffers = self._layout.carve(scratch)
        steps = self._padded.blank_gaps(buffers["padded"])
        for image, result in zip(inputs[0], outputs[0], strict=True):
            expand = None
            if self._expand is not None:
                expand = self._expand.bind(buffers, image)
                steps += expand.prologue()
            previous = None
            for stripe in stripes(share.of(result.shape[0]), self._stripe):
                steps += self._padded.advance(
                    buffers["padded"], stripe, previous, partial(self._fill, buffers, expand, image)
                )
                steps += self._depthwise.steps(buffers, len(stripe))
                steps += self._finish(buffers, image, stripe, result[stripe.start : stripe.stop])
                previous = stripe
        return steps

    def _fill(
        self,
        buffers: dict[str, np.ndarray],
        expand: BoundConvolution | None,
        image: np.ndarray,
        rows: range,
        out: np.ndarray,
    ) -> list[Step]:
        if expand is not None and self._is_direct:
            return expand.rows(rows, out)
        steps: list[Step] = []
        source = image[rows.start : rows.stop]
        if expand is not None:
            source = buffers["expanded"][: len(rows)]
            steps = expand.rows(rows, source)
        return steps + [
            partial(np.copyto, out[:, to], source[:, columns]) for columns, to in self._padded.layout.spans
        ]

    def _finish(
        self, buffers: dict[str, np.ndarray], image: np.ndarray, stripe: range, result: np.ndarray
    ) -> list[Step]:
        values = buffers["depthwise"][: len(stripe)]
        steps: list[Step] = []
        if self._project is not None:
            steps += self._project.steps(buffers, len(stripe))
            values = buffers["project"][: len(stripe)]
        if self._add is None:
            return steps + store(values, self._output, result)
        return steps + self._add.steps(
            buffers, values, image[stripe.start : stripe.stop], self._add_project_first, result
        )


def _by_number(
    op: InvertedResidual, inputs: Sequence[Tensor], outputs: Sequence[Tensor]
) -> dict[int, Tensor]:
    numbers = (*op.inputs, *op.outputs, *op.between)
    return dict(zip(numbers, (*inputs, *outputs), strict=True))


def _stage(op: OpKind, tensors: dict[int, Tensor]) -> tuple[OpKind, tuple[Tensor, ...], Tensor]:
    """Return an operator with its input tensors and its output tensor."""
    return op, tuple(tensors[i] for i in op.inputs), tensors[op.outputs[0]]
