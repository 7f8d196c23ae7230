"""Work divided among workers: whoever of them is first, the answer is one worker's."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("conformance.writer", exc_type=ImportError)

from conformance.networks import Network, branching_network, random_network
from conformance.writer import write

from edge_mbv2 import engine
from edge_mbv2.engine import ir
from edge_mbv2.engine.engine import machine_contract, read_rewritten
from edge_mbv2.engine.kernels import channel_shares
from edge_mbv2.engine.plan import Limits, Plan, make_plan, plan, schedule


def run(divided: Plan, x: np.ndarray, order: Sequence[int]) -> list[np.ndarray]:
    """Run a plan, each worker as far ahead of those behind it in ``order`` as its stages allow."""
    np.copyto(divided.inputs[0], x)
    finished = dict.fromkeys(order, 0)
    while min(finished.values()) < len(divided.stages):
        worker = next(worker for worker in order if may_start(divided, finished, worker))
        for step in divided.stages[finished[worker]].steps[worker]:
            step()
        finished[worker] += 1
    return [output.copy() for output in divided.outputs]


def may_start(divided: Plan, finished: dict[int, int], worker: int) -> bool:
    """Return whether a worker may do its part of its next stage."""
    if finished[worker] == len(divided.stages):
        return False
    stage = divided.stages[finished[worker]]
    return not stage.steps[worker] or min(finished.values()) >= stage.after


def network_and_picture(make: Callable[[int], bytes], seed: int) -> tuple[bytes, ir.Graph, np.ndarray]:
    data = make(seed)
    graph = read_rewritten(data)
    spec = graph.tensors[graph.inputs[0]]
    rng = np.random.default_rng(seed)
    if spec.is_quantized:
        return data, graph, rng.integers(0, 256, spec.shape).astype(np.uint8).view(spec.dtype)
    return data, graph, rng.normal(size=spec.shape).astype(spec.dtype)


def assert_same(got: np.ndarray, want: np.ndarray) -> None:
    if want.dtype == np.float32:  # a product with a single row sums in another order
        np.testing.assert_allclose(got, want, rtol=0, atol=1e-5 * np.abs(want).max())
    else:
        np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("workers", [2, 3])
@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("make", [random_network, branching_network])
def test_a_network_is_the_same_divided(
    make: Callable[[int], bytes], seed: int, workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channel_shares, "VECTOR", 1)
    _, graph, x = network_and_picture(make, seed)
    contract, limits = machine_contract(graph), Limits(1 << 30)
    want = run(make_plan(graph, contract, 1, limits), x, [0])
    for shared_work in (0, 100_000):
        monkeypatch.setattr(schedule, "_SHARED_WORK", shared_work)
        divided = make_plan(graph, contract, workers, limits)
        for order in permutations(range(workers)):
            for expected, got in zip(want, run(divided, x, order), strict=True):
                assert_same(got, expected)


@pytest.mark.parametrize("seed", range(4))
def test_processes_give_one_workers_answer(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2})
    monkeypatch.setattr(schedule, "_SHARED_WORK", 100_000)
    data, _, x = network_and_picture(branching_network, seed)
    want = [array.copy() for array in engine.load(data).run(x)]
    several = engine.load(data, workers=3)
    try:
        assert several.workers == 3
        for _ in range(20):
            for expected, got in zip(want, several.run(x), strict=True):
                assert_same(got, expected)
    finally:
        several.close()


@pytest.mark.parametrize("seed", range(10))
def test_two_workers_need_no_more_than_stripes_of_one_row(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "_SHARED_WORK", 0)
    _, graph, x = network_and_picture(branching_network, seed)
    contract = machine_contract(graph)
    with monkeypatch.context() as patch:
        patch.setattr(plan, "_STRIPE_FLOATS", (1,))
        patch.setattr(plan, "share_channels", lambda *_: ())
        least = make_plan(graph, contract, 2, Limits(1 << 30))
    want = run(least, x, [0, 1])
    limit = least.arena_bytes + 2 * least.scratch_bytes
    narrow = make_plan(graph, contract, 2, Limits(1 << 30, limit))
    assert narrow.arena_bytes + 2 * narrow.scratch_bytes <= limit
    for expected, got in zip(want, run(narrow, x, [1, 0]), strict=True):
        assert_same(got, expected)


@pytest.mark.parametrize("workers", [1, 2])
def test_stripes_fit_a_small_cache(shared: Path, workers: int) -> None:
    graph = read_rewritten(shared / "models" / "person_int8.tflite")
    contract = machine_contract(graph)
    x = np.random.default_rng(0).integers(0, 256, (1, 300, 300, 3)).astype(np.uint8)
    wide, narrow = (
        make_plan(graph, contract, workers, Limits(1 << 30, cache_bytes=size)) for size in (32 << 20, 1 << 20)
    )
    assert narrow.scratch_bytes < wide.scratch_bytes / 2
    for expected, got in zip(run(wide, x, range(workers)), run(narrow, x, range(workers)), strict=True):
        assert_same(got, expected)


def test_few_but_long_rows_need_no_more_memory_divided() -> None:
    net = Network(np.random.default_rng(0), "int8")
    first = net.tensor((1, 20, 900, 16))
    x = net.conv(net.conv(first, 32, 3, 1, 0), 32, 3, 1, 0)
    graph = read_rewritten(write(net.tensors, net.nodes, [first], [x]))
    contract, limits = machine_contract(graph), Limits(1 << 30)
    one, two = (make_plan(graph, contract, workers, limits) for workers in (1, 2))
    assert two.scratch_bytes <= one.scratch_bytes


def test_branches_go_to_different_workers_and_the_longest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "_SHARED_WORK", 1 << 40)
    _, graph, _ = network_and_picture(branching_network, 0)
    divided = make_plan(graph, machine_contract(graph), 2, Limits(1 << 30))
    busy = [[bool(steps) for steps in stage.steps] for stage in divided.stages]
    assert all(sum(workers) <= 1 for workers in busy)
    assert all(any(workers) for workers in zip(*busy, strict=True))
    readers = [op for op in divided.graph.ops if divided.graph.ops[0].outputs[0] in op.inputs]
    assert isinstance(readers[0], ir.InvertedResidual)
    assert len(readers) > 2


@pytest.mark.parametrize("shared", [("expand", "depthwise"), ("expand", "project"), ("depthwise", "project")])
def test_a_bias_of_two_stages_is_not_changed_for_one(shared: tuple[str, str]) -> None:
    for seed in range(20):
        net = Network(np.random.default_rng(seed), "int8")
        first = net.tensor((1, 9, 9, 16))
        wide = net.conv(first, 16, 1, 1, 3)
        x = net.conv(net.depthwise(wide, 3, 1, 1), 16, 1, 1, 0)
        stages = dict(zip(("expand", "depthwise", "project"), net.nodes, strict=True))
        stages[shared[1]].inputs[2] = stages[shared[0]].inputs[2]
        data = write(net.tensors, net.nodes, [first], [x])
        picture = np.random.default_rng(seed).integers(-128, 128, (1, 9, 9, 16)).astype(np.int8)
        want = engine.load(data, fuse=False).run(picture)
        np.testing.assert_array_equal(engine.load(data).run(picture)[0], want[0])
