"""A ``.tflite`` model as plain objects: operators that point at their tensors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from edge_mbv2.tensor import QuantParams


@dataclass(slots=True, eq=False)
class Tensor:
    """A value of the graph; two tensors are the same only if they are the same object.

    Attributes:
        name: as the file has it.
        shape: all dimensions, the batch first (NHWC for feature maps, OHWI for filters).
        dtype: NumPy's.
        data: of ``shape`` and ``dtype`` for a constant, None for what is computed.
        quantization: None for float tensors and for integers that stand for themselves.
    """

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    data: np.ndarray | None = None
    quantization: QuantParams | None = None

    @property
    def is_constant(self) -> bool:
        return self.data is not None


@dataclass(slots=True, eq=False)
class Operator:
    """One operation.

    Attributes:
        kind: the builtin operator's name (``CONV_2D``), ``CUSTOM:<code>`` for a custom one.
        inputs: None where an optional input is absent.
        outputs: what it computes.
        options: the schema's options object, the bytes of a custom operator's, None where there are none.
        version: of the builtin operator.
    """

    kind: str
    inputs: list[Tensor | None]
    outputs: list[Tensor]
    options: Any = None
    version: int = 1


@dataclass(slots=True, eq=False)
class Graph:
    """A model with one subgraph; ``operators`` are in an order in which they can run."""

    inputs: list[Tensor]
    outputs: list[Tensor]
    operators: list[Operator] = field(default_factory=list)

    def tensors(self) -> Iterator[Tensor]:
        """Every tensor once: the inputs, then in the order in which operators name them."""
        seen: set[Tensor] = set()
        operands = (t for op in self.operators for t in (*op.inputs, *op.outputs) if t is not None)
        for tensor in (*self.inputs, *operands):
            if tensor not in seen:
                seen.add(tensor)
                yield tensor

    def activations(self) -> list[Tensor]:
        """The tensors that operators compute, in order."""
        return [tensor for op in self.operators for tensor in op.outputs]

    def producers(self) -> dict[Tensor, Operator]:
        """Which operator computes each activation."""
        return {tensor: op for op in self.operators for tensor in op.outputs}

    def consumers(self, tensor: Tensor) -> list[Operator]:
        """The operators that read ``tensor``."""
        return [op for op in self.operators if tensor in op.inputs]
