"""CONCATENATION along one axis."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edge_mbv2.engine.ir import Concatenation, Op, Tensor
from edge_mbv2.engine.kernels.base import Options
from edge_mbv2.engine.kernels.whole import WholeKernel
from edge_mbv2.errors import UnsupportedOpError


class ConcatenationKernel(WholeKernel):
    """Copies, each part to its place.

    Source: TensorFlow Lite 8-bit quantization specification: all scales must be equal.
    """

    def __init__(self, op: Op, inputs: Sequence[Tensor], outputs: Sequence[Tensor], options: Options) -> None:
        assert isinstance(op, Concatenation)
        self._axis = op.axis
        out = outputs[0]
        for part in inputs:
            if out.is_quantized and (part.scale, part.zero_point) != (out.scale, out.zero_point):
                raise UnsupportedOpError(
                    f"CONCATENATION joins {part.name!r} (scale {part.scale}, zero point {part.zero_point}) "
                    f"into {out.name!r} (scale {out.scale}, zero point {out.zero_point}); the NumPy engine "
                    "needs equal ones"
                )

    def compute(self, inputs: Sequence[np.ndarray], outputs: Sequence[np.ndarray]) -> None:
        """See `WholeKernel.compute`."""
        np.concatenate(inputs, axis=self._axis, out=outputs[0])
