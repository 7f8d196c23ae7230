"""Which worker does what, and what it waits for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from edge_mbv2.engine.ir import Graph, Reshape
from edge_mbv2.engine.ir.ops import Op
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
    """Return the graph with its operators in the order of what follows on them, the most work first."""
    readers = graph.consumers()
    follows = [{reader for i in op.outputs for reader in readers.get(i, ())} for op in graph.ops]
    rest = [0] * len(graph.ops)
    for position in range(len(graph.ops) - 1, -1, -1):
        own = work(graph, graph.ops[position]) + _CALLS_WORK
        rest[position] = own + max((rest[reader] for reader in follows[position]), default=0)
    order = sorted(range(len(graph.ops)), key=lambda position: -rest[position])
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
    free, finished = [0] * len(scratches), [0]
    readers = 0
    for position, op in enumerate(graph.ops):
        inputs, outputs = [arrays[i] for i in op.inputs], [arrays[i] for i in op.outputs]
        for kernel in kernels[position]:
            after = max(_last_conflict(stages, op, arrays) + 1, readers)
            starts = [max(at, finished[after]) for at in free]
            steps: list[list[Step]] = [[] for _ in scratches]
            effort = work(graph, op) + _CALLS_WORK
            if isinstance(op, Reshape) and np.shares_memory(inputs[0], outputs[0]):
                end = finished[after]
            elif is_shared(graph, op) and kernel.splits:
                end = max(starts) + effort // len(scratches)
                free = [end] * len(scratches)
                for index in range(len(scratches)):
                    steps[index] = kernel.bind(inputs, outputs, scratches, Share(index, len(scratches)))
            else:
                index = starts.index(min(starts))
                end = free[index] = starts[index] + effort
                steps[index] = kernel.bind(inputs, outputs, scratches[index:], Share())
            finished.append(max(finished[-1], end))
            stages.append(Stage(op, tuple(steps), after))
        if len(kernels[position]) > 1:
            readers = len(stages)  # the second kernel reads other workers' scratch
    return tuple(stages)


def is_shared(graph: Graph, op: Op) -> bool:
    """Return whether an operator has so much work that all workers should share it."""
    return work(graph, op) >= _SHARED_WORK


def work(graph: Graph, op: Op) -> int:
    """Return how many products an operator makes, at least, or how many values it reads or writes."""
    constants = [graph.tensors[i] for i in op.inputs if graph.tensors[i].data is not None]
    filters = sum(int(np.prod(tensor.shape)) for tensor in constants if len(tensor.shape) == 4)
    products = filters * int(np.prod(graph.tensors[op.outputs[0]].shape[:-1]))
    return max(products, *(int(np.prod(graph.tensors[i].shape)) for i in (op.inputs[0], op.outputs[0])))


def _last_conflict(stages: Sequence[Stage], op: Op, arrays: dict[int, np.ndarray]) -> int:
    """Return which stage was the last to touch what an operator writes, or to write what it reads.

    Tensors that live at different times lie at the same place, so memory decides; -1 for none.
    """
    for number in range(len(stages) - 1, -1, -1):
        other = stages[number].op
        pairs = [(ours, theirs) for ours in op.outputs for theirs in (*other.inputs, *other.outputs)]
        pairs += [(ours, theirs) for ours in op.inputs for theirs in other.outputs]
        if any(np.may_share_memory(arrays[ours], arrays[theirs]) for ours, theirs in pairs):
            return number
    return -1
