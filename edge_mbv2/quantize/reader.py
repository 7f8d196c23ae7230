"""Reads ``.tflite`` files."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np

from edge_mbv2.errors import ModelFormatError
from edge_mbv2.quantize.graph import Graph, Operator, Tensor
from edge_mbv2.quantize.schema import CUSTOM, DTYPES, IDENTIFIER, libraries
from edge_mbv2.tensor import QuantParams

_ABSENT = -1  # the index of an optional input that is not there


def load(data: bytes) -> Graph:
    """Read a model.

    Args:
        data: the whole file.

    Raises:
        ModelFormatError: it is not a ``.tflite`` file, is damaged, or has several subgraphs.
        EngineError: the ``[quantize]`` extra is not installed.
    """
    _, schema = libraries()
    if data[4:8] != IDENTIFIER:
        raise ModelFormatError(f"not a .tflite model: bytes 4-7 are {data[4:8]!r}, expected {IDENTIFIER!r}")
    try:
        model = schema.ModelT.InitFromPackedBuf(data)
        return _Reader(schema, model).graph()
    except (struct.error, IndexError, KeyError, TypeError, ValueError, AttributeError, OverflowError) as exc:
        raise ModelFormatError(f"the .tflite model is damaged ({exc}); fetch or build it again") from exc


def _indices(vector: Any) -> list[int]:
    return [] if vector is None else [int(index) for index in vector]


def _pick(tensors: list[Tensor], vector: Any) -> list[Tensor]:
    indices = _indices(vector)
    if any(index < 0 for index in indices):
        raise IndexError(f"a tensor is numbered {min(indices)}")
    return [tensors[index] for index in indices]


def _check_order(graph: Graph) -> None:
    known = set(graph.inputs)
    for op in graph.operators:
        _check_known([tensor for tensor in op.inputs if tensor is not None], known)
        known.update(op.outputs)
    _check_known(graph.outputs, known)


def _check_known(tensors: list[Tensor], known: set[Tensor]) -> None:
    for tensor in tensors:
        if not tensor.is_constant and tensor not in known:
            raise ValueError(f"nothing computes {tensor.name!r} before it is read")


def _constants(enumeration: type) -> dict[int, str]:
    return {value: name for name, value in vars(enumeration).items() if isinstance(value, int)}


class _Reader:
    """Turns the schema's objects into a `Graph`."""

    def __init__(self, schema: Any, model: Any) -> None:
        self._model = model
        self._type_names = _constants(schema.TensorType)
        self._kind_names = _constants(schema.BuiltinOperator)

    def graph(self) -> Graph:
        if len(self._model.subgraphs) != 1:
            raise ModelFormatError(
                f"the model has {len(self._model.subgraphs)} subgraphs; one with exactly one can be quantized"
            )
        subgraph = self._model.subgraphs[0]
        tensors = [self._tensor(tensor) for tensor in subgraph.tensors]
        operators = [self._operator(op, tensors) for op in subgraph.operators]
        graph = Graph(_pick(tensors, subgraph.inputs), _pick(tensors, subgraph.outputs), operators)
        _check_order(graph)
        return graph

    def _tensor(self, tensor: Any) -> Tensor:
        name, type_name = (tensor.name or b"").decode(), self._type_names[tensor.type]
        if type_name not in DTYPES:
            raise ModelFormatError(
                f"tensor {name!r} is of type {type_name}; only {', '.join(DTYPES)} can be read"
            )
        shape = () if tensor.shape is None else tuple(int(n) for n in tensor.shape)
        dtype = np.dtype(DTYPES[type_name])
        raw = self._model.buffers[tensor.buffer].data
        data = None
        if raw is not None and len(raw):
            data = np.frombuffer(np.asarray(raw, np.uint8).tobytes(), dtype).reshape(shape)
        return Tensor(name, shape, dtype, data, self._quantization(tensor.quantization))

    @staticmethod
    def _quantization(params: Any) -> QuantParams | None:
        if params is None or params.scale is None or not len(params.scale):
            return None
        axis = int(params.quantizedDimension) if len(params.scale) > 1 else None
        return QuantParams(np.asarray(params.scale, "f4"), np.asarray(params.zeroPoint, "i4"), axis)

    def _operator(self, op: Any, tensors: list[Tensor]) -> Operator:
        code = self._model.operatorCodes[op.opcodeIndex]
        kind = self._kind_names[max(code.builtinCode, code.deprecatedBuiltinCode)]
        options = op.builtinOptions
        if kind == CUSTOM:
            kind = f"{CUSTOM}:{code.customCode.decode()}"
            options = None if op.customOptions is None else np.asarray(op.customOptions, np.uint8).tobytes()
        inputs = [None if i == _ABSENT else _pick(tensors, [i])[0] for i in _indices(op.inputs)]
        return Operator(kind, inputs, _pick(tensors, op.outputs), options, code.version)
