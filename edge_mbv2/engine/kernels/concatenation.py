"""CONCATENATION along one axis."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edge_mbv2.engine.ir import Concatenation, Op, Tensor
from edge_mbv2.engine.kernels.base import Options
from edge_mbv2.engine.kernels.whole import WholeKernel
from edge_mbv2.errors import UnsupportedOpError


class ConcatenationKernel(WholeKernel):
    """Copies, each part to its place; uint8 parts of another scale through a table.

    Source: TensorFlow Lite 8-bit quantization specification (int8 scales must be equal) and
    `ConcatenationWithScaling` (uint8).
    """

    def __init__(self, op: Op, inputs: Sequence[Tensor], outputs: Sequence[Tensor], options: Options) -> None:
        assert isinstance(op, Concatenation)
        self._axis = op.axis
        self._tables = [_table(part, outputs[0]) for part in inputs]

    def compute(self, inputs: Sequence[np.ndarray], outputs: Sequence[np.ndarray]) -> None:
        """See `WholeKernel.compute`."""
        parts = [
            part if table is None else table[part] for part, table in zip(inputs, self._tables, strict=True)
        ]
        np.concatenate(parts, axis=self._axis, out=outputs[0])


def _table(part: Tensor, out: Tensor) -> np.ndarray | None:
    """Return what each code of ``part`` becomes in ``out``, None when nothing changes."""
    if not out.is_quantized or (part.scale, part.zero_point) == (out.scale, out.zero_point):
        return None
    if out.dtype == np.int8:
        raise UnsupportedOpError(
            f"CONCATENATION joins {part.name!r} (scale {part.scale}, zero point {part.zero_point}) "
            f"into {out.name!r} (scale {out.scale}, zero point {out.zero_point}); int8 needs equal ones"
        )
    scale = np.float32(part.scale) * (np.float32(1) / np.float32(out.scale))
    moved = np.arange(256, dtype=np.float32) * scale + np.float32(-part.zero_point) * scale
    nearest = np.copysign(np.floor(np.abs(moved).astype(np.float64) + 0.5), moved)
    table: np.ndarray = np.clip(nearest + out.zero_point, 0, 255).astype(np.uint8)
    return table
