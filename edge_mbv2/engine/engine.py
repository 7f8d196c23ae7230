"""The front door: a ``.tflite`` model in, an engine that runs it out."""

from __future__ import annotations

import contextlib
import logging
import os
import platform
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from edge_mbv2.engine.blas import use_one_thread
from edge_mbv2.engine.caches import largest_cache_bytes
from edge_mbv2.engine.ir import Contract, Graph, Softmax
from edge_mbv2.engine.passes import FUSIONS, REQUIRED, rewrite
from edge_mbv2.engine.plan import Limits, make_plan
from edge_mbv2.engine.tflite import activation_limit_bytes, read_graph
from edge_mbv2.engine.workers import WorkerLost, Workers
from edge_mbv2.errors import EngineError, ModelFormatError, UnsupportedOpError
from edge_mbv2.tensor import TensorSpec

_log = logging.getLogger(__name__)

_ARM = ("aarch64", "arm64", "armv6l", "armv7l", "armv8l")


class Engine:
    """A loaded model; one thread at a time uses it.

    Attributes:
        inputs: the model's inputs, in its order.
        outputs: the model's outputs, in its order.
        plan: what is run: graph, arena map, scratch.
        workers: how many processes share the work now.
    """

    def __init__(self, graph: Graph, contract: Contract, limits: Limits, workers: int = 1) -> None:
        self._graph, self._contract, self._limits = graph, contract, limits
        self.inputs: tuple[TensorSpec, ...] = tuple(graph.tensors[i].spec for i in graph.inputs)
        self.outputs: tuple[TensorSpec, ...] = tuple(graph.tensors[i].spec for i in graph.outputs)
        self._workers: Workers | None = None
        self._prepare(workers)

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
        try:
            # What is infinite or not a number in floats comes out as such.
            with np.errstate(over="ignore", invalid="ignore"):
                if self._workers is None:
                    for step in self._steps:
                        step()
                else:
                    self._workers.run()
        except WorkerLost:
            _log.warning("a worker process of the NumPy engine ended; going on with one")
            self.close()
            self._prepare(1)
            return self.run(*tensors)
        return self.plan.outputs

    def close(self) -> None:
        """End the workers; may be called twice."""
        if self._workers is not None:
            self._workers.close()
        self._workers = None

    def _prepare(self, workers: int) -> None:
        """Plan for ``workers``, or for one where the machine refuses more processes."""
        self.plan = make_plan(self._graph, self._contract, workers, self._limits)
        self.workers = workers
        if workers > 1:
            try:
                self._workers = Workers(self.plan, workers)
            except OSError as exc:
                _log.warning("no worker processes for the NumPy engine (%s); going on with one", exc.strerror)
                self._prepare(1)
                return
        self._steps = [step for stage in self.plan.stages for step in stage.steps[0]]


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
        workers: how many processes share the work, at most one for each core.
        max_activation_bytes: bound of arena and scratch together; None for the fastest.
        contract: whose rounding to reproduce; None for that of this machine's LiteRT.
        fuse: whether operators run fused where they can; the answer is the same.

    Raises:
        ModelFormatError: the file is missing or not a usable model.
        UnsupportedOpError: naming every operator that the engine does not have.
        EngineError: the activations can't be made small enough.
    """
    if workers < 1:
        raise EngineError(f"workers {workers}: expected at least 1")
    data = source if isinstance(source, bytes) else _read(Path(source))
    use_one_thread()
    with _named(source):
        graph = read_rewritten(data, fuse)
    limits = Limits(activation_limit_bytes(data), max_activation_bytes, largest_cache_bytes())
    cores = len(os.sched_getaffinity(0))
    return Engine(graph, contract or machine_contract(graph), limits, min(workers, cores))


def read_rewritten(model: bytes | Path, fuse: bool = True) -> Graph:
    """Return the graph that is run: read, with constants folded and, if wanted, operators fused.

    Raises:
        ModelFormatError: the file can't be read or is no sound model.
        UnsupportedOpError: it needs operators that the engine does not have.
    """
    data = _read(model) if isinstance(model, Path) else model
    with _named(model):
        return rewrite(read_graph(data), REQUIRED | FUSIONS if fuse else REQUIRED)


def machine_contract(graph: Graph) -> Contract:
    """Return the rounding of LiteRT with XNNPACK on this machine, for this graph's type."""
    is_unsigned = any(graph.tensors[i].dtype == np.uint8 for i in _filters(graph))
    differs_on_arm = is_unsigned or any(isinstance(op, Softmax) for op in graph.ops)
    if differs_on_arm and platform.machine() in _ARM:
        return Contract.XNNPACK_RNDNU
    return Contract.XNNPACK_FP32


def _filters(graph: Graph) -> list[int]:
    return [i for op in graph.ops for i in op.inputs[1:] if graph.tensors[i].data is not None]


@contextlib.contextmanager
def _named(source: bytes | str | Path) -> Iterator[None]:
    """Put the file's name before what is wrong with it."""
    try:
        yield
    except (ModelFormatError, UnsupportedOpError) as exc:
        if isinstance(source, bytes):
            raise
        raise type(exc)(f"{source}: {exc}") from exc


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as exc:
        raise ModelFormatError(f"the model {path} can't be read ({exc.strerror}); check its path") from exc
