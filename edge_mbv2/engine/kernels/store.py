"""The end of a stripe: residual sum, zero point, and into the arena's 8-bit or float rows."""

from __future__ import annotations

from functools import partial

import numpy as np

from edge_mbv2.engine.ir import Tensor
from edge_mbv2.engine.kernels.base import Step


def store(values: np.ndarray, output: Tensor, target: np.ndarray) -> list[Step]:
    """Return the calls that put centred float values into a tensor's stored form.

    Args:
        values: float32, centred; changed.
        output: the tensor.
        target: its rows, of the same shape.
    """
    steps: list[Step] = []
    if output.is_quantized and output.zero_point:
        steps.append(partial(np.add, values, np.array(output.zero_point, np.float32), values))
    return [*steps, partial(np.copyto, target, values, casting="unsafe")]
