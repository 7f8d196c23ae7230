"""RESIZE_BILINEAR: 11-bit weights in both directions for 8-bit tensors, float32 for floats."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edge_mbv2.engine.ir import Op, ResizeBilinear, Tensor
from edge_mbv2.engine.kernels.base import Kernel, Options
from edge_mbv2.engine.kernels.bilinear import BilinearKernel
from edge_mbv2.engine.kernels.whole import WholeKernel


def resize_bilinear(op: Op, inputs: Sequence[Tensor], outputs: Sequence[Tensor], options: Options) -> Kernel:
    """Return the kernel; of one pixel, or to the same size, a picture is only copied.

    But for floats: what is infinite makes NaNs of its neighbours' shares, as in XNNPACK.
    """
    assert isinstance(op, ResizeBilinear)
    x, size = inputs[0], outputs[0].shape[1:3]
    if x.is_quantized and x.shape[1:3] in ((1, 1), size):
        return CopyKernel()
    return ResizeBilinearKernel(op, x, size, options, channels_first=False)


class CopyKernel(WholeKernel):
    """The input, broadcast."""

    def compute(self, inputs: Sequence[np.ndarray], outputs: Sequence[np.ndarray]) -> None:
        """See `WholeKernel.compute`."""
        np.copyto(outputs[0], inputs[0])


class ResizeBilinearKernel(BilinearKernel):
    """A picture in another size."""

    def finish(self, sums: np.ndarray, target: np.ndarray, buffers: dict[str, np.ndarray]) -> None:
        """See `BilinearKernel.finish`."""
        if self.is_quantized:
            np.right_shift(sums, self.kind(self.shift), out=sums)
        np.copyto(target, sums, casting="unsafe")
