"""ARG_MAX of an enlarged picture, some rows at a time, so that its values never exist whole."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from edge_mbv2.engine.ir import Op, ResizedArgMax, Tensor
from edge_mbv2.engine.kernels.base import Arrays, Layout, Options, Share, Step
from edge_mbv2.engine.kernels.bilinear import Bilinear


class ResizedArgMaxKernel:
    """The channel of the first largest value of each pixel of an 8-bit picture in another size.

    Each sum's fraction is overwritten with all ones minus the channel. So sums still order by value, and of
    equal values the first channel's is the largest.

    Source: TensorFlow Lite operator specification, RESIZE_BILINEAR and ARG_MAX.
    """

    splits = True

    def __init__(self, op: Op, inputs: Sequence[Tensor], outputs: Sequence[Tensor], options: Options) -> None:
        assert isinstance(op, ResizedArgMax)
        x, size = inputs[0], outputs[0].shape[1:]
        self._bilinear = Bilinear(op.resize, x, size, channels_first=True)
        kind = self._bilinear.kind
        self._fraction = kind((1 << self._bilinear.shift) - 1)
        self._channels: np.ndarray = np.arange(x.shape[3]).astype(kind)[:, np.newaxis]
        self._columns = size[1]
        self.choose_stripe(options.stripe_floats)

    def choose_stripe(self, stripe_floats: int) -> None:
        """See `Kernel.choose_stripe`."""
        rows = self._bilinear.rows_at_once(stripe_floats)
        self._layout = Layout()
        self._bilinear.reserve(self._layout, rows)
        self._layout.add("channels", (len(self._channels), self._columns), self._bilinear.kind)
        self._layout.add("largest", (rows, self._columns), self._bilinear.kind)
        self.scratch_bytes = self._layout.nbytes

    def bind(self, inputs: Arrays, outputs: Arrays, share: Share) -> list[Step]:
        """See `Kernel.bind`."""
        buffers, part = self._layout.carve(share.scratch), share.of(outputs[0].shape[1])
        return [
            partial(self._image, image, result, part, buffers)
            for image, result in zip(inputs[0], outputs[0], strict=True)
        ]

    def _image(
        self, image: np.ndarray, result: np.ndarray, part: range, buffers: dict[str, np.ndarray]
    ) -> None:
        # For each column, so that inner loops are long; other kernels use this memory in between.
        np.copyto(buffers["channels"], self._channels)
        for rows, sums in self._bilinear.sums(buffers, image, part):
            largest = buffers["largest"][: len(sums)]
            np.bitwise_or(sums, self._fraction, out=sums)
            np.subtract(sums, buffers["channels"], out=sums)
            np.maximum.reduce(sums, axis=1, out=largest)
            np.invert(largest, out=largest)
            np.bitwise_and(largest, self._fraction, out=largest)
            np.copyto(result[rows], largest, casting="unsafe")
