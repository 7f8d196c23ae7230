"""CONV_2D on its own, in stripes of rows."""

from __future__ import annotations

from collections.abc import Sequence

from edge_mbv2.engine.ir import Conv2D, Op, Tensor
from edge_mbv2.engine.kernels.base import Arrays, Layout, Options, Share, Step
from edge_mbv2.engine.kernels.convolution import Convolution
from edge_mbv2.engine.kernels.padded_rows import stripes
from edge_mbv2.engine.kernels.store import store


class Conv2DKernel:
    """One convolution."""

    splits = True

    def __init__(self, op: Op, inputs: Sequence[Tensor], outputs: Sequence[Tensor], options: Options) -> None:
        assert isinstance(op, Conv2D)
        self._output = outputs[0]
        self._convolution = Convolution(op, tuple(inputs), outputs[0], options, "conv_")
        self.choose_stripe(options.stripe_floats)

    def choose_stripe(self, stripe_floats: int) -> None:
        """See `Kernel.choose_stripe`."""
        _, height, width, channels = self._output.shape
        self._stripe = max(1, min(height, stripe_floats // (width * channels)))
        self._layout = Layout()
        self._convolution.reserve(self._layout, self._stripe)
        self._layout.add("sums", (self._stripe, width, channels))
        self.scratch_bytes = self._layout.nbytes

    def bind(self, inputs: Arrays, outputs: Arrays, share: Share) -> list[Step]:
        """See `Kernel.bind`."""
        buffers = self._layout.carve(share.scratch)
        steps: list[Step] = []
        for image, result in zip(inputs[0], outputs[0], strict=True):
            convolution = self._convolution.bind(buffers, image)
            steps += convolution.prologue()
            for stripe in stripes(share.of(result.shape[0]), self._stripe):
                sums = buffers["sums"][: len(stripe)]
                steps += convolution.sums(stripe, sums)
                steps += store(
                    sums, self._convolution.rounder, self._output, result[stripe.start : stripe.stop]
                )
        return steps
