"""A whole block (expand, depthwise, project, add) in stripes, so that wide tensors never exist whole."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from edge_mbv2.engine.ir import InvertedResidual, Op, Tensor
from edge_mbv2.engine.kernels.add import AddRows
from edge_mbv2.engine.kernels.base import Layout, Options, Share, Step
from edge_mbv2.engine.kernels.convolution import BoundConvolution, Convolution
from edge_mbv2.engine.kernels.depthwise import Depthwise
from edge_mbv2.engine.kernels.padded_rows import PaddedRows, stripes
from edge_mbv2.engine.kernels.project import Project
from edge_mbv2.engine.kernels.store import store
from edge_mbv2.engine.kernels.weights import stored_interval, stored_zero

_FEW_COLUMNS = 12
"""So few that to copy the expanded rows between blank pixels takes less than to compute the blank ones."""


class InvertedResidualKernel:
    """One fused block.

    Source: MobileNetV2 (arXiv:1801.04381), section 5.1: a block needs its input, its output and a
    slice of the expanded tensor; here the slice is a stripe of rows.
    """

    splits = True

    def __init__(self, op: Op, inputs: Sequence[Tensor], outputs: Sequence[Tensor], options: Options) -> None:
        assert isinstance(op, InvertedResidual)
        stages = _Tensors(op, inputs, outputs)
        self._output = outputs[0]
        x = inputs[0]
        wide, filters = stages.of(op.depthwise)[:2]
        self._expand = None
        self._is_direct = op.expand is not None and wide.shape[2] > _FEW_COLUMNS
        size, shape = (filters.shape[1], filters.shape[2]), (wide.shape[1], wide.shape[2], wide.shape[3])
        zero = stored_zero(x) if op.expand is None else 0.0
        self._padded = PaddedRows(op.depthwise.window, size, shape, zero)
        interval = stored_interval(x)
        if op.expand is not None:
            layout = self._padded.layout if self._is_direct else None
            self._expand = Convolution(
                op.expand, stages.of(op.expand), stages.result(op.expand), options, "expand_", layout
            )
            interval = self._expand.rounder.low, self._expand.rounder.high
        self._depthwise = Depthwise(
            op.depthwise,
            stages.of(op.depthwise),
            stages.result(op.depthwise),
            options,
            interval,
            self._padded,
        )
        self._project = None
        if op.project is not None:
            ends = self._depthwise.rounder.low, self._depthwise.rounder.high
            self._project = Project(
                op.project, stages.of(op.project), stages.result(op.project), options, ends
            )
        self._add = None
        if op.add is not None:
            self._add = AddRows(op.add, stages.of(op.add), outputs[0])
            self._add_project_first = op.add.inputs[0] != op.inputs[0]
        self._stride = op.depthwise.window.stride[0]
        self.choose_stripe(options.stripe_floats)

    def choose_stripe(self, stripe_floats: int) -> None:
        """See `Kernel.choose_stripe`."""
        row = self._padded.layout.pitch * self._depthwise.shape[2]
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
        blank = self._padded.blank_tail if self._is_direct else self._padded.blank_all
        steps = blank(buffers["padded"])
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


class _Tensors:
    """The stages' tensors by number, from the block's inputs, outputs and what lies between."""

    def __init__(self, op: InvertedResidual, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> None:
        self._by_number = dict(zip(op.inputs, inputs, strict=True)) | dict(
            zip(op.outputs, outputs, strict=False)
        )
        self._by_number |= dict(zip(op.between, outputs[len(op.outputs) :], strict=True))

    def of(self, op: Op) -> tuple[Tensor, ...]:
        return tuple(self._by_number[i] for i in op.inputs)

    def result(self, op: Op) -> Tensor:
        return self._by_number[op.outputs[0]]
