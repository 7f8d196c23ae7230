"""PAD with zeros (the zero point, when quantized)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edge_mbv2.engine.ir import Op, Pad, Tensor
from edge_mbv2.engine.kernels.base import Options
from edge_mbv2.engine.kernels.whole import WholeKernel


class PadKernel(WholeKernel):
    """A border around every dimension.

    Source: TensorFlow Lite operator specification, PAD.
    """

    def __init__(self, op: Op, inputs: Sequence[Tensor], outputs: Sequence[Tensor], options: Options) -> None:
        assert isinstance(op, Pad)
        shape = inputs[0].shape
        self._inside = tuple(
            slice(before, before + n) for n, (before, _) in zip(shape, op.padding, strict=True)
        )
        self._border = outputs[0].zero_point if outputs[0].is_quantized else 0

    def compute(self, inputs: Sequence[np.ndarray], outputs: Sequence[np.ndarray]) -> None:
        """See `WholeKernel.compute`."""
        outputs[0].fill(self._border)
        outputs[0][self._inside] = inputs[0]
