"""DEPTHWISE_CONV_2D on its own, in stripes of rows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from edge_mbv2.engine.ir import DepthwiseConv2D, Op, Tensor
from edge_mbv2.engine.kernels.base import Arrays, Layout, Options, Share, Step
from edge_mbv2.engine.kernels.depthwise import Depthwise
from edge_mbv2.engine.kernels.padded_rows import PaddedRows, stripes
from edge_mbv2.engine.kernels.store import store
from edge_mbv2.engine.kernels.weights import stored_interval, stored_zero


class DepthwiseConv2DKernel:
    """One depthwise convolution; a depth multiplier repeats each input channel."""

    splits = True

    def __init__(self, op: Op, inputs: Sequence[Tensor], outputs: Sequence[Tensor], options: Options) -> None:
        assert isinstance(op, DepthwiseConv2D)
        x, self._output = inputs[0], outputs[0]
        _, height, width, channels = inputs[1].shape
        shape = x.shape[1], x.shape[2], channels
        padded = PaddedRows(op.window, (height, width), shape, stored_zero(x), sort=x.is_quantized)
        self._depthwise = Depthwise(op, tuple(inputs), outputs[0], options, stored_interval(x), padded)
        self._multiplier = outputs[0].shape[3] // x.shape[3]
        self._stride = op.window.stride[0]
        self.choose_stripe(options.stripe_floats)

    def choose_stripe(self, stripe_floats: int) -> None:
        """See `Kernel.choose_stripe`."""
        _, height, width, channels = self._output.shape
        widest = max(width, self._depthwise.padded.layout.pitch * self._stride) * channels
        self._stripe = max(1, min(height, stripe_floats // widest))
        self._layout = Layout()
        self._depthwise.reserve(self._layout, self._stripe)
        self.scratch_bytes = self._layout.nbytes

    def bind(self, inputs: Arrays, outputs: Arrays, share: Share) -> list[Step]:
        """See `Kernel.bind`."""
        buffers = self._layout.carve(share.scratch)
        steps = self._depthwise.padded.blank_gaps(buffers["padded"])
        for image, result in zip(inputs[0], outputs[0], strict=True):
            previous = None
            for stripe in stripes(share.of(result.shape[0]), self._stripe):
                steps += self._depthwise.padded.advance(
                    buffers["padded"],
                    stripe,
                    previous,
                    partial(self._fill, image),
                )
                steps += self._depthwise.sums(buffers, len(stripe))
                steps += store(
                    buffers["depthwise"][: len(stripe)],
                    self._depthwise.rounder,
                    self._output,
                    result[stripe.start : stripe.stop],
                )
                previous = stripe
        return steps

    def _fill(self, image: np.ndarray, rows: range, out: np.ndarray) -> list[Step]:
        steps: list[Step] = []
        for columns, to in self._depthwise.padded.layout.spans:
            source, target = image[rows.start : rows.stop, columns], out[:, to]
            if self._multiplier > 1:
                strides = (*target.strides[:2], target.itemsize * self._multiplier, target.itemsize)
                shape = *source.shape, self._multiplier
                target = np.lib.stride_tricks.as_strided(target, shape, strides)
                source = source[..., np.newaxis]
            steps.append(partial(np.copyto, target, source))
        return steps
