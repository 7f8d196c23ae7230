"""A whole block (expand, depthwise, project, add) in stripes, so that wide tensors never exist whole."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edge_mbv2.engine.ir import InvertedResidual, Op, Tensor
from edge_mbv2.engine.kernels.add import AddRows
from edge_mbv2.engine.kernels.base import Arrays, Layout, Options, Share, Step
from edge_mbv2.engine.kernels.block import Block
from edge_mbv2.engine.kernels.live_channels import keep_live_channels
from edge_mbv2.engine.kernels.padded_rows import stripes
from edge_mbv2.engine.kernels.rounding import HELD_ZERO, Rounder
from edge_mbv2.engine.kernels.store import store

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
        tensors = by_number(op, inputs, outputs)
        self._block, _ = prepare_block(op, tensors, options)
        self._finish = Finish(op, tensors, self._block.rounder)
        self._stride = op.depthwise.window.stride[0]
        self.choose_stripe(options.stripe_floats)

    def choose_stripe(self, stripe_floats: int) -> None:
        """See `Kernel.choose_stripe`."""
        height, _, channels = self._block.depthwise.shape
        row = self._block.padded.layout.pitch * channels
        stripe_floats = stripe_floats * max(channels, _MANY_CHANNELS) // _MANY_CHANNELS
        self._stripe = max(1, min(height, stripe_floats // (row * self._stride)))
        self._layout = Layout()
        self._block.reserve(self._layout, self._stripe)
        self._finish.reserve(self._layout, self._stripe)
        self.scratch_bytes = self._layout.nbytes

    def bind(self, inputs: Arrays, outputs: Arrays, share: Share) -> list[Step]:
        """See `Kernel.bind`."""
        buffers = self._layout.carve(share.scratch)
        steps: list[Step] = []
        for image, result in zip(inputs[0], outputs[0], strict=True):
            block = self._block.bind(buffers, image)
            steps += block.prologue()
            for stripe in stripes(share.of(result.shape[0]), self._stripe):
                sums = buffers[self._block.last_buffer][: len(stripe)]
                steps += block.sums(stripe)
                steps += self._finish.steps(buffers, sums, image, stripe, result)
        return steps


class Finish:
    """The end of a block: rounds, adds the block's input, where that is wanted, and stores.

    Args:
        op: the block.
        tensors: all that it names, by number.
        rounder: what becomes of the sums of its last convolution.
    """

    def __init__(self, op: InvertedResidual, tensors: dict[int, Tensor], rounder: Rounder) -> None:
        self._output, self._rounder = tensors[op.outputs[0]], rounder
        self._add = None
        if op.add is not None:
            made = next(number for number in op.add.inputs if number != op.inputs[0])
            self._add = AddRows(op.add, (tensors[made], tensors[op.inputs[0]]), self._output)

    def reserve(self, layout: Layout, rows: int) -> None:
        """Add the buffers for at most ``rows`` rows."""
        if self._add is not None:
            self._add.reserve(layout, (rows, *self._output.shape[2:]))

    def steps(
        self,
        buffers: dict[str, np.ndarray],
        sums: np.ndarray,
        image: np.ndarray,
        stripe: range,
        result: np.ndarray,
    ) -> list[Step]:
        """Return the calls that make rows ``stripe`` of ``result``.

        Args:
            buffers: the reserved ones.
            sums: float32 (rows, columns, channels) of the last convolution, contiguous; changed.
            image: the block's stored input.
            stripe: which rows.
            result: the stored output.
        """
        target = result[stripe.start : stripe.stop]
        if self._add is None:
            return store(sums, self._rounder, self._output, target)
        flat, stored = sums.reshape(-1, sums.shape[2]), image[stripe.start : stripe.stop]
        if not self._output.is_quantized:
            return [*self._rounder.steps(flat), *self._add.steps(buffers, sums, 0, stored, target)]
        held = sums.view(np.int32)
        return [*self._rounder.hold(flat), *self._add.steps(buffers, held, HELD_ZERO, stored, target)]


def by_number(op: InvertedResidual, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> dict[int, Tensor]:
    """Return a block's tensors by their numbers; ``outputs`` end with those between its stages."""
    numbers = (*op.inputs, *op.outputs, *op.between)
    return dict(zip(numbers, (*inputs, *outputs), strict=True))


def prepare_block(
    op: InvertedResidual, tensors: dict[int, Tensor], options: Options
) -> tuple[Block, dict[int, Tensor]]:
    """Prepare a block's stages without channels that are constant; return the tensors left, too."""
    block = Block(op, tensors, options)
    if tensors[op.inputs[0]].is_quantized:
        fewer = keep_live_channels(op, tensors, block.depthwise.interval)
        if fewer is not None:
            return Block(op, fewer, options), fewer
    return block, tensors
