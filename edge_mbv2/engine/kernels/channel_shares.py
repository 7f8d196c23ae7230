"""Work on pictures of few rows, divided among workers by channels.

Divided by rows, two workers would both compute the rows where their parts meet, and both arrange all weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise

import numpy as np

from edge_mbv2.engine.ir import Conv2D, InvertedResidual, Op, Tensor
from edge_mbv2.engine.kernels.base import Arrays, Kernel, Layout, Options, Share, Step, Unstriped
from edge_mbv2.engine.kernels.block import Block
from edge_mbv2.engine.kernels.convolution import Convolution
from edge_mbv2.engine.kernels.inverted_residual import Finish, by_number, prepare_block
from edge_mbv2.engine.kernels.project import Project
from edge_mbv2.engine.kernels.some_channels import VECTOR, take, take_of_block
from edge_mbv2.engine.kernels.store import store

_FEW_ROWS = 20
"""On more, to compute some rows twice costs less than to wait for each other once more."""


def share_channels(
    op: Op, inputs: Sequence[Tensor], outputs: Sequence[Tensor], options: Options, workers: int
) -> tuple[Kernel, ...]:
    """Return the kernels that compute an operator one after the other, or none where rows divide better.

    Args:
        op: the operator.
        inputs: its inputs.
        outputs: its outputs, and for blocks the tensors between.
        options: contract and stripe.
        workers: how many share it.
    """
    if not isinstance(op, Conv2D | InvertedResidual):
        return ()
    batch, rows, _, _ = inputs[0].shape
    if not inputs[0].is_quantized or batch != 1 or rows > _FEW_ROWS:
        return ()
    if isinstance(op, InvertedResidual):
        return _share_block(op, by_number(op, inputs, outputs), options, workers)
    if outputs[0].shape[3] < workers * VECTOR:
        return ()
    return (Conv2DShares(op, inputs, outputs[0], options, workers),)


def _share_block(
    op: InvertedResidual, tensors: dict[int, Tensor], options: Options, workers: int
) -> tuple[Kernel, ...]:
    if op.expand is None or op.project is None:
        return ()
    block, tensors = prepare_block(op, tensors, options)
    assert block.project is not None
    if not block.project.is_direct or block.depthwise.shape[2] < workers * VECTOR:
        return ()
    shares = BlockShares(op, tensors, block.project, options, workers)
    return shares, SumOfShares(shares)


def _slices(channels: int, workers: int) -> list[slice]:
    ends = [channels * i // workers // VECTOR * VECTOR for i in range(workers)] + [channels]
    return [slice(start, end) for start, end in pairwise(ends)]


class Conv2DShares(Unstriped):
    """A convolution; each worker makes some of the output's channels."""

    splits = True

    def __init__(
        self, op: Conv2D, inputs: Sequence[Tensor], output: Tensor, options: Options, workers: int
    ) -> None:
        self._output = output
        self._slices = _slices(output.shape[3], workers)
        self._parts: list[tuple[Convolution, Layout]] = []
        for channels in self._slices:
            constants = [take(tensor, channels, 0) for tensor in inputs[1:]]
            made = take(output, channels, 3)
            convolution, layout = Convolution(op, (inputs[0], *constants), made, options, "conv_"), Layout()
            convolution.reserve(layout, made.shape[1])
            layout.add("sums", made.shape[1:])
            self._parts.append((convolution, layout))
        self.scratch_bytes = max(layout.nbytes for _, layout in self._parts)

    def bind(self, inputs: Arrays, outputs: Arrays, share: Share) -> list[Step]:
        """See `Kernel.bind`."""
        prepared, layout = self._parts[share.index]
        buffers = layout.carve(share.scratch)
        convolution, sums = prepared.bind(buffers, inputs[0][0]), buffers["sums"]
        steps = convolution.prologue() + convolution.sums(range(len(sums)), sums)
        target = outputs[0][0][..., self._slices[share.index]]
        return steps + store(sums, prepared.rounder, self._output, target)


class BlockShares(Unstriped):
    """The first part of a block; each worker expands some channels, filters them and sums them up.

    Attributes:
        project: the stage whose sums are to be finished.
        finish: what comes after it.
    """

    splits = True

    def __init__(
        self,
        op: InvertedResidual,
        tensors: dict[int, Tensor],
        project: Project,
        options: Options,
        workers: int,
    ) -> None:
        self.project, self.finish = project, Finish(op, tensors, project.rounder)
        _, height, self._width, self._channels = tensors[op.outputs[0]].shape
        self._slices = _slices(tensors[op.depthwise.outputs[0]].shape[3], workers)
        alone = replace(op, project=None, add=None)
        self._parts: list[tuple[Block, Layout]] = []
        for channels in self._slices:
            block, layout = Block(alone, take_of_block(alone, tensors, channels), options), Layout()
            layout.add("sums", (height, self._width, self._channels))
            block.reserve(layout, height)
            project.reserve(layout, height)
            self.finish.reserve(layout, height)
            self._parts.append((block, layout))
        self.scratch_bytes = max(layout.nbytes for _, layout in self._parts)

    def buffers(self, share: Share, index: int) -> dict[str, np.ndarray]:
        """Return one worker's buffers; ``sums`` holds the exact sums over its channels, without the bias."""
        return self._parts[index][1].carve(share.scratches[index])

    def bind(self, inputs: Arrays, outputs: Arrays, share: Share) -> list[Step]:
        """See `Kernel.bind`."""
        buffers, channels = self.buffers(share, share.index), self._slices[share.index]
        block, sums = self._parts[share.index][0].bind(buffers, inputs[0][0]), buffers["sums"]
        left = buffers["depthwise"].reshape(-1, channels.stop - channels.start)
        total = self.project.product(left, channels, sums.reshape(len(left), -1))
        return [*block.prologue(), *block.filtered(range(len(sums))), total]


class SumOfShares(Unstriped):
    """The second part of a block; each worker adds up all sums of some rows and finishes those."""

    splits = True

    def __init__(self, shares: BlockShares) -> None:
        self._shares = shares
        self.scratch_bytes = shares.scratch_bytes

    def bind(self, inputs: Arrays, outputs: Arrays, share: Share) -> list[Step]:
        """See `Kernel.bind`."""
        buffers, result = self._shares.buffers(share, share.index), outputs[0][0]
        rows = share.of(len(result))
        if not rows:
            return []
        parts = [
            self._shares.buffers(share, index)["sums"][rows.start : rows.stop]
            for index in range(len(share.scratches))
        ]
        total = buffers["project"][: len(rows)]
        steps: list[Step] = [partial(np.add, parts[0], parts[1], total)]
        steps += [partial(np.add, total, part, total) for part in parts[2:]]
        steps += self._shares.project.add_bias.steps(total.reshape(-1, total.shape[2]))
        return steps + self._shares.finish.steps(buffers, total, inputs[0][0], rows, result)
