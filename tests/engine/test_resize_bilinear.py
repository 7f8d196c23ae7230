"""RESIZE_BILINEAR, alone and fused with ARG_MAX: what fuses, in which stripes, and who does which part."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("conformance.writer", exc_type=ImportError)

from conformance.writer import Node, T, write

from edge_mbv2 import engine
from edge_mbv2.engine import ir, reference
from edge_mbv2.engine.kernels import KERNELS, Kernel, Options, Share
from edge_mbv2.engine.passes import FUSIONS, rewrite
from edge_mbv2.engine.plan import Limits, make_plan
from edge_mbv2.engine.tflite import read_graph
from edge_mbv2.errors import ModelFormatError
from edge_mbv2.tensor import QuantParams

SIZES = [
    ((3, 5), (33, 65)),
    ((4, 3), (13, 10)),
    ((9, 8), (4, 5)),
    ((7, 6), (7, 6)),
    ((1, 1), (6, 2)),
    ((1, 6), (3, 96)),
]
CONTRACT = ir.Contract.XNNPACK_FP32


def tensor(name: str, shape: tuple[int, ...], dtype: str) -> ir.Tensor:
    parameters = QuantParams(np.ones(1, np.float32), np.zeros(1, np.int64), 0)
    return ir.Tensor(name, shape, np.dtype(dtype), parameters if dtype.endswith("int8") else None, None)


def assert_made(kernel: Kernel, image: np.ndarray, want: np.ndarray) -> None:
    """Make ``want`` in several stripes and parts; each part writes nothing but its rows."""
    row = want.shape[2] * image.shape[3]
    for stripe, parts in ((1, 1), (1 << 30, 1), (3 * row, 3 if kernel.splits else 1)):
        kernel.choose_stripe(stripe)
        scratches = [np.empty(kernel.scratch_bytes, np.uint8) for _ in range(parts)]
        for index in range(parts):
            share = Share(scratches, index)
            result = np.full_like(want, 77)
            for step in kernel.bind([image], [result], share):
                step()
            rows = share.of(want.shape[1])
            mine = slice(rows.start, rows.stop)
            np.testing.assert_array_equal(result[:, mine], want[:, mine])
            result[:, mine] = 77
            assert (result == 77).all()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("dtype", ["int8", "uint8"])
@pytest.mark.parametrize("channels", [1, 21, 256])
def test_stripes_and_parts(channels: int, dtype: str, size: tuple[tuple[int, int], tuple[int, int]]) -> None:
    small, large = size
    x = tensor("x", (2, *small, channels), dtype)
    picture, classes = (
        tensor("picture", (2, *large, channels), dtype),
        tensor("classes", (2, *large), "int32"),
    )
    for corners, centers in ((False, False), (True, False), (False, True)):
        resize = ir.ResizeBilinear((0,), (1,), corners, centers)
        fused = ir.ResizedArgMax((0,), (2,), resize, ir.ArgMax((1,), (2,), 3))
        for most in (2, 256):  # many that are equal, and every code
            image = (
                np.random.default_rng(most).integers(256 - most, 256, x.shape).astype(np.uint8).view(dtype)
            )
            values = reference.spatial.resize_bilinear(resize, [image], [x], picture, CONTRACT)
            alone = KERNELS[ir.ResizeBilinear](resize, [x], [picture], Options(CONTRACT, 1))
            assert_made(alone, image, values.astype(dtype))
            kernel = KERNELS[ir.ResizedArgMax](fused, [x], [classes, picture], Options(CONTRACT, 1))
            assert_made(kernel, image, values.argmax(axis=3).astype(np.int32))


def segmenter(
    dtype: str = "uint8",
    size: tuple[int, int] = (9, 13),
    channels: int = 21,
    axis: int = 3,
    also: tuple[Node, ...] = (),
    outputs: tuple[int, ...] = (4,),
) -> bytes:
    """Return a model that resizes 3x4 pixels and names the largest along an axis."""
    form = () if dtype == "float32" else (0.1, 3)
    shape = (1, *size, channels)
    tensors = [
        T((1, 3, 4, channels), dtype, *form),
        T((2,), "int32", data=np.array(size)),
        T(shape, dtype, *form),
        T((), "int32", data=np.array(axis)),
        T(shape[:axis] + shape[axis + 1 :], "int64"),
        T(shape, "float32"),
    ]
    resize = Node("RESIZE_BILINEAR", [0, 1], [2], {"alignCorners": True})
    arg_max = Node("ARG_MAX", [2, 3], [4], {"outputType": 4})
    return write(tensors, [resize, arg_max, *also], [0], list(outputs))


@pytest.mark.parametrize("channels", [1, 256])
def test_it_is_fused_and_the_picture_never_exists(channels: int) -> None:
    plan = engine.load(segmenter(channels=channels, size=(6, 13))).plan
    assert [op.name for op in plan.graph.ops] == ["RESIZED_ARG_MAX"]
    assert {slot.tensor for slot in plan.slots} == {*plan.graph.inputs, *plan.graph.outputs}


@pytest.mark.parametrize(
    "data",
    [
        segmenter(outputs=(4, 2)),
        segmenter(also=(Node("DEQUANTIZE", [2], [5], {}),), outputs=(4, 5)),
        segmenter(axis=2),
        segmenter(dtype="float32"),
        segmenter(channels=257),
        segmenter(size=(5, 13)),
    ],
    ids=["an output", "another reader", "another axis", "floats", "too many channels", "hardly larger"],
)
def test_what_stays_apart(data: bytes) -> None:
    graph = rewrite(read_graph(data), FUSIONS)
    assert [op.name for op in graph.ops][:2] == ["RESIZE_BILINEAR", "ARG_MAX"]


def test_much_work_is_shared() -> None:
    graph = rewrite(read_graph(segmenter(size=(300, 400))), FUSIONS)
    (stage,) = make_plan(graph, CONTRACT, 2, Limits(1 << 30)).stages
    assert all(stage.steps)


def test_wide_rows_take_no_more_memory_than_apart() -> None:
    data = segmenter(size=(6, 30_000))
    graphs = [rewrite(read_graph(data), passes) for passes in ({}, FUSIONS)]
    apart, fused = (make_plan(graph, CONTRACT, 1, Limits(1 << 30, cache_bytes=0)) for graph in graphs)
    assert fused.arena_bytes + fused.scratch_bytes < apart.arena_bytes + apart.scratch_bytes


@pytest.mark.parametrize("size", [(70_000, 1), (1, 70_000), (0, 4)])
def test_sizes_beyond_belief_are_refused(size: tuple[int, int]) -> None:
    with pytest.raises(ModelFormatError, match=r"RESIZE_BILINEAR \(makes 't2'\) to \[.*up to 65535"):
        engine.load(segmenter(size=size, channels=1))
