"""Which worker does what, and what it waits for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from edge_mbv2.engine.ir import Graph, Reshape
from edge_mbv2.engine.ir.ops import FusedOp, Op
from edge_mbv2.engine.kernels import Kernel, Share, Step

_SHARED_WORK = 2_500_000
"""With less, one worker is done before several have agreed."""

_CALLS_WORK = 1_000_000
"""How many products could be made while an operator's calls begin and end."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One operator's calls, or the first or second half of them.

    Attributes:
        op: the operator.
        steps: the calls of each worker, in order; empty lists for workers that have no part.
        after: how many of the first stages must be finished before this one starts.
    """

    op: Op
    steps: tuple[list[Step], ...]
    after: int


def longest_first(graph: Graph) -> Graph:
    """Return the graph with those operators first that begin the longest chains of work."""
    readers = graph.consumers()
    chains = [0] * len(graph.ops)
    for position in range(len(graph.ops) - 1, -1, -1):
        op = graph.ops[position]
        following = [chains[reader] for i in op.outputs for reader in readers.get(i, ())]
        chains[position] = _effort(graph, op) + max(following, default=0)
    order = sorted(range(len(graph.ops)), key=lambda position: -chains[position])
    return replace(graph, ops=tuple(graph.ops[position] for position in order))


def schedule(
    graph: Graph,
    kernels: Sequence[tuple[Kernel, ...]],
    arrays: dict[int, np.ndarray],
    scratches: Sequence[np.ndarray],
) -> tuple[Stage, ...]:
    """Share each operator with much work among all workers, give any other to the first that is free.

    Args:
        graph: what is run.
        kernels: for each operator those that compute it, one after the other.
        arrays: the tensors.
        scratches: one for each worker.
    """
    stages: list[Stage] = []
    timetable = _Timetable(len(scratches))
    ends = [0]  # how many stages the first operators have in all
    scratch_is_free = 0
    needs = _needs(graph, arrays) if len(scratches) > 1 else [*range(len(graph.ops))]
    for op, need, parts in zip(graph.ops, needs, kernels, strict=True):
        inputs, outputs = [arrays[i] for i in op.inputs], [arrays[i] for i in op.outputs]
        effort = _effort(graph, op) // len(parts)
        for number, kernel in enumerate(parts):
            after = max(ends[need], scratch_is_free) if number == 0 else len(stages)
            steps: list[list[Step]] = [[] for _ in scratches]
            if isinstance(op, Reshape) and np.shares_memory(inputs[0], outputs[0]):
                chosen = timetable.enter(after, 0, [])
            elif is_shared(graph, op) and kernel.splits:
                chosen = timetable.enter(after, effort, [*range(len(scratches))])
            else:
                chosen = timetable.enter(after, effort, [timetable.first_free(after)])
            mine = [scratches[worker] for worker in chosen]
            for index, worker in enumerate(chosen):
                steps[worker] = kernel.bind(inputs, outputs, Share(mine, index))
            stages.append(Stage(op, tuple(steps), after))
        ends.append(len(stages))
        if len(parts) > 1:
            scratch_is_free = len(stages)  # the second kernel reads what other workers left in theirs
    return tuple(stages)


def is_shared(graph: Graph, op: Op) -> bool:
    """Return whether an operator has so much work that all workers should share it."""
    return _work(graph, op) >= _SHARED_WORK


class _Timetable:
    """When workers are free and stages finished, counted in products."""

    def __init__(self, workers: int) -> None:
        self._free = [0] * workers
        self._finished = [0]

    def first_free(self, after: int) -> int:
        """Return the worker that can be the first to start a stage after so many others."""
        starts = [max(free, self._finished[after]) for free in self._free]
        return starts.index(min(starts))

    def enter(self, after: int, effort: int, workers: list[int]) -> list[int]:
        """Let workers be busy with the next stage; return them."""
        end = max([self._finished[after], *(self._free[worker] for worker in workers)])
        end += effort // max(len(workers), 1)
        for worker in workers:
            self._free[worker] = end
        self._finished.append(max(self._finished[-1], end))
        return workers


def _effort(graph: Graph, op: Op) -> int:
    return _work(graph, op) + _CALLS_WORK


def _work(graph: Graph, op: Op) -> int:
    """Return how many products an operator makes, at least, or how many values it reads, holds or writes."""
    constants = [graph.tensors[i] for i in op.inputs if graph.tensors[i].data is not None]
    filters = sum(int(np.prod(tensor.shape)) for tensor in constants if len(tensor.shape) == 4)
    products = filters * int(np.prod(graph.tensors[op.outputs[0]].shape[:-1]))
    between = op.between if isinstance(op, FusedOp) else ()
    values = (op.inputs[0], *between, op.outputs[0])
    return max(products, *(int(np.prod(graph.tensors[i].shape)) for i in values))


def _needs(graph: Graph, arrays: dict[int, np.ndarray]) -> list[int]:
    """Return for each operator how many of the first must be finished before it.

    The last of them touches what it writes, or writes what it reads. Tensors that live at different times lie
    at the same place, so memory decides.
    """
    touched = [
        (arrays[i].ctypes.data, arrays[i].ctypes.data + arrays[i].nbytes, i in op.outputs, position)
        for position, op in enumerate(graph.ops)
        for i in (*op.inputs, *op.outputs)
        if graph.tensors[i].data is None
    ]
    starts, stops, written, positions = np.array(touched, np.int64).reshape(-1, 4).T
    needs = []
    for position in range(len(graph.ops)):
        first, end = np.searchsorted(positions, [position, position + 1])
        need = 0
        for start, stop, is_written in zip(
            starts[first:end], stops[first:end], written[first:end], strict=True
        ):
            hits = (starts[:first] < stop) & (stops[:first] > start) & ((written[:first] | is_written) > 0)
            need = max(need, int(positions[:first][hits].max(initial=-1)) + 1)
        needs.append(need)
    return needs
