"""RESIZE_BILINEAR: 11-bit weights in both directions for 8-bit tensors, float32 for floats."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from edge_mbv2.engine.ir import Op, ResizeBilinear, Tensor
from edge_mbv2.engine.kernels.base import Arrays, Layout, Options, Share, Step
from edge_mbv2.engine.kernels.bilinear import Bilinear


class ResizeBilinearKernel:
    """A picture in another size; of one pixel, or in the same size, it is copied.

    But for floats: what is infinite makes NaNs of its neighbours' shares, as in XNNPACK.

    Source: XNNPACK, see `Bilinear`.
    """

    splits = True

    def __init__(self, op: Op, inputs: Sequence[Tensor], outputs: Sequence[Tensor], options: Options) -> None:
        assert isinstance(op, ResizeBilinear)
        x, size = inputs[0], outputs[0].shape[1:3]
        self._is_quantized = x.is_quantized
        self._is_copy = self._is_quantized and x.shape[1:3] in ((1, 1), size)
        self._bilinear = Bilinear(op, x, size, channels_first=False)
        self.choose_stripe(options.stripe_floats)

    def choose_stripe(self, stripe_floats: int) -> None:
        """See `Kernel.choose_stripe`."""
        self._layout = Layout()
        self._bilinear.reserve(self._layout, self._bilinear.rows_at_once(stripe_floats))
        self.scratch_bytes = self._layout.nbytes

    def bind(self, inputs: Arrays, outputs: Arrays, share: Share) -> list[Step]:
        """See `Kernel.bind`."""
        part = share.of(outputs[0].shape[1])
        if self._is_copy:
            source = np.broadcast_to(inputs[0], outputs[0].shape)[:, part.start : part.stop]
            return [partial(np.copyto, outputs[0][:, part.start : part.stop], source)]
        buffers = self._layout.carve(share.scratch)
        return [
            partial(self._image, image, result, part, buffers)
            for image, result in zip(inputs[0], outputs[0], strict=True)
        ]

    def _image(
        self, image: np.ndarray, result: np.ndarray, part: range, buffers: dict[str, np.ndarray]
    ) -> None:
        for rows, sums in self._bilinear.sums(buffers, image, part):
            if self._is_quantized:
                np.right_shift(sums, self._bilinear.kind(self._bilinear.shift), out=sums)
            np.copyto(result[rows], sums, casting="unsafe")
