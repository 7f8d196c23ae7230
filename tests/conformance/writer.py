"""Writes ``.tflite`` files of one operator for the tests."""

from __future__ import annotations

from dataclasses import dataclass, field

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from flatbuffers import flexbuffers

_TYPES = {"float32": 0, "float16": 1, "int32": 2, "uint8": 3, "int64": 4, "int16": 7, "int8": 9}


@dataclass
class T:
    """A tensor: shape, type, perhaps scales, zero points and a constant value."""

    shape: tuple[int, ...]
    dtype: str = "int8"
    scale: float | list[float] | np.ndarray | None = None
    zero_point: int = 0
    data: np.ndarray | None = None
    axis: int = 0


@dataclass
class Node:
    """An operator: the schema's name of it, options as attributes of the schema's option class."""

    name: str
    inputs: list[int]
    outputs: list[int]
    options: dict[str, object] = field(default_factory=dict)
    is_custom: bool = False


_OPTIONS = {
    "CONV_2D": "Conv2DOptions",
    "DEPTHWISE_CONV_2D": "DepthwiseConv2DOptions",
    "ADD": "AddOptions",
    "AVERAGE_POOL_2D": "Pool2DOptions",
    "MEAN": "ReducerOptions",
    "FULLY_CONNECTED": "FullyConnectedOptions",
    "RESHAPE": "ReshapeOptions",
    "CONCATENATION": "ConcatenationOptions",
    "SOFTMAX": "SoftmaxOptions",
    "RESIZE_BILINEAR": "ResizeBilinearOptions",
    "ARG_MAX": "ArgMaxOptions",
    "SQUEEZE": "SqueezeOptions",
}


def write(tensors: list[T], nodes: list[Node], inputs: list[int], outputs: list[int]) -> bytes:
    """Return a model."""
    model = schema.ModelT()
    model.version, model.description = 3, "test"
    model.buffers, model.operatorCodes = [schema.BufferT()], []
    graph = schema.SubGraphT()
    graph.tensors, graph.operators, graph.inputs, graph.outputs = [], [], inputs, outputs
    for number, tensor in enumerate(tensors):
        graph.tensors.append(_tensor(number, tensor, model))
    for node in nodes:
        code = schema.OperatorCodeT()
        code.builtinCode = getattr(schema.BuiltinOperator, "CUSTOM" if node.is_custom else node.name)
        code.customCode = node.name if node.is_custom else None
        code.deprecatedBuiltinCode, code.version = min(code.builtinCode, 127), _version(node, tensors)
        operator = schema.OperatorT()
        operator.opcodeIndex = len(model.operatorCodes)
        model.operatorCodes.append(code)
        operator.inputs, operator.outputs = node.inputs, node.outputs
        if node.is_custom:
            operator.customOptions = np.frombuffer(flexbuffers.Dumps(node.options), np.uint8)
        if node.name in _OPTIONS:
            operator.builtinOptionsType = getattr(schema.BuiltinOptions, _OPTIONS[node.name])
            operator.builtinOptions = getattr(schema, _OPTIONS[node.name] + "T")()
            for key, value in node.options.items():
                assert hasattr(operator.builtinOptions, key), key
                setattr(operator.builtinOptions, key, value)
        graph.operators.append(operator)
    model.subgraphs = [graph]
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _version(node: Node, tensors: list[T]) -> int:
    """Return the operator version that a converter writes for these types."""
    if "int8" not in {tensors[i].dtype for i in node.inputs if i >= 0} or node.name in (
        "RELU_N1_TO_1",
        "RESHAPE",
    ):
        return 1
    return 3 if node.name in ("CONV_2D", "DEPTHWISE_CONV_2D") else 2


def _tensor(number: int, tensor: T, model: schema.ModelT) -> schema.TensorT:
    result = schema.TensorT()
    result.name, result.shape, result.type = f"t{number}", list(tensor.shape), _TYPES[tensor.dtype]
    result.buffer = 0
    if tensor.data is not None:
        buffer = schema.BufferT()
        buffer.data = np.frombuffer(
            np.ascontiguousarray(tensor.data.astype(tensor.dtype)).tobytes(), np.uint8
        )
        result.buffer = len(model.buffers)
        model.buffers.append(buffer)
    if tensor.scale is not None:
        parameters = schema.QuantizationParametersT()
        parameters.scale = np.atleast_1d(np.asarray(tensor.scale, np.float32))
        parameters.zeroPoint = np.full(parameters.scale.size, tensor.zero_point, np.int64)
        parameters.quantizedDimension = tensor.axis
        result.quantization = parameters
    return result
