"""The front door: a ``.tflite`` model in, an engine that runs it out."""

from __future__ import annotations

import platform
from pathlib import Path

import numpy as np

from edge_mbv2.engine.ir import Contract, Graph
from edge_mbv2.engine.passes import FUSIONS, REQUIRED, rewrite
from edge_mbv2.engine.plan import Limits, Plan, make_plan
from edge_mbv2.engine.tflite import activation_limit_bytes, read_graph
from edge_mbv2.errors import EngineError, ModelFormatError
from edge_mbv2.tensor import TensorSpec

_ARM = ("aarch64", "arm64", "armv6l", "armv7l", "armv8l")


class Engine:
    """A loaded model; one thread at a time uses it.

    Attributes:
        inputs: the model's inputs, in its order.
        outputs: the model's outputs, in its order.
        plan: what is run: graph, arena map, scratch.
        workers: how many processes share the work.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        tensors = plan.graph.tensors
        self.inputs: tuple[TensorSpec, ...] = tuple(tensors[i].spec for i in plan.graph.inputs)
        self.outputs: tuple[TensorSpec, ...] = tuple(tensors[i].spec for i in plan.graph.outputs)
        self.workers = 1
        self._steps = [step for stage in plan.stages for step in stage.steps[0]]

    def run(self, *tensors: np.ndarray) -> tuple[np.ndarray, ...]:
        """Run the model once.

        Args:
            tensors: one for each of `inputs`, of its shape and dtype; copied.

        Returns:
            One array for each of `outputs`; they belong to the engine and hold until the next run.

        Raises:
            EngineError: a tensor is missing or has another form than the model's input.
        """
        if len(tensors) != len(self.inputs):
            raise EngineError(f"the model has {len(self.inputs)} input(s), but {len(tensors)} were given")
        for tensor, spec, place in zip(tensors, self.inputs, self.plan.inputs, strict=True):
            if tensor.shape != spec.shape or tensor.dtype != spec.dtype:
                raise EngineError(
                    f"input {spec.name!r} must be {spec.dtype} of shape {spec.shape}, "
                    f"not {tensor.dtype} of shape {tensor.shape}"
                )
            np.copyto(place, tensor)
        for step in self._steps:
            step()
        return self.plan.outputs

    def close(self) -> None:
        """End the workers; may be called twice."""


def load(
    source: bytes | str | Path,
    workers: int = 1,
    max_activation_bytes: int | None = None,
    contract: Contract | None = None,
    fuse: bool = True,
) -> Engine:
    """Load a model.

    Args:
        source: the file's path, or its bytes.
        workers: how many processes may share the work.
        max_activation_bytes: bound of arena and scratch together; None for the fastest.
        contract: whose rounding to reproduce; None for that of this machine's LiteRT.
        fuse: whether blocks run fused; the answer is the same.

    Raises:
        ModelFormatError: the file is missing or not a usable model.
        UnsupportedOpError: naming every operator that the engine does not have.
        EngineError: the activations can't be made small enough.
    """
    data = source if isinstance(source, bytes) else _read(Path(source))
    graph = read_rewritten(data, fuse)
    limits = Limits(activation_limit_bytes(data), max_activation_bytes)
    return Engine(make_plan(graph, contract or machine_contract(graph), 1, limits))


def read_rewritten(data: bytes, fuse: bool = True) -> Graph:
    """Return the graph that is run: read, with constants folded and blocks fused."""
    return rewrite(read_graph(data), REQUIRED | FUSIONS if fuse else REQUIRED)


def machine_contract(graph: Graph) -> Contract:
    """Return the rounding of LiteRT with XNNPACK on this machine, for this graph's type."""
    is_unsigned = any(tensor.dtype == np.uint8 for i in _filters(graph) for tensor in (graph.tensors[i],))
    if is_unsigned and platform.machine() in _ARM:
        return Contract.XNNPACK_RNDNU
    return Contract.XNNPACK_FP32


def _filters(graph: Graph) -> list[int]:
    return [i for op in graph.ops for i in op.inputs[1:] if graph.tensors[i].data is not None]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as exc:
        raise ModelFormatError(f"the model {path} can't be read ({exc.strerror}); check its path") from exc
