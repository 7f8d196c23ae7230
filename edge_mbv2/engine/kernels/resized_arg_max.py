"""ARG_MAX of an enlarged picture, some rows at a time, so that its values never exist whole."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from edge_mbv2.engine.ir import Op, ResizedArgMax, Tensor
from edge_mbv2.engine.kernels.base import Arrays, Layout, Options, Share, Step
from edge_mbv2.engine.kernels.bilinear import BilinearKernel


class ResizedArgMaxKernel(BilinearKernel):
    """The channel of the first largest value of each pixel of an 8-bit picture in another size.

    Each sum's fraction is overwritten with all ones minus the channel. So sums still order by value, and of
    equal values the first channel's is the largest.

    Source: TensorFlow Lite operator specification, RESIZE_BILINEAR and ARG_MAX.
    """

    def __init__(self, op: Op, inputs: Sequence[Tensor], outputs: Sequence[Tensor], options: Options) -> None:
        assert isinstance(op, ResizedArgMax)
        super().__init__(op.resize, inputs[0], outputs[0].shape[1:], options, channels_first=True)
        self._fraction = self.kind((1 << self.shift) - 1)

    def reserve(self, layout: Layout, rows: int) -> None:
        """See `BilinearKernel.reserve`."""
        layout.add("channels", self.row, self.kind)
        layout.add("largest", (rows, self.row[1]), self.kind)

    def bind(self, inputs: Arrays, outputs: Arrays, share: Share) -> list[Step]:
        """See `Kernel.bind`."""
        # For each column, so that inner loops are long; and each time, for others use this memory in between.
        channels = self.layout.carve(share.scratch)["channels"]
        numbers: np.ndarray = np.arange(len(channels)).astype(self.kind)[:, np.newaxis]
        return [partial(np.copyto, channels, numbers), *super().bind(inputs, outputs, share)]

    def finish(self, sums: np.ndarray, target: np.ndarray, buffers: dict[str, np.ndarray]) -> None:
        """See `BilinearKernel.finish`."""
        largest = buffers["largest"][: len(sums)]
        np.bitwise_or(sums, self._fraction, out=sums)
        np.subtract(sums, buffers["channels"], out=sums)
        np.maximum.reduce(sums, axis=1, out=largest)
        np.invert(largest, out=largest)
        np.bitwise_and(largest, self._fraction, out=largest)
        np.copyto(target, largest, casting="unsafe")
