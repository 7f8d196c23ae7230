"""Sums become the same integers whether those are kept as floats or held as int32."""

from __future__ import annotations

import numpy as np
import pytest

from edge_mbv2.engine.ir import Contract
from edge_mbv2.engine.kernels.rounding import FLOAT32_LIMIT, HELD_ZERO, Rounder
from edge_mbv2.engine.reference.rounding import requantize

SCALES = np.array([2.0**-12, 1e-3, 1 / 255, 0.25, 0.5, 0.7, 1.0, 100.0], np.float32)


@pytest.mark.parametrize("contract", Contract)
@pytest.mark.parametrize("bounds", [(0.0, 255.0), (-255.0, 0.0), (-128.0, 127.0), (-3.0, 250.0), (7.0, 9.0)])
@pytest.mark.parametrize("kind", [np.int8, np.uint8])
def test_held_integers(contract: Contract, bounds: tuple[float, float], kind: type) -> None:
    near = np.arange(-2000, 2000)
    far = np.array([1 << bit for bit in range(11, 24)]) + np.array([[-1], [0], [1]])
    sums = np.concatenate([near, far.ravel(), -far.ravel(), [FLOAT32_LIMIT - 1, 1 - FLOAT32_LIMIT]])
    values = np.tile(sums.astype(np.float32)[:, np.newaxis], (1, len(SCALES)))
    dtype = np.dtype(kind)
    rounder = Rounder(SCALES, bounds, contract, dtype)
    exact = requantize(values.astype(np.int64), SCALES, SCALES.astype(np.float64), contract.of_filter(dtype))
    expected = exact.clip(*bounds)

    centred, held = values.copy(), values.copy()
    for step in (*rounder.steps(centred), *rounder.hold(held)):
        step()

    np.testing.assert_array_equal(centred, expected)
    np.testing.assert_array_equal(held.view(np.int32) - HELD_ZERO, expected)
