"""Places tensors in one block of memory: two that live at the same time never overlap."""

from __future__ import annotations

from dataclasses import dataclass

from edge_mbv2.engine.ir import Graph, Reshape

_ALIGNMENT_BYTES = 64


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a tensor lies, and when.

    Attributes:
        tensor: its number; tensors that are the same bytes under other shapes share a slot.
        offset_bytes: from the arena's start, a multiple of 64.
        size_bytes: as stored.
        first: position of the operator that makes it, -1 for the graph's inputs.
        last: position of the last operator that reads it; one past the end for outputs.
    """

    tensor: int
    offset_bytes: int
    size_bytes: int
    first: int
    last: int


def share_bytes(graph: Graph) -> dict[int, int]:
    """Return, for every computed tensor, the tensor whose bytes it is (itself, but for RESHAPE)."""
    owner = {i: i for i in (*graph.inputs, *(t for op in graph.ops for t in op.outputs))}
    for op in graph.ops:
        if isinstance(op, Reshape) and op.inputs[0] in owner:
            owner[op.outputs[0]] = owner[op.inputs[0]]
    return owner


def place(graph: Graph) -> list[Slot]:
    """Return a slot for each tensor that needs memory, the largest placed first at the lowest free offset.

    Source: Pisarchyk and Lee, "Efficient memory management for deep neural net inference"
    (arXiv:2001.03288), greedy by size.
    """
    owner = share_bytes(graph)
    first: dict[int, int] = {}
    last: dict[int, int] = {}
    for i in graph.inputs:
        first[owner[i]], last[owner[i]] = -1, -1
    for position, op in enumerate(graph.ops):
        for i in op.outputs:
            first.setdefault(owner[i], position)
            last[owner[i]] = max(last.get(owner[i], position), position)
        for i in op.inputs:
            if i in owner:
                last[owner[i]] = position
    for i in graph.outputs:
        if i in owner:
            last[owner[i]] = len(graph.ops)
    placed: list[Slot] = []
    for i in sorted(first, key=lambda i: (-graph.tensors[i].nbytes, first[i])):
        size = graph.tensors[i].nbytes
        rivals = [slot for slot in placed if slot.first <= last[i] and first[i] <= slot.last]
        placed.append(Slot(i, _lowest_gap(rivals, size), size, first[i], last[i]))
    return placed


def arena_bytes(slots: list[Slot]) -> int:
    """Return how much memory the slots need in all."""
    return max((_aligned(slot.offset_bytes + slot.size_bytes) for slot in slots), default=0)


def _lowest_gap(rivals: list[Slot], size: int) -> int:
    offset = 0
    for slot in sorted(rivals, key=lambda slot: slot.offset_bytes):
        if slot.offset_bytes - offset >= size:
            break
        offset = max(offset, _aligned(slot.offset_bytes + slot.size_bytes))
    return offset


def _aligned(size: int) -> int:
    return -(-size // _ALIGNMENT_BYTES) * _ALIGNMENT_BYTES
