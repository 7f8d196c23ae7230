"""Filters and biases as integers."""

import numpy as np
import pytest

from edge_mbv2.quantize.weights import broadcast_scale, quantize_bias, quantize_filter

RANDOM = np.random.default_rng(0)


@pytest.mark.parametrize(("shape", "axis"), [((6, 3, 3, 4), 0), ((1, 3, 3, 6), 3)])
def test_each_channel_has_the_scale_of_its_largest_weight(shape: tuple[int, ...], axis: int) -> None:
    filter_ = RANDOM.normal(size=shape).astype("f4")
    steps, params, raised = quantize_filter(filter_, axis, np.zeros(6), 0.1)

    largest = np.abs(np.moveaxis(filter_, axis, 0).reshape(6, -1)).max(axis=1)
    assert params.axis == axis
    assert params.scale == pytest.approx(largest / 127)
    assert params.zero_point.tolist() == [0] * 6
    assert steps.dtype == np.int8
    assert np.abs(np.moveaxis(steps, axis, 0).reshape(6, -1)).max(axis=1).tolist() == [127] * 6
    error = np.abs(steps * broadcast_scale(params, 4) - filter_)
    assert (error <= broadcast_scale(params, 4) * 0.5001).all()
    assert raised == 0


def test_a_filter_without_an_axis_has_one_scale() -> None:
    steps, params, _ = quantize_filter(np.array([[1.0, -2.0], [0.5, 0.0]], "f4"), None, np.zeros(2), 0.1)
    assert params.axis is None
    assert params.scale.tolist() == [np.float32(2 / 127)]
    assert steps.tolist() == [[64, -127], [32, 0]]


def test_the_scale_is_raised_where_the_bias_would_not_fit() -> None:
    filter_ = np.array([[1e-9, -1e-9], [1.0, 0.5]], "f4").reshape(2, 1, 1, 2)
    bias = np.array([-3.0, 3.0])
    steps, params, raised = quantize_filter(filter_, 0, bias, 0.1)
    whole, bias_params = quantize_bias(bias, 0.1, params)

    assert raised == 1
    assert steps[0].tolist() == [[[0, 0]]]
    assert steps[1].max() == 127
    assert whole[0] == pytest.approx(-(2**30), rel=1e-6)
    assert whole * bias_params.scale.astype(float) == pytest.approx(bias, rel=1e-5)


def test_the_one_scale_of_a_filter_is_raised_too() -> None:
    _, params, raised = quantize_filter(np.full((2, 2), 1e-9, "f4"), None, np.array([0.0, 4.0]), 0.1)
    assert raised == 1
    assert quantize_bias(np.array([0.0, 4.0]), 0.1, params)[0][1] == pytest.approx(2**30, rel=1e-6)


@pytest.mark.parametrize("weight", [0.0, 1e-44, 1e-31])
def test_a_channel_that_does_nothing_has_a_scale_to_divide_by(weight: float) -> None:
    steps, params, _ = quantize_filter(np.full((1, 1, 1, 2), weight, "f4"), 0, np.zeros(1), 0.1)
    assert params.scale.tolist() == [1.0]
    assert steps.tolist() == [[[[0, 0]]]]


def test_a_bias_counts_products() -> None:
    _, filter_params, _ = quantize_filter(np.array([[[[1.27]]], [[[2.54]]]], "f4"), 0, np.zeros(2), 0.5)
    whole, params = quantize_bias(np.array([0.1, -0.1]), 0.5, filter_params)
    assert whole.dtype == np.int32
    assert whole.tolist() == [20, -10]
    assert params.scale == pytest.approx([0.005, 0.01])
    assert params.axis == 0


def test_a_bias_that_does_not_fit_ends_at_the_edge_of_int32() -> None:
    _, filter_params, _ = quantize_filter(np.full((2, 1, 1, 1), 1e-6, "f4"), 0, np.zeros(2), 0.1)
    assert quantize_bias(np.array([9.0, -9.0]), 0.1, filter_params)[0].tolist() == [2**31 - 1, 1 - 2**31]
