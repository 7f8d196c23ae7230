"""RESIZE_BILINEAR and ARG_MAX in one: what fuses, and that it changes nothing, whoever shares the work."""

from __future__ import annotations

import numpy as np
import pytest
from conformance.writer import Node, T, write

from edge_mbv2 import engine
from edge_mbv2.engine import ir, reference
from edge_mbv2.engine.kernels import Options, Share
from edge_mbv2.engine.kernels.resized_arg_max import ResizedArgMaxKernel
from edge_mbv2.engine.passes import FUSIONS, rewrite
from edge_mbv2.engine.tflite import read_graph
from edge_mbv2.tensor import QuantParams

SIZES = [((3, 5), (33, 65)), ((4, 3), (13, 10)), ((9, 8), (4, 5)), ((1, 1), (3, 2)), ((1, 6), (1, 96))]


def segmenter(
    dtype: str = "uint8", channels: int = 21, axis: int = 3, outputs: tuple[int, ...] = (4,)
) -> bytes:
    """Return a model that enlarges its input and names the largest."""
    form = () if dtype == "float32" else (0.1, 3)
    shape = (1, 9, 13, channels)
    tensors = [
        T((1, 3, 4, channels), dtype, *form),
        T((2,), "int32", data=np.array(shape[1:3])),
        T(shape, dtype, *form),
        T((), "int32", data=np.array(axis)),
        T(shape[:axis] + shape[axis + 1 :], "int64"),
    ]
    resize = Node("RESIZE_BILINEAR", [0, 1], [2], {"alignCorners": True})
    arg_max = Node("ARG_MAX", [2, 3], [4], {"outputType": 4})
    return write(tensors, [resize, arg_max], [0], list(outputs))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("dtype", ["int8", "uint8"])
@pytest.mark.parametrize("channels", [1, 21, 256])
def test_the_first_of_the_largest_is_found_in_stripes_and_parts(
    channels: int, dtype: str, size: tuple[tuple[int, int], tuple[int, int]]
) -> None:
    (height, width), (rows, columns) = size
    x = ir.Tensor(
        "x",
        (2, height, width, channels),
        np.dtype(dtype),
        QuantParams(np.ones(1, np.float32), np.zeros(1, np.int64), 0),
        None,
    )
    wide = ir.Tensor("wide", (2, rows, columns, channels), x.dtype, x.quantization, None)
    classes = ir.Tensor("classes", (2, rows, columns), np.dtype("int32"), None, None)
    for corners, centers in ((False, False), (True, False), (False, True)):
        resize = ir.ResizeBilinear((0,), (1,), corners, centers)
        op = ir.ResizedArgMax((0,), (2,), (1,), resize, ir.ArgMax((1,), (2,), 3))
        kernel = ResizedArgMaxKernel(op, [x], [classes, wide], Options(ir.Contract.XNNPACK_FP32, 1))
        for most in (2, 256):  # many that are equal, and every code
            image = (
                np.random.default_rng(most).integers(256 - most, 256, x.shape).astype(np.uint8).view(dtype)
            )
            want = reference.spatial.resize_bilinear(resize, [image], [x], wide, ir.Contract.XNNPACK_FP32)
            for stripe, parts in ((1, 1), (1 << 20, 1), (3 * columns * channels, 3)):
                kernel.choose_stripe(stripe)
                result = np.full(classes.shape, -1, np.int32)
                scratches = [np.empty(kernel.scratch_bytes, np.uint8) for _ in range(parts)]
                for index in range(parts):
                    for step in kernel.bind([image], [result], Share(scratches, index)):
                        step()
                np.testing.assert_array_equal(result, want.argmax(axis=3))


def test_it_is_fused_and_the_values_never_exist() -> None:
    loaded = engine.load(segmenter())
    assert [op.name for op in loaded.plan.graph.ops] == ["RESIZED_ARG_MAX"]
    assert {slot.tensor for slot in loaded.plan.slots} == {
        *loaded.plan.graph.inputs,
        *loaded.plan.graph.outputs,
    }


@pytest.mark.parametrize(
    "data",
    [
        segmenter(outputs=(4, 2)),
        segmenter(axis=1),
        segmenter(dtype="float32"),
        segmenter(channels=257),
    ],
    ids=["the picture is wanted", "another axis", "floats", "more channels than 8 bits tell apart"],
)
def test_what_stays_apart(data: bytes) -> None:
    graph = rewrite(read_graph(data), FUSIONS)
    assert [op.name for op in graph.ops] == ["RESIZE_BILINEAR", "ARG_MAX"]
