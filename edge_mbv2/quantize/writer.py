"""Writes ``.tflite`` files."""

from __future__ import annotations

from typing import Any

import numpy as np

from edge_mbv2.quantize.graph import Graph, Operator, Tensor
from edge_mbv2.quantize.schema import DTYPES, IDENTIFIER, libraries

_SCHEMA_VERSION = 3
_ALIGNMENT_BYTES = 16  # the schema demands it of constants, its Python writer does not provide it


def dump(graph: Graph, description: str = "") -> bytes:
    """Write a model with a ``serving_default`` signature named after its inputs and outputs.

    The same graph gives the same bytes.

    Raises:
        EngineError: the ``[quantize]`` extra is not installed.
    """
    flatbuffers, schema = libraries()

    class AlignedBuilder(flatbuffers.Builder):  # type: ignore[misc, name-defined]
        """Puts every vector of bytes where a runtime may map it as tensor data."""

        def StartVector(self, elemSize: int, numElems: int, alignment: int) -> Any:
            alignment = _ALIGNMENT_BYTES if elemSize == 1 else alignment
            return super().StartVector(elemSize, numElems, alignment)

    builder = AlignedBuilder(1 << 20)
    builder.Finish(_Writer(schema).model(graph, description).Pack(builder), IDENTIFIER)
    return bytes(builder.Output())


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
        type_name = next(name for name, code in DTYPES.items() if np.dtype(code) == tensor.dtype)
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
        if isinstance(op.options, bytes):
            written.customOptions = np.frombuffer(op.options, np.uint8)
        elif op.options is not None:
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
