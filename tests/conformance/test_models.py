"""Whole models: every operator's output equals LiteRT's with XNNPACK, fused or not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

litert = pytest.importorskip("conformance.litert", exc_type=ImportError)

from conformance.pictures import pictures  # noqa: E402

from edge_mbv2 import engine  # noqa: E402
from edge_mbv2.engine.tflite import read_graph  # noqa: E402

MODELS = [
    "mobilenet_v2_1.0_224_quant",
    "person_int8",
    "oidv4_int8",
    "deeplabv3_mnv2_pascal_quant",
]


@pytest.mark.parametrize("name", MODELS)
def test_every_operator_equals_litert(shared: Path, name: str) -> None:
    data = (shared / "models" / f"{name}.tflite").read_bytes()
    graph = read_graph(data)
    tensors = litert.op_outputs(graph)
    exposed = engine.expose(data, tensors)
    unfused, fused = engine.load(exposed, fuse=False), engine.load(data)
    assert len(fused.plan.stages) < len(unfused.plan.stages)
    for picture in pictures(unfused.inputs[0].shape)[:3]:
        expected = litert.run(exposed, [picture])
        for tensor, want, got in zip(tensors, expected, unfused.run(picture), strict=True):
            assert want.shape == got.shape, graph.tensors[tensor].name
            differing = np.count_nonzero(want != got)
            assert differing == 0, f"{graph.tensors[tensor].name}: {differing} of {want.size}"
        by_tensor = dict(zip(tensors, expected, strict=True))
        for tensor, got in zip(graph.outputs, fused.run(picture), strict=True):
            np.testing.assert_array_equal(got, by_tensor[tensor])


@pytest.mark.parametrize("name", MODELS)
def test_a_smaller_stripe_gives_the_same_answer(shared: Path, name: str) -> None:
    data = (shared / "models" / f"{name}.tflite").read_bytes()
    wide = engine.load(data)
    least = wide.plan.arena_bytes + wide.plan.scratch_bytes * 2 // 3
    narrow = engine.load(data, max_activation_bytes=least)
    assert narrow.plan.arena_bytes + narrow.plan.scratch_bytes <= least
    picture = pictures(wide.inputs[0].shape)[0]
    for want, got in zip(wide.run(picture), narrow.run(picture), strict=True):
        np.testing.assert_array_equal(got, want)
