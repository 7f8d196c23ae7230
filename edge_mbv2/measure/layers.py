"""One model on each engine with every operator's output in sight."""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from edge_mbv2 import engine, inference
from edge_mbv2.engine import reference
from edge_mbv2.tensor import TensorSpec

Values = Mapping[int, np.ndarray]
"""By the tensor's number in `Layers.graph`; an engine's own arrays, which hold until its next run."""

Run = Callable[[np.ndarray], Values]


@dataclass(frozen=True, slots=True, eq=False)
class Layers:
    """A model that shows its inside.

    Attributes:
        graph: the operators as they stand in the file, none fused.
        tensors: what the operators make, in their order.
        data: the model with ``tensors`` as its outputs.
        on_numpy: runs it on the NumPy engine, unfused.
    """

    graph: engine.Graph
    tensors: tuple[int, ...]
    data: bytes
    on_numpy: Run

    @property
    def input(self) -> TensorSpec:
        """The model's input."""
        return self.graph.tensors[self.graph.inputs[0]].spec

    def title(self, tensor: int) -> str:
        """Return the operator that makes a tensor, its place in the file, and the tensor's name."""
        place, op = next((i, op) for i, op in enumerate(self.graph.ops) if tensor in op.outputs)
        # A converter that fuses operators strings all their names together.
        return f"{op.name} #{place} {self.graph.tensors[tensor].name.split(';')[0]!r}"


def load(path: Path) -> Layers:
    """Read a model.

    Raises:
        ModelFormatError: it is no sound model.
        UnsupportedOpError: it needs operators, or forms of them, that the NumPy engine does not have.
    """
    graph = engine.read_rewritten(path, fuse=False)
    tensors = tuple(tensor for op in graph.ops for tensor in op.outputs)
    data = engine.expose(path.read_bytes(), tensors)
    loaded = engine.load(data, fuse=False)
    return Layers(graph, tensors, data, lambda x: dict(zip(tensors, loaded.run(x), strict=True)))


def on_reference(layers: Layers) -> Run:
    """Open the model on the engine's slow twin; operators that it does not have are left out."""
    known = tuple(op for op in layers.graph.ops if type(op) in reference.OPERATORS)
    graph, contract = replace(layers.graph, ops=known), engine.machine_contract(layers.graph)
    return lambda tensor: reference.run(graph, [tensor], contract)


@contextmanager
def on_engine(name: str, layers: Layers) -> Iterator[Run]:
    """Open the model on one of `inference.BACKENDS`; tensors that share a name are left out.

    Raises:
        EngineError: the engine refuses the model.
    """
    names = [layers.graph.tensors[tensor].name for tensor in layers.tensors]
    single = {name: t for name, t in zip(names, layers.tensors, strict=True) if names.count(name) == 1}
    with _file(layers.data) as path:
        backend = inference.choose(name, path).backend
    try:
        yield lambda tensor: {single[n]: a for n, a in backend.invoke(tensor).items() if n in single}
    finally:
        backend.close()


def digests(layers: Layers, values: Values) -> tuple[str, ...]:
    """Return a checksum of each operator's output, in the operators' order."""
    return tuple(f"{zlib.crc32(np.ascontiguousarray(values[t]).data):08x}" for t in layers.tensors)


@contextmanager
def _file(data: bytes) -> Iterator[Path]:
    """Give ``data`` a path without writing to a card that wears out."""
    descriptor = os.memfd_create("model.tflite")
    try:
        with open(descriptor, "wb", closefd=False) as file:
            file.write(data)
        yield Path(f"/proc/self/fd/{descriptor}")
    finally:
        os.close(descriptor)
