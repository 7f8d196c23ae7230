"""Scales that people choose: with them halves occur, and the bounds of activations fall between codes."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

litert = pytest.importorskip("conformance.litert", exc_type=ImportError)

from conformance.cases import make  # noqa: E402
from conformance.writer import T  # noqa: E402

from edge_mbv2 import engine  # noqa: E402
from edge_mbv2.engine import Contract, reference  # noqa: E402
from edge_mbv2.engine.tflite import read_graph  # noqa: E402

SCALES = [0.05, 0.1, 0.02, 1 / 255, 2 / 255, 6 / 255, 1 / 256, 0.25, 0.5, 0.8, 0.48, 2.4, 0.075]
ZEROS = {"int8": [(-48, -128), (0, 0), (-1, 3)], "uint8": [(80, 0), (128, 128), (127, 131)]}


def codes(dtype: str, shape: tuple[int, ...]) -> np.ndarray:
    low = int(np.iinfo(dtype).min)
    return np.resize(np.arange(low, low + 256), shape).astype(dtype)


def check(data: bytes, *tensors: np.ndarray) -> None:
    expected = litert.run(data, list(tensors))[0]
    np.testing.assert_array_equal(engine.load(data).run(*tensors)[0], expected)
    graph = read_graph(data)
    twin = reference.run(graph, list(tensors), Contract.XNNPACK_FP32)
    np.testing.assert_array_equal(twin[graph.outputs[0]], expected)


@pytest.mark.parametrize("dtype", ["int8", "uint8"])
@pytest.mark.parametrize("name", ["RELU", "RELU6", "RELU_N1_TO_1"])
def test_an_activation_alone(name: str, dtype: str) -> None:
    x = codes(dtype, (1, 16, 16, 1))
    for (before, after), (zero, out_zero) in itertools.product(
        itertools.product(SCALES, SCALES), ZEROS[dtype]
    ):
        tensors = [T(x.shape, dtype, before, zero), T(x.shape, dtype, after, out_zero)]
        check(make(name, name, tensors, [0]).data, x)


@pytest.mark.parametrize("dtype", ["int8", "uint8"])
@pytest.mark.parametrize("activation", [1, 2, 3])
def test_bounds_of_a_pool_and_of_a_sum(activation: int, dtype: str) -> None:
    x = codes(dtype, (1, 8, 8, 8))
    y = x[:, ::-1].copy()
    pool = {"filterHeight": 2, "filterWidth": 2, "strideW": 2, "strideH": 2, "padding": 1}
    for scale, (zero, out_zero) in itertools.product(SCALES, ZEROS[dtype]):
        out = T((1, 4, 4, 8), dtype, scale, out_zero)
        name = "AVERAGE_POOL_2D"
        tensors = [T(x.shape, dtype, scale, out_zero), out]
        check(make(name, name, tensors, [0], fusedActivationFunction=activation, **pool).data, x)
        tensors = [
            T(x.shape, dtype, 0.05, zero),
            T(x.shape, dtype, 0.1, zero),
            T(x.shape, dtype, scale, out_zero),
        ]
        check(make("ADD", "ADD", tensors, [0, 1], fusedActivationFunction=activation).data, x, y)


def test_uint8_parts_of_other_scales() -> None:
    x = codes("uint8", (1, 16, 16, 1))
    for (before, after), (zero, out_zero) in itertools.product(
        itertools.product(SCALES, SCALES), ZEROS["uint8"]
    ):
        tensors = [
            T(x.shape, "uint8", before, zero),
            T(x.shape, "uint8", after, out_zero),
            T((1, 16, 16, 2), "uint8", after, out_zero),
        ]
        check(
            make("CONCATENATION", "CONCATENATION", tensors, [0, 1], axis=3, fusedActivationFunction=0).data,
            x,
            x,
        )
