"""Matrix products of floats add one fused multiply-add after the other."""

from __future__ import annotations

import numpy as np
import pytest
from conformance import order

from edge_mbv2.engine.kernels.base import Layout
from edge_mbv2.engine.kernels.ordered_product import OrderedProduct


def in_order(left: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Round to float32 after each product, which is exact in float64."""
    sums = np.zeros((len(left), matrix.shape[1]), np.float32)
    for k, row in enumerate(matrix.astype(np.float64)):
        sums = (sums + left[:, k, np.newaxis].astype(np.float64) * row).astype(np.float32)
    return sums


@pytest.mark.parametrize("pixels", [1, 12, 13, 361])
@pytest.mark.parametrize("depth", [1, 28, 321, 961])
@pytest.mark.parametrize("channels", [1, 12, 13, 96, 305])
def test_the_order(pixels: int, depth: int, channels: int) -> None:
    random = np.random.default_rng(pixels + depth + channels)
    matrix = random.normal(size=(depth, channels)).astype(np.float32)
    product, layout = OrderedProduct(matrix), Layout()
    product.reserve(layout, "wide", pixels)
    (wide,) = layout.carve(np.full(layout.nbytes, 255, np.uint8)).values()  # not a number, any of it
    left, sums = np.empty((pixels, depth), np.float32), np.empty((pixels, channels), np.float32)
    steps = product.steps(left, wide, sums)
    for _ in range(2):
        left[...] = random.normal(size=left.shape)
        for step in steps:
            step()
        most = 0.0 if order.is_known() else 1e-5 * np.sqrt(depth)
        assert np.abs(sums - in_order(left, matrix)).max() <= most


def test_rows_that_lie_apart_and_columns_first() -> None:
    random = np.random.default_rng(0)
    matrix = random.normal(size=(28, 32)).astype(np.float32)
    product, layout = OrderedProduct(matrix), Layout()
    product.reserve(layout, "wide", 50)
    buffers = layout.carve(np.zeros(layout.nbytes, np.uint8))
    for left in (
        random.normal(size=(50, 40)).astype(np.float32)[:, :28],
        random.normal(size=(28, 70)).astype(np.float32).T[:50],
    ):
        sums = np.empty((50, 32), np.float32)
        for step in product.steps(left, buffers["wide"], sums):
            step()
        most = 0.0 if order.is_known() else 1e-4
        assert np.abs(sums - in_order(left, matrix)).max() <= most


@pytest.mark.parametrize("stray", [np.nan, np.inf])
def test_what_is_no_number_stays_in_its_row(stray: float) -> None:
    random = np.random.default_rng(0)
    matrix = random.normal(size=(961, 20)).astype(np.float32)
    product, layout = OrderedProduct(matrix), Layout()
    product.reserve(layout, "wide", 50)
    buffers = layout.carve(np.zeros(layout.nbytes, np.uint8))
    left, sums = random.normal(size=(50, 961)).astype(np.float32), np.empty((50, 20), np.float32)
    steps = product.steps(left, buffers["wide"], sums)
    strays = [(7, 3), (20, 500), (49, 960)]
    for at in strays:
        left[at] = stray
    with np.errstate(invalid="ignore"):
        for step in steps:
            step()
        expected = in_order(left, matrix)
    assert np.array_equal(np.isnan(sums), np.isnan(expected))
    assert np.isfinite(np.delete(sums, [row for row, _ in strays], axis=0)).all()
    if order.is_known():
        assert np.array_equal(sums, expected, equal_nan=True)
