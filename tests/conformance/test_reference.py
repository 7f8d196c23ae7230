"""The reference twin equals LiteRT: with XNNPACK at every operator, without it on convolutions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

litert = pytest.importorskip("conformance.litert", exc_type=ImportError)

from ai_edge_litert.interpreter import OpResolverType  # noqa: E402
from conformance import order  # noqa: E402
from conformance.networks import random_network  # noqa: E402

from edge_mbv2 import engine  # noqa: E402
from edge_mbv2.engine import Contract, reference  # noqa: E402
from edge_mbv2.engine.ir import AveragePool2D, Conv2D, DepthwiseConv2D, Softmax  # noqa: E402
from edge_mbv2.engine.tflite import read_graph  # noqa: E402


@pytest.mark.parametrize("name", ["person_int8", "mobilenet_v2_1.0_224_quant"])
def test_the_reference_equals_litert(shared: Path, name: str) -> None:
    data = (shared / "models" / f"{name}.tflite").read_bytes()
    graph = read_graph(data)
    picture = np.random.default_rng(2).integers(0, 256, graph.tensors[graph.inputs[0]].shape, dtype=np.uint8)
    tensors = litert.op_outputs(graph)
    values = reference.run(graph, [picture], Contract.XNNPACK_FP32)
    for tensor, want in zip(tensors, litert.run(engine.expose(data, tensors), [picture]), strict=True):
        differing = np.count_nonzero(values[tensor] != want)
        assert differing == 0, f"{graph.tensors[tensor].name}: {differing} of {want.size}"


@pytest.mark.parametrize("name", ["person_int8", "mobilenet_v2_1.0_224_quant"])
def test_double_rounding_equals_litert_reference_kernels(shared: Path, name: str) -> None:
    data = (shared / "models" / f"{name}.tflite").read_bytes()
    graph = read_graph(data)
    picture = np.random.default_rng(2).integers(0, 256, graph.tensors[graph.inputs[0]].shape, dtype=np.uint8)
    tensors = litert.op_outputs(graph)
    exposed = engine.expose(data, tensors)
    truth = dict(zip(tensors, litert.run(exposed, [picture], OpResolverType.BUILTIN_REF), strict=True))
    checked = 0
    for op in graph.ops[:12]:
        if isinstance(op, (Conv2D, DepthwiseConv2D)):
            operator = reference.OPERATORS[type(op)]
            values = [truth.get(i, picture) if (d := graph.tensors[i].data) is None else d for i in op.inputs]
            made = graph.tensors[op.outputs[0]]
            got = operator(op, values, [graph.tensors[i] for i in op.inputs], made, Contract.BUILTIN_REF)
            np.testing.assert_array_equal(got, truth[op.outputs[0]])
            checked += 1
    assert checked >= 8


def test_float_networks_equal_litert_to_the_last_bit() -> None:
    """Up to the first pool or softmax, whose sums XNNPACK makes in another order; and so does the engine."""
    compared = 0
    for seed in range(120):
        data = random_network(seed)
        graph = read_graph(data)
        spec = graph.tensors[graph.inputs[0]]
        if spec.is_quantized:
            continue
        x = np.random.default_rng(seed).normal(size=spec.shape).astype(np.float32)
        values = reference.run(graph, [x], Contract.XNNPACK_FP32)
        tensors = litert.op_outputs(graph)
        exposed = engine.expose(data, tensors)
        truth = dict(zip(tensors, litert.run(exposed, [x]), strict=True))
        ours = dict(zip(tensors, engine.load(exposed, fuse=False).run(x), strict=True))
        for op in graph.ops:
            if isinstance(op, AveragePool2D | Softmax):
                break
            want = truth[op.outputs[0]]
            most = 0 if order.is_known() else 1e-5 * np.abs(want).max()
            for got in (values[op.outputs[0]], ours[op.outputs[0]]):
                assert np.abs(want - got).max() <= most, (seed, op.name)
            compared += want.size
        unfused, fused = ours[graph.outputs[0]], engine.load(data).run(x)[0]
        most = 0 if order.is_known() else 1e-5 * np.abs(unfused).max()
        assert np.abs(unfused - fused).max() <= most, seed
    assert compared > 1_000_000
