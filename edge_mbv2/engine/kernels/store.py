"""The end of a stripe: its sums rounded and put into the arena's 8-bit or float rows."""

from __future__ import annotations

from functools import partial

import numpy as np

from edge_mbv2.engine.ir import Tensor
from edge_mbv2.engine.kernels.base import Step
from edge_mbv2.engine.kernels.rounding import Rounder


def store(sums: np.ndarray, rounder: Rounder, output: Tensor, target: np.ndarray) -> list[Step]:
    """Return the calls that round sums and put them into a tensor's stored form.

    Args:
        sums: float32 (..., channels), contiguous; changed.
        rounder: what becomes of them.
        output: the tensor.
        target: its rows, of the same shape.
    """
    flat = sums.reshape(-1, sums.shape[-1])
    if not output.is_quantized:
        return [*rounder.steps(flat), partial(np.copyto, target, sums)]
    return [*rounder.hold(flat), *store_integers(sums.view(np.int32), output.zero_point, target)]


def store_integers(values: np.ndarray, zero_point: int, target: np.ndarray) -> list[Step]:
    """Return the calls that put integers and a zero point into 8 bits.

    Args:
        values: int32; their last 8 bits count.
        zero_point: to be added.
        target: int8 or uint8, of the same shape.
    """
    steps: list[Step] = [partial(np.copyto, target, values, casting="unsafe")]
    if zero_point:
        steps.append(partial(np.add, target, np.array(zero_point, target.dtype), target))
    return steps
