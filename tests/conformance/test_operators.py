"""Single operators: the engine and the reference twin equal LiteRT with XNNPACK."""

from __future__ import annotations

import numpy as np
import pytest

litert = pytest.importorskip("conformance.litert", exc_type=ImportError)

from conformance.cases import Case, simple_cases, weighted_case  # noqa: E402
from conformance.writer import Node, T, write  # noqa: E402

from edge_mbv2 import engine  # noqa: E402
from edge_mbv2.engine import Contract, reference  # noqa: E402
from edge_mbv2.engine.tflite import read_graph  # noqa: E402
from edge_mbv2.errors import UnsupportedOpError  # noqa: E402

FLOAT_TOLERANCE = 1e-5
SIMPLE = [(dtype, case) for dtype in ("int8", "uint8") for case in simple_cases(dtype)]


def assert_same(want: np.ndarray, got: np.ndarray) -> None:
    assert want.shape == got.shape
    assert want.dtype == got.dtype
    if want.dtype == np.float32:
        assert np.abs(want - got).max() <= FLOAT_TOLERANCE * np.abs(want).max()
    else:
        differing = np.count_nonzero(want != got)
        assert differing == 0, f"{differing} of {want.size} differ"


def check(case: Case) -> None:
    values = case.values()
    want = litert.run(case.data, values)
    for expected, got in zip(want, engine.load(case.data).run(*values), strict=True):
        assert_same(expected, got)
    graph = read_graph(case.data)
    twin = reference.run(graph, values, Contract.XNNPACK_FP32)
    for expected, tensor in zip(want, graph.outputs, strict=True):
        assert_same(expected, twin[tensor])


@pytest.mark.parametrize(("dtype", "case"), SIMPLE, ids=[f"{dtype}-{case.name}" for dtype, case in SIMPLE])
def test_operators_without_weights(dtype: str, case: Case) -> None:
    check(case)


@pytest.mark.parametrize("seed", range(120))
def test_operators_with_weights(seed: int) -> None:
    check(weighted_case(seed))


def test_float16_weights() -> None:
    rng = np.random.default_rng(0)
    weights, bias = rng.normal(size=(16, 3, 3, 8)), rng.normal(size=16)
    tensors = [
        T((1, 9, 9, 8), "float32"),
        T(weights.shape, "float16", data=weights),
        T(weights.shape, "float32"),
        T(bias.shape, "float16", data=bias),
        T(bias.shape, "float32"),
        T((1, 9, 9, 16), "float32"),
    ]
    options = {"padding": 0, "strideW": 1, "strideH": 1, "dilationWFactor": 1, "dilationHFactor": 1}
    nodes = [Node("DEQUANTIZE", [1], [2]), Node("DEQUANTIZE", [3], [4])]
    data = write(tensors, [*nodes, Node("CONV_2D", [0, 2, 4], [5], options)], [0], [5])
    x = rng.normal(size=(1, 9, 9, 8)).astype(np.float32)
    (want,) = litert.run(data, [x])
    assert_same(want, engine.load(data).run(x)[0])
    filters, biases, got = engine.load(engine.expose(data, [2, 4, 5])).run(x)
    assert_same(want, got)
    np.testing.assert_array_equal(filters, weights.astype(np.float16))
    np.testing.assert_array_equal(biases, bias.astype(np.float16))


def test_weights_that_were_quantized_alone_are_refused_with_a_way_out() -> None:
    weights = np.random.default_rng(0).integers(-127, 128, (2, 1, 1, 4))
    tensors = [
        T((1, 8, 8, 4), "float32"),
        T(weights.shape, "int8", 0.01, 0, weights),
        T((1, 8, 8, 2), "float32"),
    ]
    options = {"padding": 0, "strideW": 1, "strideH": 1, "dilationWFactor": 1, "dilationHFactor": 1}
    data = write(tensors, [Node("CONV_2D", [0, 1], [2], options)], [0], [2])
    told = r"CONV_2D \(makes 't2'\) with float32 input and 8-bit filter\. .* with a representative dataset"
    with pytest.raises(UnsupportedOpError, match=told):
        engine.load(data)


@pytest.mark.parametrize("value", [np.nan, np.inf, 3e38])
def test_what_is_no_number_is_taken_as_litert_takes_it(value: float) -> None:
    random = np.random.default_rng(0)
    window = {"padding": 1, "strideW": 1, "strideH": 1, "dilationWFactor": 1, "dilationHFactor": 1}
    tensors = [
        T((1, 9, 9, 40), "float32"),
        T((1, 3, 3, 40), "float32", data=random.normal(size=(1, 3, 3, 40))),
        T((40,), "float32", data=random.normal(size=40)),
        T((1, 7, 7, 40), "float32"),
        T((20, 3, 3, 40), "float32", data=random.normal(size=(20, 3, 3, 40))),
        T((20,), "float32", data=random.normal(size=20)),
        T((1, 5, 5, 20), "float32"),
    ]
    nodes = [
        Node("DEPTHWISE_CONV_2D", [0, 1, 2], [3], {**window, "depthMultiplier": 1}),
        Node("CONV_2D", [3, 4, 5], [6], window),
    ]
    data = write(tensors, nodes, [0], [6])
    x = random.normal(size=(1, 9, 9, 40)).astype(np.float32)
    x[0, 0, 0] = value
    (want,), (got,) = litert.run(data, [x]), engine.load(data).run(x)
    assert 0 < np.isfinite(want).sum() < want.size
    assert np.array_equal(np.isfinite(want), np.isfinite(got))


@pytest.mark.parametrize("size", [[4, 5], [8, 10]])
def test_infinity_is_resized_as_litert_does(size: list[int]) -> None:
    sizes = T((2,), "int32", data=np.array(size))
    tensors = [T((1, 4, 5, 3), "float32"), sizes, T((1, *size, 3), "float32")]
    data = write(tensors, [Node("RESIZE_BILINEAR", [0, 1], [2], {})], [0], [2])
    x = np.random.default_rng(0).normal(size=(1, 4, 5, 3)).astype(np.float32)
    x[0, 2, 2] = np.inf
    (want,), (got,) = litert.run(data, [x]), engine.load(data).run(x)
    assert np.isnan(want).any()
    np.testing.assert_array_equal(got, want)
