"""The engine's picture of a network: constant and computed tensors, operators in order."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from edge_mbv2.engine.ir.ops import Op
from edge_mbv2.errors import ModelFormatError
from edge_mbv2.tensor import QuantParams, TensorSpec


@dataclass(frozen=True, slots=True, eq=False)
class Tensor:
    """One value of the graph.

    Attributes:
        name: as in the model file; for people only, need not be unique.
        shape: all dimensions, each at least 1.
        dtype: NumPy's.
        quantization: None for float tensors and integers that stand for themselves.
        data: the value of a constant (read-only, may be a view of the file's bytes), else None.
    """

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype
    quantization: QuantParams | None = None
    data: np.ndarray | None = None

    @property
    def is_quantized(self) -> bool:
        """Whether its values are 8-bit codes."""
        return self.dtype in (np.int8, np.uint8)

    @property
    def scale(self) -> np.float32:
        """The only scale of a per-tensor quantized tensor."""
        return np.float32(self._parameters().scale[0])

    @property
    def zero_point(self) -> int:
        """The only zero point of a per-tensor quantized tensor."""
        return int(self._parameters().zero_point[0])

    @property
    def nbytes(self) -> int:
        """Bytes one value of it takes."""
        return int(np.prod(self.shape, dtype=np.int64)) * self.dtype.itemsize

    @property
    def spec(self) -> TensorSpec:
        """Its form, in the product's vocabulary."""
        return TensorSpec(self.name, self.shape, self.dtype, self.quantization)

    def _parameters(self) -> QuantParams:
        if self.quantization is None or self.quantization.scale.size != 1:
            raise ModelFormatError(
                f"tensor {self.name!r} ({self.dtype}) has no per-tensor scale; convert the model again"
            )
        return self.quantization


@dataclass(frozen=True, slots=True)
class Patch:
    """What a pass wants changed: the operators at ``remove`` give way to ``insert``.

    Attributes:
        remove: positions in ``Graph.ops``.
        insert: what takes the place of the last of them, in order.
        tensors: constants that ``insert`` needs, appended to the graph's tensors.
    """

    remove: tuple[int, ...]
    insert: tuple[Op, ...]
    tensors: tuple[Tensor, ...] = ()


@dataclass(frozen=True, slots=True)
class Graph:
    """A network, operators in an order in which they can run.

    Attributes:
        tensors: every value; operators name them by position.
        ops: topologically sorted.
        inputs: positions of the tensors the caller gives.
        outputs: positions of the tensors the caller gets.
    """

    tensors: tuple[Tensor, ...]
    ops: tuple[Op, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]

    def apply(self, patch: Patch) -> Graph:
        """Return the graph with ``patch`` made."""
        last = max(patch.remove)
        ops: list[Op] = []
        for position, op in enumerate(self.ops):
            if position == last:
                ops.extend(patch.insert)
            elif position not in patch.remove:
                ops.append(op)
        return replace(self, tensors=self.tensors + patch.tensors, ops=tuple(ops))

    def producers(self) -> dict[int, int]:
        """Return which operator (by position) makes each computed tensor."""
        return {tensor: position for position, op in enumerate(self.ops) for tensor in op.outputs}

    def consumers(self) -> dict[int, list[int]]:
        """Return which operators (by position) read each tensor."""
        readers: dict[int, list[int]] = {}
        for position, op in enumerate(self.ops):
            for tensor in set(op.inputs):
                readers.setdefault(tensor, []).append(position)
        return readers

    def only_reader(self, tensor: int, consumers: dict[int, list[int]]) -> int | None:
        """Return which operator reads a tensor that nobody else wants, or None.

        Args:
            tensor: its position.
            consumers: what `consumers` returned.
        """
        readers = consumers.get(tensor, [])
        return readers[0] if len(readers) == 1 and tensor not in self.outputs else None

    def validate(self) -> None:
        """Check that every tensor is known, made once and made before it is read.

        Raises:
            ModelFormatError: naming the operator and the tensor.
        """
        known = {i for i, tensor in enumerate(self.tensors) if tensor.data is not None}
        known.update(self.inputs)
        for position, op in enumerate(self.ops):
            for tensor in op.inputs:
                if not 0 <= tensor < len(self.tensors):
                    raise ModelFormatError(
                        f"{op.name} #{position} reads tensor {tensor}, which does not exist"
                    )
                if tensor not in known:
                    raise ModelFormatError(
                        f"{op.name} #{position} reads {self.tensors[tensor].name!r} before it is computed"
                    )
            for tensor in op.outputs:
                if not 0 <= tensor < len(self.tensors):
                    raise ModelFormatError(
                        f"{op.name} #{position} writes tensor {tensor}, which does not exist"
                    )
                if tensor in known:
                    raise ModelFormatError(
                        f"{op.name} #{position} writes {self.tensors[tensor].name!r}, which has a value"
                    )
                known.add(tensor)
        for tensor in self.outputs:
            if tensor not in known:
                raise ModelFormatError(f"output tensor {tensor} is never computed")
