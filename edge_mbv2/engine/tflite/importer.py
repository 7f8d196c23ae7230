"""Turns the bytes of a ``.tflite`` file into a validated graph."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from edge_mbv2.engine.ir import Graph, Op, Tensor
from edge_mbv2.engine.tflite import schema
from edge_mbv2.engine.tflite.flatbuffer import Table
from edge_mbv2.engine.tflite.node import Node
from edge_mbv2.engine.tflite.operators import BUILTIN, CUSTOM
from edge_mbv2.engine.tflite.weighted import HYBRID
from edge_mbv2.errors import ModelFormatError, UnsupportedOpError
from edge_mbv2.tensor import QuantParams

_BASE_BYTES = 16 << 20
_BYTES_PER_FILE_BYTE = 64
_SCHEMA_VERSION = 3


def activation_limit_bytes(data: bytes) -> int:
    """Return how large the activations of a believable model of this file size may be."""
    return _BASE_BYTES + _BYTES_PER_FILE_BYTE * len(data)


def read_graph(data: bytes) -> Graph:
    """Read the first subgraph of a ``.tflite`` file.

    Args:
        data: the whole file; constants stay views of it.

    Returns:
        The graph, validated, its computed tensors' shapes inferred anew.

    Raises:
        ModelFormatError: it is not a TFLite file, is damaged, or contradicts itself.
        UnsupportedOpError: naming every operator that the engine does not have.

    Source: TensorFlow Lite schema (schema.fbs), version 3.
    """
    model, subgraph = _open(data)
    buffers = model.tables(4)
    tensors = [_tensor(table, buffers, data) for table in subgraph.tables(0)]
    inputs = _indices(subgraph, 1, len(tensors), "the graph's inputs")
    outputs = _indices(subgraph, 2, len(tensors), "the graph's outputs")
    for index in inputs:
        if tensors[index].data is not None:
            raise ModelFormatError(f"input {tensors[index].name!r} is a constant; convert the model again")
        _check_size(tensors[index], data)
    ops = _operators(model, subgraph, tensors, data)
    graph = Graph(tuple(tensors), ops, inputs, outputs)
    graph.validate()
    return graph


def _open(data: bytes) -> tuple[Table, Table]:
    if len(data) < 8 or data[4:8] != schema.IDENTIFIER:
        raise ModelFormatError(
            "this is not a .tflite file (no TFL3 mark at byte 4); give a TensorFlow Lite model"
        )
    model = Table.root(data)
    version = model.integer(0, "I")
    if version != _SCHEMA_VERSION:
        raise ModelFormatError(
            f"the model has schema version {version}; {_SCHEMA_VERSION} is what is understood"
        )
    subgraphs = model.tables(2)
    if not subgraphs:
        raise ModelFormatError("the model has no graph; convert it again")
    return model, subgraphs[0]


def _tensor(table: Table, buffers: list[Table], data: bytes) -> Tensor:
    name = table.text(3)
    number = table.integer(1, "b")
    shape = tuple(int(n) for n in table.vector(0, "i4"))
    if any(n < 0 for n in shape) or len(shape) > 8:
        raise ModelFormatError(f"tensor {name!r} has the impossible shape {shape}")
    dtype = schema.DTYPES.get(number)
    if dtype is None:
        raise UnsupportedOpError(
            f"tensor {name!r} is {schema.type_name(number)}, which the NumPy engine does not have; use LiteRT"
        )
    if table.table(6) is not None:
        raise UnsupportedOpError(
            f"tensor {name!r} is sparse, which the NumPy engine does not have; use LiteRT"
        )
    tensor = Tensor(name, shape, dtype, _quantization(table.table(4), name, shape))
    return replace(tensor, data=_constant(tensor, table.integer(2, "I"), buffers, data))


def _constant(tensor: Tensor, number: int, buffers: list[Table], data: bytes) -> np.ndarray | None:
    if number >= len(buffers):
        raise ModelFormatError(f"tensor {tensor.name!r} names buffer {number} of {len(buffers)}")
    content = buffers[number].vector(0, "u1")
    offset, size = buffers[number].integer(1, "Q"), buffers[number].integer(2, "Q")
    if offset > 1:
        if offset + size > len(data):
            raise ModelFormatError(
                f"the data of tensor {tensor.name!r} lies beyond the file's end; fetch it again"
            )
        content = np.frombuffer(data, np.uint8, size, offset)
    elements = int(np.prod(tensor.shape, dtype=np.float64))
    if content.size == 0 and not (elements == 0 and number != 0):
        return None
    if content.size != elements * tensor.dtype.itemsize:
        raise ModelFormatError(
            f"tensor {tensor.name!r} of shape {tensor.shape} and type {tensor.dtype} has {content.size} bytes"
        )
    return np.ndarray(tensor.shape, tensor.dtype.newbyteorder("<"), content)


def _quantization(table: Table | None, name: str, shape: tuple[int, ...]) -> QuantParams | None:
    if table is None:
        return None
    scale = table.vector(2, "f4")
    if scale.size == 0:
        return None
    zero_point = table.vector(3, "i8")
    if zero_point.size == 0:
        zero_point = np.zeros(scale.size, np.int64)
    axis = table.integer(6, "i")
    if not (np.isfinite(scale).all() and (scale >= 0).all()) or zero_point.size not in (1, scale.size):
        raise ModelFormatError(
            f"tensor {name!r} has quantization parameters that make no sense; convert it again"
        )
    if np.abs(zero_point).max() >= 1 << 31:
        raise ModelFormatError(f"tensor {name!r} has a zero point beyond 32 bits; convert it again")
    if scale.size > 1 and not (0 <= axis < len(shape) and shape[axis] == scale.size):
        raise ModelFormatError(f"tensor {name!r} of shape {shape} has {scale.size} scales for axis {axis}")
    zero_points = np.broadcast_to(zero_point.astype(np.int32), scale.shape)
    return QuantParams(scale, zero_points, axis if scale.size > 1 else None)


def _indices(table: Table, field: int, limit: int, what: str) -> tuple[int, ...]:
    numbers = tuple(int(i) for i in table.vector(field, "i4"))
    if not numbers and field == 2:
        raise ModelFormatError(f"{what} are empty; convert the model again")
    if any(not 0 <= i < limit for i in numbers):
        raise ModelFormatError(f"{what} name tensors {numbers}, but there are {limit}; the model is damaged")
    return numbers


def _operators(model: Table, subgraph: Table, tensors: list[Tensor], data: bytes) -> tuple[Op, ...]:
    codes = model.tables(1)
    ops: list[Op] = []
    unsupported: list[str] = []
    for table in subgraph.tables(3):
        number = table.integer(0, "I")
        if number >= len(codes):
            raise ModelFormatError(f"an operator has code {number} of {len(codes)}; the model is damaged")
        builtin = max(codes[number].integer(0, "b"), codes[number].integer(3, "i"))
        name = codes[number].text(1) if builtin == schema.CUSTOM else schema.operator_name(builtin)
        convert = CUSTOM.get(name) if builtin == schema.CUSTOM else BUILTIN.get(name)
        node = _node(name, table, tensors)
        if convert is None:
            unsupported.append(f"{name} (makes {node.label})")
            continue
        try:
            ops.append(convert(node))
        except UnsupportedOpError as exc:
            unsupported.append(str(exc))
            continue
        for output in node.outputs:
            _check_size(tensors[output], data)
    if unsupported:
        hint = "Use the LiteRT engine for it"
        if any(HYBRID in each for each in unsupported):
            hint += ", or convert the model again with a representative dataset"
        raise UnsupportedOpError(
            f"the NumPy engine does not have {len(unsupported)} operator(s) of this model: "
            f"{'; '.join(unsupported)}. {hint}"
        )
    return tuple(ops)


def _node(name: str, table: Table, tensors: list[Tensor]) -> Node:
    inputs = tuple(int(i) for i in table.vector(1, "i4"))
    if any(not -1 <= i < len(tensors) for i in inputs):
        raise ModelFormatError(
            f"{name} reads tensors {inputs}, but there are {len(tensors)}; the model is damaged"
        )
    outputs = _indices(table, 2, len(tensors), f"{name}'s outputs")
    return Node(name, inputs, outputs, tensors, table.table(4), table.vector(5, "u1").tobytes())


def _check_size(tensor: Tensor, data: bytes) -> None:
    limit = activation_limit_bytes(data)
    elements = float(np.prod(tensor.shape, dtype=np.float64))
    if not 0 < elements * tensor.dtype.itemsize <= limit:
        raise ModelFormatError(
            f"tensor {tensor.name!r} has shape {tensor.shape}; each dimension must be at least 1 and the "
            f"whole at most {limit >> 20} MiB for a file of this size"
        )
