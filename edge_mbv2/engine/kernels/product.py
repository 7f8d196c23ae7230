"""A filter's products with rows of values, summed exactly for integers and in XNNPACK's order for floats."""

from __future__ import annotations

from functools import partial

import numpy as np

from edge_mbv2.engine.kernels.base import Layout, Step
from edge_mbv2.engine.kernels.ordered_product import OrderedProduct
from edge_mbv2.engine.kernels.weights import Weights


class Product:
    """Multiplies rows that begin with a 1, so that the bias is the first product of each sum.

    Args:
        weights: the filter and its bias.
        is_float: whether the sums are floats, which depend on the order.

    Attributes:
        kind: the type of the rows to be multiplied.
    """

    def __init__(self, weights: Weights, *, is_float: bool) -> None:
        self.kind = weights.rows.dtype.type
        self._weights = weights
        self._ordered = OrderedProduct(weights.rows) if is_float else None

    def reserve(self, layout: Layout, name: str, pixels: int) -> None:
        """Add the buffer that products of at most ``pixels`` rows need, if they need one."""
        if self._ordered is not None:
            self._ordered.reserve(layout, name, pixels)
        elif not self._weights.is_single:
            layout.add(name, (pixels, self._weights.rows.shape[1]), np.float64)

    def steps(self, left: np.ndarray, wide: np.ndarray | None, sums: np.ndarray) -> list[Step]:
        """Return the calls that write the sums.

        Args:
            left: (pixels, 1 + K) of type `kind`.
            wide: the reserved buffer; None where none was needed.
            sums: float32, or float64 for floats, (pixels, O).
        """
        if wide is None:
            return [partial(np.matmul, left, self._weights.rows, sums)]
        if self._ordered is not None:
            return self._ordered.steps(left, wide, sums)
        wide = wide[: len(sums)]
        steps: list[Step] = [partial(np.matmul, left, self._weights.rows, wide)]
        if self._weights.wraps:
            steps.append(partial(wrap_int32, wide))
        return [*steps, partial(np.copyto, sums, wide, casting="same_kind")]


def wrap_int32(sums: np.ndarray) -> None:
    """Wrap exact float64 integers around int32's ends, in place."""
    sums[...] = sums.astype(np.int64).astype(np.int32)
