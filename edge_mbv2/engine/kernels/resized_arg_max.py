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

    A sum's fraction gives way to how near the end its channel stands, turned round; so whole sums compare
    many at a time, and of equal values the first wins.

    Source: TensorFlow Lite operator specification, RESIZE_BILINEAR and ARG_MAX.
    """

    splits = True

    def __init__(self, op: Op, inputs: Sequence[Tensor], outputs: Sequence[Tensor], options: Options) -> None:
        assert isinstance(op, ResizedArgMax)
        x, result = inputs[0], outputs[0]
        self._bilinear = Bilinear(op.resize, x, result, channels_first=True)
        kind = self._bilinear.kind
        self._fraction = kind((1 << self._bilinear.shift) - 1)
        self._channels: np.ndarray = np.arange(x.shape[3]).astype(kind)[:, np.newaxis]
        self._columns = result.shape[2]
        self.choose_stripe(options.stripe_floats)

    def choose_stripe(self, stripe_floats: int) -> None:
        """See `Kernel.choose_stripe`."""
        rows = self._bilinear.rows_at_once(stripe_floats)
        self._layout = Layout()
        self._bilinear.reserve(self._layout, rows)
        self._layout.add("channels", (len(self._channels), self._columns), self._bilinear.kind)
        self._layout.add("most", (rows, self._columns), self._bilinear.kind)
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
        np.copyto(buffers["channels"], self._channels)
        for rows, sums in self._bilinear.sums(buffers, image, part):
            most = buffers["most"][: len(sums)]
            np.bitwise_or(sums, self._fraction, out=sums)
            np.subtract(sums, buffers["channels"], out=sums)
            np.maximum.reduce(sums, axis=1, out=most)
            np.invert(most, out=most)
            np.bitwise_and(most, self._fraction, out=most)
            np.copyto(result[rows], most, casting="unsafe")
