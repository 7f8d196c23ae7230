"""Work divided among workers: whoever of them is first, the answer is one worker's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import permutations

import numpy as np
import pytest
from conformance.networks import branching_network, random_network

from edge_mbv2.engine import ir
from edge_mbv2.engine.engine import machine_contract, read_rewritten
from edge_mbv2.engine.kernels import Options, Share, channel_shares
from edge_mbv2.engine.kernels.arg_max import ArgMaxKernel
from edge_mbv2.engine.plan import Limits, Plan, make_plan, schedule
from edge_mbv2.tensor import QuantParams


def run(plan: Plan, x: np.ndarray, order: Sequence[int]) -> list[np.ndarray]:
    """Run a plan, each worker as far ahead of those behind it in ``order`` as its stages allow."""
    np.copyto(plan.inputs[0], x)
    finished = dict.fromkeys(order, 0)
    while min(finished.values()) < len(plan.stages):
        worker = next(worker for worker in order if may_start(plan, finished, worker))
        for step in plan.stages[finished[worker]].steps[worker]:
            step()
        finished[worker] += 1
    return [output.copy() for output in plan.outputs]


def may_start(plan: Plan, finished: dict[int, int], worker: int) -> bool:
    """Return whether a worker may do its part of its next stage."""
    if finished[worker] == len(plan.stages):
        return False
    stage = plan.stages[finished[worker]]
    return not stage.steps[worker] or min(finished.values()) >= min(stage.after, finished[worker])


@pytest.mark.parametrize("workers", [2, 3])
@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("make", [random_network, branching_network])
def test_a_network_is_the_same_divided(
    make: Callable[[int], bytes], seed: int, workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "_SHARED_WORK", 0)
    monkeypatch.setattr(channel_shares, "_VECTOR", 1)
    graph = read_rewritten(make(seed))
    spec = graph.tensors[graph.inputs[0]]
    rng = np.random.default_rng(seed)
    x = rng.normal(size=spec.shape) if not spec.is_quantized else rng.integers(0, 256, spec.shape)
    x = x.astype(np.uint8 if spec.is_quantized else spec.dtype).view(spec.dtype)
    contract, limits = machine_contract(graph), Limits(1 << 30)
    want = run(make_plan(graph, contract, 1, limits), x, [0])
    divided = make_plan(graph, contract, workers, limits)
    assert any(all(stage.steps) for stage in divided.stages)
    for order in permutations(range(workers)):
        for expected, got in zip(want, run(divided, x, order), strict=True):
            if expected.dtype == np.float32:  # a product with a single row sums in another order
                np.testing.assert_allclose(got, expected, rtol=0, atol=1e-5 * np.abs(expected).max())
            else:
                np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "float32"])
@pytest.mark.parametrize("shape", [(1, 7, 9, 256), (1, 33, 140, 21), (3, 2), (2, 3, 4, 5, 300)])
def test_the_first_of_the_largest_is_found_in_parts(shape: tuple[int, ...], dtype: str) -> None:
    parameters = None if dtype == "float32" else QuantParams(np.ones(1, np.float32), np.zeros(1, np.int64), 0)
    tensor = ir.Tensor("x", shape, np.dtype(dtype), parameters, None)
    op = ir.ArgMax((0,), (1,), len(shape) - 1)
    kernel = ArgMaxKernel(op, [tensor], [], Options(ir.Contract.XNNPACK_FP32, 1))
    for most in (2, 256):
        x = np.random.default_rng(0).integers(0, most, shape).astype(np.uint8)
        x = x.astype(dtype) if dtype == "float32" else x.view(dtype)
        result = np.full(shape[:-1], -1, np.int32)
        shares = [Share(i, 3) for i in range(3)] if kernel.splits else [Share()]
        for share in shares:
            for step in kernel.bind([x], [result], [np.empty(kernel.scratch_bytes, np.uint8)] * 3, share):
                step()
        np.testing.assert_array_equal(result, np.argmax(x, axis=-1))
