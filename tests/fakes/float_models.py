"""Builds small float models of the kinds that the quantizer is for, and runs models with LiteRT."""

from __future__ import annotations

from typing import Any

import numpy as np

from edge_mbv2.quantize import Graph, Operator, Tensor, dump
from edge_mbv2.tensor import QuantParams

F4, I4 = np.dtype("f4"), np.dtype("i4")
LINEAR, RELU6 = 0, 3  # the schema's ActivationFunctionType
SAME, VALID = 0, 1  # its Padding


class Net:
    """A float graph that grows by one operator a call; each returns the tensor that it computes."""

    def __init__(self, shape: tuple[int, ...] = (1, 8, 8, 3), seed: int = 0) -> None:
        from ai_edge_litert import schema_py_generated

        self._schema = schema_py_generated
        self._random = np.random.default_rng(seed)
        self.image = Tensor("image", shape, F4)
        self.graph = Graph([self.image], [])

    def options(self, name: str, **fields: Any) -> Any:
        """Return one of the schema's options objects."""
        options = getattr(self._schema, f"{name}OptionsT")()
        for field, value in fields.items():
            setattr(options, field, value)
        return options

    def constant(self, data: Any, dtype: Any = F4) -> Tensor:
        array = np.asarray(data, dtype)
        return Tensor(f"constant{len(list(self.graph.tensors()))}", array.shape, array.dtype, array)

    def add_op(
        self,
        kind: str,
        inputs: list[Tensor | None],
        shape: tuple[int, ...],
        options: Any = None,
        name: str = "",
    ) -> Tensor:
        output = Tensor(name or f"{kind.lower()}{len(self.graph.operators)}", shape, F4)
        self.graph.operators.append(Operator(kind, inputs, [output], options))
        return output

    def conv(
        self,
        x: Tensor,
        channels: int,
        kernel: int = 1,
        *,
        stride: int = 1,
        dilation: int = 1,
        padding: int = SAME,
        fused: int = LINEAR,
        depthwise: bool = False,
        filter_: np.ndarray | None = None,
        bias: np.ndarray | None = None,
        name: str = "",
    ) -> Tensor:
        """Append a convolution; a depthwise one has as many filters per input channel as it takes."""
        if filter_ is None:
            shape = (1, kernel, kernel, channels) if depthwise else (channels, kernel, kernel, x.shape[3])
            taps = kernel * kernel * (1 if depthwise else x.shape[3])
            filter_ = self._random.normal(0, np.sqrt(2 / taps), shape)
        if bias is None:
            bias = self._random.normal(0.2, 0.2, channels)
        fields = {
            "padding": padding, "strideH": stride, "strideW": stride, "fusedActivationFunction": fused,
            "dilationHFactor": dilation, "dilationWFactor": dilation,
        }  # fmt: skip
        if depthwise:
            kind, options = "DEPTHWISE_CONV_2D", self.options("DepthwiseConv2D", **fields)
            options.depthMultiplier = channels // x.shape[3]
        else:
            kind, options = "CONV_2D", self.options("Conv2D", **fields)
        covered = 1 if padding == SAME else (kernel - 1) * dilation + 1
        size = [(n - covered) // stride + 1 for n in x.shape[1:3]]
        weights = [self.constant(filter_), self.constant(bias)]
        return self.add_op(kind, [x, *weights], (1, *size, channels), options, name)

    def add(self, x: Tensor, y: Tensor) -> Tensor:
        return self.add_op("ADD", [x, y], x.shape, self.options("Add"))

    def mean(self, x: Tensor) -> Tensor:
        axes = self.constant([1, 2], I4)
        return self.add_op("MEAN", [x, axes], (1, x.shape[3]), self.options("Reducer"))

    def dense(self, x: Tensor, channels: int, *, bias: bool = True, name: str = "") -> Tensor:
        filter_ = self._random.normal(0, np.sqrt(1 / x.shape[-1]), (channels, x.shape[-1]))
        offsets = self.constant(self._random.normal(0, 0.2, channels)) if bias else None
        inputs = [x, self.constant(filter_), offsets]
        return self.add_op("FULLY_CONNECTED", inputs, (1, channels), self.options("FullyConnected"), name)

    def softmax(self, x: Tensor, name: str = "") -> Tensor:
        return self.add_op("SOFTMAX", [x], x.shape, self.options("Softmax", beta=1.0), name)

    def logistic(self, x: Tensor, name: str = "") -> Tensor:
        return self.add_op("LOGISTIC", [x], x.shape, name=name)

    def reshape(self, x: Tensor, shape: tuple[int, ...]) -> Tensor:
        return self.add_op("RESHAPE", [x, self.constant(shape, I4)], shape)

    def concatenate(self, parts: list[Tensor], name: str = "") -> Tensor:
        shape = (1, sum(part.shape[1] for part in parts), *parts[0].shape[2:])
        options = self.options("Concatenation", axis=1)
        return self.add_op("CONCATENATION", [*parts], shape, options, name)

    def finish(self, *outputs: Tensor) -> bytes:
        """Return the file whose outputs these tensors are."""
        self.graph.outputs = list(outputs)
        return dump(self.graph)


def classifier() -> bytes:
    """A MobileNetV2 of one block: ``image`` [1, 8, 8, 3] to ``logits`` and ``probabilities`` [1, 5]."""
    net = Net()
    stem = net.conv(net.image, 8, 3, stride=2, fused=RELU6)
    expanded = net.conv(stem, 16, fused=RELU6)
    filtered = net.conv(expanded, 16, 3, depthwise=True, fused=RELU6)
    block = net.add(stem, net.conv(filtered, 8))
    logits = net.dense(net.mean(block), 5, name="logits")
    return net.finish(logits, net.softmax(logits, "probabilities"))


def detector() -> bytes:
    """An SSD of two feature maps: ``image`` to ``boxes`` [1, 40, 4] and ``classes`` [1, 40, 2]."""
    net = Net(seed=1)
    large = net.conv(net.image, 8, 3, stride=2, fused=RELU6)
    small = net.conv(net.conv(large, 8, 3, stride=2, depthwise=True, fused=RELU6), 8, fused=RELU6)
    outputs = []
    for name, values in (("boxes", 4), ("classes", 2)):
        heads = [net.conv(features, 2 * values) for features in (large, small)]
        parts = [net.reshape(head, (1, 2 * head.shape[1] * head.shape[2], values)) for head in heads]
        outputs.append(net.concatenate(parts, name))
    return net.finish(*outputs)


def pictures(count: int = 16, shape: tuple[int, ...] = (8, 8, 3), seed: int = 0) -> list[np.ndarray]:
    """Return pictures of noise."""
    random = np.random.default_rng(seed)
    return [random.integers(0, 256, shape, np.uint8) for _ in range(count)]


class Runner:
    """Runs a float or a quantized model on a picture."""

    def __init__(self, data: bytes) -> None:
        from ai_edge_litert.interpreter import Interpreter

        self._interpreter = Interpreter(model_content=data, num_threads=1)
        self._interpreter.allocate_tensors()
        self.input = self._interpreter.get_input_details()[0]
        self._outputs = self._interpreter.get_output_details()

    def run(self, picture: np.ndarray) -> dict[str, np.ndarray]:
        """Return the outputs as real numbers, by name."""
        tensor = picture[np.newaxis]
        if self.input["dtype"] == np.float32:
            tensor = (tensor.astype("f4") - np.float32(127.5)) / np.float32(127.5)
        self._interpreter.set_tensor(self.input["index"], tensor)
        self._interpreter.invoke()
        return {detail["name"]: self._real(detail) for detail in self._outputs}

    def _real(self, detail: dict[str, Any]) -> np.ndarray:
        value = self._interpreter.get_tensor(detail["index"])
        if value.dtype == np.float32:
            return value
        scale, zero_point = detail["quantization"]
        return scale * (value.astype(np.float64) - zero_point)


def per_tensor(params: QuantParams | None) -> tuple[float, int]:
    """Return the one scale and the one zero point."""
    assert params is not None
    assert params.axis is None
    return float(params.scale.item()), int(params.zero_point.item())
