"""RESHAPE: the same bytes; nothing to do where the plan lets both tensors share memory."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edge_mbv2.engine.ir import Op, Tensor
from edge_mbv2.engine.kernels.base import Options
from edge_mbv2.engine.kernels.whole import WholeKernel


class ReshapeKernel(WholeKernel):
    """A copy.

    Source: TensorFlow Lite operator specification, RESHAPE.
    """

    def __init__(self, op: Op, inputs: Sequence[Tensor], outputs: Sequence[Tensor], options: Options) -> None:
        self._shape = outputs[0].shape

    def compute(self, inputs: Sequence[np.ndarray], outputs: Sequence[np.ndarray]) -> None:
        """See `WholeKernel.compute`."""
        np.copyto(outputs[0], inputs[0].reshape(self._shape))
