"""Random networks: every operator's output equals LiteRT's with XNNPACK, fused or not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

litert = pytest.importorskip("conformance.litert", exc_type=ImportError)

from conformance.networks import branching_network, random_network  # noqa: E402
from conformance.test_operators import assert_same  # noqa: E402

from edge_mbv2 import engine  # noqa: E402
from edge_mbv2.engine.tflite import read_graph  # noqa: E402


@pytest.mark.parametrize(
    ("make", "seed"),
    [*((random_network, seed) for seed in range(60)), *((branching_network, seed) for seed in range(20))],
)
def test_a_random_network_equals_litert(make: Callable[[int], bytes], seed: int) -> None:
    data = make(seed)
    graph = read_graph(data)
    tensors = litert.op_outputs(graph)
    exposed = engine.expose(data, tensors)
    spec = graph.tensors[graph.inputs[0]]
    rng = np.random.default_rng(seed)
    if spec.is_quantized:
        x = rng.integers(np.iinfo(spec.dtype).min, np.iinfo(spec.dtype).max + 1, spec.shape).astype(
            spec.dtype
        )
    else:
        x = rng.normal(size=spec.shape).astype(np.float32)
    expected = litert.run(exposed, [x])
    for want, got in zip(expected, engine.load(exposed, fuse=False).run(x), strict=True):
        assert_same(want, got)
    final = [expected[tensors.index(output)] for output in graph.outputs]
    fused = engine.load(data)
    size = fused.plan.arena_bytes + fused.plan.scratch_bytes * 9 // 10
    for striped in (fused, engine.load(data, max_activation_bytes=size)):
        for want, got in zip(final, striped.run(x), strict=True):
            assert_same(want, got)
