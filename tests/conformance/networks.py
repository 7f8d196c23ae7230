"""Random little relatives of MobileNetV2: other widths, sizes, strides, dilations, types and heads."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from conformance.cases import limits
from conformance.writer import Node, T, write

_SAME, _VALID = 0, 1
_RELU6 = 3


@dataclass
class Network:
    """A model under construction; tensors are named by number."""

    rng: np.random.Generator
    dtype: str
    tensors: list[T] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)

    def tensor(self, shape: tuple[int, ...], scale: float = 0.05) -> int:
        """Append an activation of a random zero point."""
        low, high = limits(self.dtype)
        zero = int(self.rng.choice([low, int(self.rng.integers(low + 60, high - 60))]))
        form = () if self.dtype == "float32" else (scale, zero)
        self.tensors.append(T(shape, self.dtype, *form))
        return len(self.tensors) - 1

    def constant(self, tensor: T) -> int:
        """Append a constant."""
        self.tensors.append(tensor)
        return len(self.tensors) - 1

    def apply(self, name: str, inputs: list[int], output: int, **options: object) -> int:
        """Append an operator; return what it makes."""
        self.nodes.append(Node(name, inputs, [output], options))
        return output

    def weights(self, x: int, shape: tuple[int, ...], axis: int, channels: int) -> tuple[list[int], float]:
        """Append a filter and a bias (only a fully connected layer may lack it); return a fit scale too."""
        depth = int(np.prod(shape)) // channels
        if self.dtype == "float32":
            values = self.rng.normal(size=shape) / np.sqrt(depth)
            made = [
                self.constant(T(shape, "float32", data=values)),
                self.constant(T((channels,), "float32", data=self.rng.normal(size=channels))),
            ]
            return made, 1.0
        low, high = limits(self.dtype)
        per_channel = self.dtype == "int8" and self.rng.random() < 0.8
        # Such that the output's scale is about the input's, and RELU6 leaves many codes.
        scales = self.rng.uniform(0.3, 1.5, channels if per_channel else 1) / (np.sqrt(depth) * 50)
        zero = 0 if self.dtype == "int8" else int(self.rng.integers(90, 170))
        values = self.rng.integers(max(low, -127), high + 1, shape)
        in_scale = float(np.asarray(self.tensors[x].scale))
        reach = np.sqrt(depth) * 2000
        bias = self.rng.normal(0, reach, channels)
        # Some channels are shut, as training leaves them.
        bias[self.rng.random(channels) < 0.2] = -depth * 40_000
        made = [
            self.constant(T(shape, self.dtype, scales, zero, values, axis if self.dtype == "int8" else 0))
        ]
        if len(shape) == 4 or self.rng.random() < 0.5:
            made.append(self.constant(T((channels,), "int32", in_scale * scales, data=np.rint(bias))))
        return made, in_scale * float(scales.mean()) * np.sqrt(depth) * 50

    def shape(self, x: int) -> tuple[int, ...]:
        """Return a tensor's shape."""
        return self.tensors[x].shape

    def conv(self, x: int, channels: int, size: int, stride: int, activation: int) -> int:
        """Append CONV_2D."""
        batch, height, width, depth = self.shape(x)
        made, scale = self.weights(x, (channels, size, size, depth), 0, channels)
        out = self.tensor((batch, -(-height // stride), -(-width // stride), channels), scale)
        window = {"padding": _SAME, "strideW": stride, "strideH": stride}
        window |= {"dilationWFactor": 1, "dilationHFactor": 1}
        return self.apply("CONV_2D", [x, *made], out, fusedActivationFunction=activation, **window)

    def depthwise(self, x: int, size: int, stride: int, dilation: int) -> int:
        """Append DEPTHWISE_CONV_2D; before a stride sometimes PAD, as Keras has it."""
        batch, height, width, channels = self.shape(x)
        padding = _SAME
        if stride == 2 and min(height, width) >= size and self.rng.random() < 0.5:
            pads = np.array([[0, 0], [height % 2, size // 2], [width % 2, size // 2], [0, 0]])
            padded = (batch, height + int(pads[1].sum()), width + int(pads[2].sum()), channels)
            self.tensors.append(T(padded, self.dtype, self.tensors[x].scale, self.tensors[x].zero_point))
            amounts = self.constant(T((4, 2), "int32", data=pads))
            x = self.apply("PAD", [x, amounts], amounts - 1)
            padding, height, width = _VALID, padded[1] - size + 1, padded[2] - size + 1
        made, scale = self.weights(x, (1, size, size, channels), 3, channels)
        out = self.tensor((batch, -(-height // stride), -(-width // stride), channels), scale)
        window = {"padding": padding, "strideW": stride, "strideH": stride, "depthMultiplier": 1}
        window |= {"dilationWFactor": dilation, "dilationHFactor": dilation}
        return self.apply("DEPTHWISE_CONV_2D", [x, *made], out, fusedActivationFunction=_RELU6, **window)

    def block(self, x: int) -> int:
        """Append an inverted residual."""
        rng = self.rng
        stride = int(rng.choice([1, 1, 2]))
        dilation = int(rng.choice([1, 1, 2, 4])) if stride == 1 else 1
        depth = self.shape(x)[3]
        channels = depth if rng.random() < 0.6 else int(rng.choice([8, 20, 33, 40]))
        wide = self.conv(x, depth * int(rng.choice([1, 3, 6])), 1, 1, _RELU6) if rng.random() < 0.9 else x
        deep = self.depthwise(wide, int(rng.choice([3, 3, 5])), stride, dilation)
        thin = self.conv(deep, channels, 1, 1, int(rng.choice([0, 0, _RELU6])))
        if self.shape(thin) != self.shape(x):
            return thin
        pair = [x, thin] if rng.random() < 0.5 else [thin, x]
        # Sometimes so coarse a sum that XNNPACK has no kernel for it.
        scale = max(float(np.asarray(self.tensors[i].scale or 1)) for i in pair) * int(
            rng.choice([1, 1, 1, 200])
        )
        return self.apply("ADD", pair, self.tensor(self.shape(x), scale), fusedActivationFunction=0)


def random_network(seed: int) -> bytes:
    """Return a network of a stem, some blocks and a classifier's or a segmenter's end."""
    rng = np.random.default_rng(seed)
    net = Network(rng, str(rng.choice(["int8", "int8", "uint8", "float32"])))
    height, width = (int(n) for n in rng.integers(15, 50, 2))
    first = net.tensor((int(rng.choice([1, 1, 2])), height, width, int(rng.choice([1, 3]))))
    x = net.conv(first, int(rng.choice([8, 16, 24])), 3, 2, _RELU6)
    for _ in range(int(rng.integers(1, 5))):
        x = net.block(x)
    x = _segmenter(net, x, (height, width)) if rng.random() < 0.3 else _classifier(net, x)
    return write(net.tensors, net.nodes, [first], [x])


def branching_network(seed: int) -> bytes:
    """Return a network in which operators read the same tensors and others join them, as in a detector."""
    rng = np.random.default_rng(seed)
    net = Network(rng, str(rng.choice(["int8", "uint8"])))
    first = net.tensor((1, 19, 34, 3))
    x = net.conv(first, 16, 3, 2, _RELU6)
    heads = [net.conv(x, 12, size, 1, 0) for size in (1, 3)]
    y = net.block(net.block(x))
    heads += [net.conv(y, 12, size, 1, 0) for size in (1, 3)]
    deep = net.depthwise(net.conv(y, 48, 1, 1, _RELU6), 3, 1, 1)
    heads += [net.conv(deep, 12, 1, 1, 0) for _ in range(2)]
    coarsest = max((net.tensors[head] for head in heads), key=lambda tensor: float(np.asarray(tensor.scale)))
    flat = [_flatten(net, head, coarsest) for head in heads]
    rows = sum(net.shape(part)[1] for part in flat)
    net.tensors.append(T((1, rows, 12), net.dtype, coarsest.scale, coarsest.zero_point))
    joined = net.apply("CONCATENATION", flat, len(net.tensors) - 1, axis=1)
    return write(net.tensors, net.nodes, [first], [joined, net.block(x)])


def _flatten(net: Network, x: int, like: T) -> int:
    """Append RESHAPE to a row for each pixel, in the scale of another tensor."""
    net.tensors[x].scale, net.tensors[x].zero_point = like.scale, like.zero_point
    _, height, width, channels = net.shape(x)
    shape = net.constant(T((3,), "int32", data=np.array([1, height * width, channels])))
    net.tensors.append(T((1, height * width, channels), net.dtype, like.scale, like.zero_point))
    return net.apply("RESHAPE", [x, shape], len(net.tensors) - 1)


def _classifier(net: Network, x: int) -> int:
    batch, height, width, channels = net.shape(x)
    axes = net.constant(T((2,), "int32", data=np.array([1, 2])))
    if net.rng.random() < 0.5:
        scale = float(np.asarray(net.tensors[x].scale or 1)) * 0.7
        x = net.apply("MEAN", [x, axes], net.tensor((batch, channels), scale), keepDims=False)
    else:
        net.tensors.append(
            T((batch, 1, 1, channels), net.dtype, net.tensors[x].scale, net.tensors[x].zero_point)
        )
        size = {"filterHeight": height, "filterWidth": width, "padding": _VALID, "strideW": 1, "strideH": 1}
        x = net.apply("AVERAGE_POOL_2D", [x], len(net.tensors) - 1, **size)
    made, scale = net.weights(x, (12, channels), 0, 12)
    x = net.apply("FULLY_CONNECTED", [x, *made], net.tensor((batch, 12), scale), fusedActivationFunction=0)
    form = () if net.dtype == "float32" else (1 / 256, limits(net.dtype)[0])
    net.tensors.append(T((batch, 12), net.dtype, *form))
    x = net.apply("SOFTMAX", [x], len(net.tensors) - 1, beta=1.0)
    if net.dtype == "float32":
        return x
    net.tensors.append(T((batch, 12), "float32"))
    return net.apply("DEQUANTIZE", [x], len(net.tensors) - 1)


def _segmenter(net: Network, x: int, size: tuple[int, int]) -> int:
    x = net.conv(x, 5, 1, 1, 0)
    batch = net.shape(x)[0]
    sizes = net.constant(T((2,), "int32", data=np.array(size)))
    net.tensors.append(T((batch, *size, 5), net.dtype, net.tensors[x].scale, net.tensors[x].zero_point))
    x = net.apply("RESIZE_BILINEAR", [x, sizes], len(net.tensors) - 1, alignCorners=True)
    axis = net.constant(T((), "int32", data=np.array(3)))
    net.tensors.append(T((batch, *size), "int64"))
    return net.apply("ARG_MAX", [x, axis], len(net.tensors) - 1, outputType=4)
