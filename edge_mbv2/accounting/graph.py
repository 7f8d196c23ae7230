"""Counts what each operator of a ``.tflite`` model costs: multiply-adds, parameters, bytes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edge_mbv2.engine import Graph, Plan, ir
from edge_mbv2.tensor import TensorSpec


@dataclass(frozen=True, slots=True)
class OpCount:
    """One operator and its cost.

    Attributes:
        name: the specification's, or that of fused ones.
        output: the tensor it makes (the first, if several).
        madds: multiply-adds of convolutions and fully connected layers, 0 for the rest.
        parameters: weights and biases it reads.
    """

    name: str
    output: TensorSpec
    madds: int
    parameters: int


@dataclass(frozen=True, slots=True)
class ArenaEntry:
    """Where a tensor lies in the arena, and from which operator to which.

    Attributes:
        name: the tensor's.
        offset_bytes: from the arena's start.
        size_bytes: as stored.
        first: position of the operator that makes it, -1 for inputs.
        last: position of the last that reads it.
    """

    name: str
    offset_bytes: int
    size_bytes: int
    first: int
    last: int


def count_ops(graph: Graph) -> list[OpCount]:
    """Return every operator's cost, in the order they run.

    Source: MobileNetV2 (arXiv:1801.04381), section 3.1, for what a multiply-add is.
    """
    return [
        OpCount(op.name, graph.tensors[op.outputs[0]].spec, _madds(graph, op), _parameters(graph, op))
        for op in graph.ops
    ]


def arena_map(plan: Plan) -> list[ArenaEntry]:
    """Return the arena's tensors, in the order they are made."""
    return [
        ArenaEntry(
            plan.graph.tensors[slot.tensor].name, slot.offset_bytes, slot.size_bytes, slot.first, slot.last
        )
        for slot in plan.slots
    ]


def _madds(graph: Graph, op: ir.Op) -> int:
    if isinstance(op, ir.FusedOp):
        return sum(_madds(graph, stage) for stage in op.stages)
    if not isinstance(op, (ir.Conv2D, ir.DepthwiseConv2D, ir.FullyConnected)):
        return 0
    weights = graph.tensors[op.inputs[1]].shape
    each = weights[1] * weights[2] if isinstance(op, ir.DepthwiseConv2D) else _size(weights[1:])
    return _size(graph.tensors[op.outputs[0]].shape) * each


def _parameters(graph: Graph, op: ir.Op) -> int:
    if not isinstance(op, (ir.Conv2D, ir.DepthwiseConv2D, ir.FullyConnected, ir.InvertedResidual)):
        return 0
    return sum(_size(graph.tensors[i].shape) for i in op.inputs[1:] if graph.tensors[i].data is not None)


def _size(shape: tuple[int, ...]) -> int:
    return int(np.prod(shape, dtype=np.int64))
