"""Reads and writes ``.tflite`` files; the only place that knows the schema and flatbuffers."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np

from edge_mbv2.errors import EngineError, ModelFormatError
from edge_mbv2.quantize.graph import Graph, Operator, Tensor
from edge_mbv2.tensor import QuantParams

_IDENTIFIER = b"TFL3"
_SCHEMA_VERSION = 3
_ALIGNMENT_BYTES = 16  # the schema demands it of constants, its Python writer does not provide it
_DTYPES = {
    "FLOAT32": "f4",
    "FLOAT16": "f2",
    "INT32": "i4",
    "INT64": "i8",
    "INT8": "i1",
    "UINT8": "u1",
    "BOOL": "?",
}
_CUSTOM = "CUSTOM"


def load(data: bytes) -> Graph:
    """Read a model.

    Args:
        data: the whole file.

    Raises:
        ModelFormatError: it is not a ``.tflite`` file, is damaged, or has several subgraphs.
        EngineError: the ``[quantize]`` extra is not installed.
    """
    schema = _schema()
    if data[4:8] != _IDENTIFIER:
        raise ModelFormatError(f"not a .tflite model: bytes 4-7 are {data[4:8]!r}, expected {_IDENTIFIER!r}")
    try:
        model = schema.ModelT.InitFromPackedBuf(data)
        return _Reader(schema, model).graph()
    except (struct.error, IndexError, KeyError, TypeError, ValueError, AttributeError, OverflowError) as exc:
        raise ModelFormatError(f"the .tflite model is damaged ({exc}); fetch or build it again") from exc


def dump(graph: Graph, description: str = "") -> bytes:
    """Write a model with a ``serving_default`` signature named after its inputs and outputs.

    The same graph gives the same bytes.
    """
    import flatbuffers

    schema = _schema()

    class AlignedBuilder(flatbuffers.Builder):  # type: ignore[misc]
        """Puts every vector of bytes where a runtime may map it as tensor data."""

        def StartVector(self, elemSize: int, numElems: int, alignment: int) -> Any:
            alignment = _ALIGNMENT_BYTES if elemSize == 1 else alignment
            return super().StartVector(elemSize, numElems, alignment)

    builder = AlignedBuilder(1 << 20)
    builder.Finish(_Writer(schema).model(graph, description).Pack(builder), _IDENTIFIER)
    return bytes(builder.Output())


def _schema() -> Any:
    try:
        from ai_edge_litert import schema_py_generated
    except ImportError as exc:
        raise EngineError(
            "quantizing needs ai-edge-litert and flatbuffers; install them: pip install 'edge-mbv2[quantize]'"
        ) from exc
    return schema_py_generated


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
        inputs, outputs = ([tensors[i] for i in indices] for indices in (subgraph.inputs, subgraph.outputs))
        return Graph(inputs, outputs, operators)

    def _tensor(self, tensor: Any) -> Tensor:
        name, type_name = tensor.name.decode(), self._type_names[tensor.type]
        if type_name not in _DTYPES:
            raise ModelFormatError(
                f"tensor {name!r} is of type {type_name}; only {', '.join(_DTYPES)} can be read"
            )
        shape = () if tensor.shape is None else tuple(int(n) for n in tensor.shape)
        dtype = np.dtype(_DTYPES[type_name])
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
        if kind == _CUSTOM:
            kind = f"{_CUSTOM}:{code.customCode.decode()}"
        inputs = [None if i < 0 else tensors[i] for i in op.inputs]
        return Operator(kind, inputs, [tensors[i] for i in op.outputs], op.builtinOptions, code.version)


class _Writer:
    """Turns a `Graph` into the schema's objects."""

    def __init__(self, schema: Any) -> None:
        self._schema = schema
        self._buffers = [schema.BufferT()]  # by convention the first is the empty one
        self._codes: dict[tuple[str, int], int] = {}

    def model(self, graph: Graph, description: str) -> Any:
        tensors = list(graph.tensors())
        index = {tensor: i for i, tensor in enumerate(tensors)}
        subgraph = self._schema.SubGraphT()
        subgraph.name = "main"
        subgraph.tensors = [self._tensor(tensor) for tensor in tensors]
        subgraph.inputs = [index[tensor] for tensor in graph.inputs]
        subgraph.outputs = [index[tensor] for tensor in graph.outputs]
        subgraph.operators = [self._operator(op, index) for op in graph.operators]
        model = self._schema.ModelT()
        model.version = _SCHEMA_VERSION
        model.description = description
        model.subgraphs = [subgraph]
        model.operatorCodes = [self._code(kind, version) for kind, version in self._codes]
        model.buffers = self._buffers
        model.signatureDefs = [self._signature(graph, index)]
        return model

    def _tensor(self, tensor: Tensor) -> Any:
        written = self._schema.TensorT()
        written.name = tensor.name
        written.shape = np.asarray(tensor.shape, np.int32)
        type_name = next(name for name, code in _DTYPES.items() if np.dtype(code) == tensor.dtype)
        written.type = getattr(self._schema.TensorType, type_name)
        written.buffer = 0
        if tensor.data is not None:
            written.buffer = len(self._buffers)
            buffer = self._schema.BufferT()
            buffer.data = np.frombuffer(np.ascontiguousarray(tensor.data).tobytes(), np.uint8)
            self._buffers.append(buffer)
        if tensor.quantization is not None:
            params = self._schema.QuantizationParametersT()
            params.scale = np.asarray(tensor.quantization.scale, np.float32)
            params.zeroPoint = np.asarray(tensor.quantization.zero_point, np.int64)
            params.quantizedDimension = tensor.quantization.axis or 0
            written.quantization = params
        return written

    def _operator(self, op: Operator, index: dict[Tensor, int]) -> Any:
        written = self._schema.OperatorT()
        written.opcodeIndex = self._codes.setdefault((op.kind, op.version), len(self._codes))
        written.inputs = np.asarray([-1 if t is None else index[t] for t in op.inputs], np.int32)
        written.outputs = np.asarray([index[t] for t in op.outputs], np.int32)
        if op.options is not None:
            written.builtinOptions = op.options
            options_name = type(op.options).__name__.removesuffix("T")
            written.builtinOptionsType = getattr(self._schema.BuiltinOptions, options_name)
        return written

    def _code(self, kind: str, version: int) -> Any:
        code = self._schema.OperatorCodeT()
        code.version = version
        kind, _, custom = kind.partition(":")
        code.builtinCode = getattr(self._schema.BuiltinOperator, kind)
        code.deprecatedBuiltinCode = min(code.builtinCode, 127)
        code.customCode = custom or None
        return code

    def _signature(self, graph: Graph, index: dict[Tensor, int]) -> Any:
        signature = self._schema.SignatureDefT()
        signature.signatureKey = "serving_default"
        signature.subgraphIndex = 0
        signature.inputs = [self._named(tensor, index) for tensor in graph.inputs]
        signature.outputs = [self._named(tensor, index) for tensor in graph.outputs]
        return signature

    def _named(self, tensor: Tensor, index: dict[Tensor, int]) -> Any:
        named = self._schema.TensorMapT()
        named.name = tensor.name
        named.tensorIndex = index[tensor]
        return named
