"""Prepares every kernel of a graph and binds it to its place in the arena."""

from __future__ import annotations

import mmap
from dataclasses import dataclass

import numpy as np

from edge_mbv2.engine.ir import Contract, Graph, Tensor
from edge_mbv2.engine.ir.ops import FusedOp, Op
from edge_mbv2.engine.kernels import KERNELS, Kernel, Options, share_channels
from edge_mbv2.engine.plan.arena import Slot, arena_bytes, place, share_bytes
from edge_mbv2.engine.plan.schedule import Stage, is_shared, longest_first, schedule
from edge_mbv2.errors import EngineError, ModelFormatError

_STRIPE_FLOATS = (600_000, 450_000, 300_000, 200_000)
_WIDE_SCRATCH_BYTES = 3_300_000
"""Wide stripes save calls: a kernel takes the first with which it needs no more scratch, else the last."""

_CACHED_BYTES, _CACHED_STRIPE_FLOATS = 13, 80_000
"""Of the largest cache for each float of a stripe, which is made so narrow for it, but not narrower."""

_SMALLEST_STRIPE_FLOATS = 1


@dataclass(frozen=True, slots=True)
class Limits:
    """How much memory activations may take.

    Attributes:
        believable_bytes: what no honest model of the file's size exceeds.
        activation_bytes: what the caller allows for arena and scratch together; None for the fastest.
        cache_bytes: what the machine has for all workers' stripes.
    """

    believable_bytes: int
    activation_bytes: int | None = None
    cache_bytes: int = 32 << 20


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """A graph ready to run.

    Attributes:
        graph: what is run.
        slots: the arena map.
        arena_bytes: activations that live between operators.
        scratch_bytes: what one worker needs within an operator.
        stages: in order.
        inputs: arrays to fill before a run.
        outputs: arrays that hold the result after it.
    """

    graph: Graph
    slots: tuple[Slot, ...]
    arena_bytes: int
    scratch_bytes: int
    stages: tuple[Stage, ...]
    inputs: tuple[np.ndarray, ...]
    outputs: tuple[np.ndarray, ...]


def make_plan(graph: Graph, contract: Contract, workers: int, limits: Limits) -> Plan:
    """Prepare ``graph`` for ``workers``.

    Args:
        graph: validated, rewritten as wanted.
        contract: whose rounding is reproduced.
        workers: how many processes share the work.
        limits: smaller stripes are chosen to keep within them.

    Raises:
        ModelFormatError: the activations are beyond belief.
        EngineError: not even stripes of one row fit.
        UnsupportedOpError: an operator has a form without a kernel.
    """
    if workers > 1:
        graph = longest_first(graph)
    slots = place(graph)
    total = arena_bytes(slots)
    if total > limits.believable_bytes:
        raise _unbelievable(total, limits)
    cached = limits.cache_bytes // workers // _CACHED_BYTES
    widths = [min(width, max(cached, _CACHED_STRIPE_FLOATS)) for width in _STRIPE_FLOATS]
    options = Options(contract, widths[0])
    room = _WIDE_SCRATCH_BYTES
    if limits.activation_bytes is not None:
        room = min(room, (limits.activation_bytes - total) // workers)
    # Beyond float32 a scale's products become infinite, and what is infinite is clipped.
    with np.errstate(over="ignore", invalid="ignore"):
        kernels = [_prepare(graph, op, options, workers, room) for op in graph.ops]
    every = [kernel for parts in kernels for kernel in parts]
    scratch = _fit(every, widths, total, workers, limits.activation_bytes)
    if scratch > limits.believable_bytes:
        raise _unbelievable(scratch, limits)
    memory = np.frombuffer(mmap.mmap(-1, max(total + workers * scratch, 1)), np.uint8)
    arrays = _arrays(graph, slots, memory)
    areas = [memory[total + i * scratch : total + (i + 1) * scratch] for i in range(workers)]
    return Plan(
        graph,
        tuple(sorted(slots, key=lambda slot: slot.first)),
        total,
        scratch,
        schedule(graph, kernels, arrays, areas),
        tuple(arrays[i] for i in graph.inputs),
        tuple(arrays[i] for i in graph.outputs),
    )


def _unbelievable(needed: int, limits: Limits) -> ModelFormatError:
    return ModelFormatError(
        f"the model needs {needed} bytes for its activations; {limits.believable_bytes} is the most that is "
        "believed of a file of this size"
    )


def _prepare(graph: Graph, op: Op, options: Options, workers: int, room: int) -> tuple[Kernel, ...]:
    """Return the kernels that compute an operator, one after the other.

    Args:
        graph: the whole.
        op: the operator.
        options: contract and stripe.
        workers: how many may share it.
        room: bytes of scratch for each where they divide channels; stripes of rows can be narrowed later.
    """
    inputs = [graph.tensors[i] for i in op.inputs]
    outputs = [graph.tensors[i] for i in op.outputs]
    if isinstance(op, FusedOp):
        outputs += [graph.tensors[i] for i in op.between]
    if workers > 1 and is_shared(graph, op):
        kernels = share_channels(op, inputs, outputs, options, workers)
        if kernels and kernels[0].scratch_bytes <= room:
            return kernels
    return (KERNELS[type(op)](op, inputs, outputs, options),)


def _fit(kernels: list[Kernel], widths: list[int], arena: int, workers: int, limit: int | None) -> int:
    """Choose the widest stripes, in floats, that keep ``limit``; return the scratch bytes of one worker."""
    for kernel in kernels:
        for stripe in widths[1:]:
            if kernel.scratch_bytes > _WIDE_SCRATCH_BYTES:
                kernel.choose_stripe(stripe)
    stripe = widths[-1]
    while True:
        scratch = max((kernel.scratch_bytes for kernel in kernels), default=0)
        needed = arena + workers * scratch
        if limit is None or needed <= limit:
            return scratch
        if stripe <= _SMALLEST_STRIPE_FLOATS:
            raise EngineError(
                f"the model's activations need at least {needed} bytes with {workers} worker(s), more than "
                f"the {limit} allowed; allow more or use fewer workers"
            )
        stripe = max(stripe * 3 // 4, _SMALLEST_STRIPE_FLOATS)
        for kernel in kernels:
            if arena + workers * kernel.scratch_bytes > limit:
                kernel.choose_stripe(stripe)


def _arrays(graph: Graph, slots: list[Slot], memory: np.ndarray) -> dict[int, np.ndarray]:
    """Return every tensor of the graph that is stored as an array, constants included."""
    offsets = {slot.tensor: slot.offset_bytes for slot in slots}
    arrays = {i: np.asarray(t.data) for i, t in enumerate(graph.tensors) if t.data is not None}
    for i, owner in share_bytes(graph).items():
        tensor: Tensor = graph.tensors[i]
        arrays[i] = np.ndarray(tensor.shape, tensor.dtype, memory.data, offsets[owner])
    return arrays
