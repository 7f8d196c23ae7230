"""The single-operator cases: seeded shapes, scales and zero points, their limits included."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from conformance.writer import Node, T, write


@dataclass(frozen=True)
class Case:
    """A model of one operator and the tensors of its inputs."""

    name: str
    data: bytes
    inputs: tuple[T, ...]

    def values(self, seed: int = 0) -> list[np.ndarray]:
        """Return random inputs; 8-bit ones take every code."""
        rng = np.random.default_rng(seed)
        return [
            (rng.normal(size=t.shape) * 3).astype(np.float32)
            if t.dtype == "float32"
            else rng.integers(*limits(t.dtype), t.shape, endpoint=True).astype(t.dtype)
            for t in self.inputs
        ]


def limits(dtype: str) -> tuple[int, int]:
    """Return the least and greatest code."""
    return (-128, 127) if dtype == "int8" else (0, 255)


def make(name: str, node: str, tensors: list[T], inputs: list[int], **options: object) -> Case:
    """Return the case whose node reads all tensors but the last and writes that."""
    last = len(tensors) - 1
    data = write(tensors, [Node(node, list(range(last)), [last], options)], inputs, [last])
    return Case(name, data, tuple(tensors[i] for i in inputs))


def constant(*values: object) -> T:
    """Return an int32 constant."""
    array = np.array(*values)
    return T(array.shape, "int32", data=array)


def random_form(rng: np.random.Generator, dtype: str) -> tuple[float, int]:
    """Return a scale and a zero point, the latter often at its limits."""
    low, high = limits(dtype)
    return float(rng.uniform(0.005, 0.1)), int(rng.choice([low, high, rng.integers(low, high + 1)]))


def simple_cases(dtype: str) -> Iterator[Case]:
    """Yield cases of every operator without weights."""
    rng = np.random.default_rng(11)
    shape, form = (1, 7, 9, 24), lambda: random_form(rng, dtype)
    low = limits(dtype)[0]
    for activation in (0, 1, 3):
        parts = [T(shape, dtype, *form()) for _ in range(3)]
        yield make(f"add-{activation}", "ADD", parts, [0, 1], fusedActivationFunction=activation)
    for first, second in ((shape, (24,)), ((9, 24), shape), ((1, 7, 1, 24), (9, 1))):
        for scale in (0.02, 20.0):
            parts = [
                T(first, dtype, 0.013, low + 9),
                T(second, dtype, 0.03, low),
                T(shape, dtype, scale, low + 40),
            ]
            yield make(f"add-broadcast-{first}-{second}-{scale}", "ADD", parts, [0, 1])
    for scale in (1e-5, 3e-5):
        parts = [T(shape, dtype, 0.07, low + 9), T(shape, dtype, scale, low), T(shape, dtype, 0.05, low + 40)]
        yield make(f"add-far-{scale}", "ADD", parts, [0, 1])
    for size, step, padding in (((2, 2), 2, 1), ((3, 3), 2, 0), ((7, 9), 1, 1), ((4, 6), 1, 1)):
        f = form()
        # Over a whole picture of an even number of pixels some means lie halfway between two codes.
        x = (1, *size, 24) if size == (4, 6) else shape
        window = {"padding": padding, "strideW": step, "strideH": step}
        tensors = [T(x, dtype, *f), T(x, dtype, *f)]
        name = f"average_pool-{size}"
        yield make(name, "AVERAGE_POOL_2D", tensors, [0], filterHeight=size[0], filterWidth=size[1], **window)
    for axes in ([1, 2], [3], [1, 2, 3]):
        for keep in (True, False):
            tensors = [T(shape, dtype, *form()), constant(axes), T(shape, dtype, *form())]
            yield make(f"mean-{axes}-{keep}", "MEAN", tensors, [0], keepDims=keep)
    for ratio in (0.5, 1.5, 0.625, 3.0, 1 / 3):
        # With such ratios many a mean lies halfway between two codes.
        tensors = [T((1, 4, 6, 96), dtype, 0.3 * ratio, form()[1]), constant([1, 2])]
        yield make(f"mean-halves-{ratio}", "MEAN", [*tensors, T((1, 96), dtype, 0.3, form()[1])], [0])
    for scale in (0.02, 0.1, 0.3):
        x = T((40, 256), dtype, scale, form()[1])
        yield make(f"logistic-{scale}", "LOGISTIC", [x, T(x.shape, dtype, 1 / 256, low)], [0])
        yield make(f"softmax-{scale}", "SOFTMAX", [x, T(x.shape, dtype, 1 / 256, low)], [0], beta=1.0)
    for size in ([14, 18], [13, 17], [97, 129], [3, 4], [7, 9], [1, 1]):
        for corners, centers in ((False, False), (True, False), (False, True)):
            f, mode = form(), {"alignCorners": corners, "halfPixelCenters": centers}
            tensors = [T(shape, dtype, *f), constant(size), T((1, *size, 24), dtype, *f)]
            name = f"resize-{size}-{corners}-{centers}"
            yield make(name, "RESIZE_BILINEAR", tensors, [0], **mode)
            tensors += [constant(3), T((1, *size), "int64")]
            resize, arg_max = (
                Node("RESIZE_BILINEAR", [0, 1], [2], mode),
                Node("ARG_MAX", [2, 3], [4], {"outputType": 4}),
            )
            yield Case(f"arg-max-of-{name}", write(tensors, [resize, arg_max], [0], [4]), (tensors[0],))
    for small in ((2, 1, 1, 24), (1, 1, 6, 24), (2, 5, 1, 24)):
        f = form()
        tensors = [T(small, dtype, *f), constant([5, 6]), T((small[0], 5, 6, 24), dtype, *f)]
        yield make(f"resize-of-{small}", "RESIZE_BILINEAR", tensors, [0], alignCorners=True)
    for other in ("int8", "uint8"):
        for k in range(4):
            yield make(
                f"quantize-{other}-{k}",
                "QUANTIZE",
                [T((8, 256), dtype, *form()), T((8, 256), other, *random_form(rng, other))],
                [0],
            )
    for scale in (10.0, 0.0001):
        yield make(
            f"quantize-far-{scale}",
            "QUANTIZE",
            [T((8, 256), dtype, 0.02, low), T((8, 256), dtype, scale, low)],
            [0],
        )
    yield make("quantize-float", "QUANTIZE", [T((8, 256), "float32"), T((8, 256), dtype, *form())], [0])
    yield make("dequantize", "DEQUANTIZE", [T((8, 256), dtype, *form()), T((8, 256), "float32")], [0])
    for name in ("RELU", "RELU6", "RELU_N1_TO_1"):
        f = form()
        yield make(name, name, [T((8, 256), dtype, *f), T((8, 256), dtype, *f)], [0])
        yield make(f"{name}-rescaled", name, [T((8, 256), dtype, *form()), T((8, 256), dtype, *form())], [0])
    f = form()
    yield make(
        "pad",
        "PAD",
        [T(shape, dtype, *f), constant([[0, 0], [1, 2], [3, 0], [0, 1]]), T(shape, dtype, *f)],
        [0],
    )
    yield make(
        "concatenation",
        "CONCATENATION",
        [T(shape, dtype, *f), T((1, 7, 9, 3), dtype, *f), T(shape, dtype, *f)],
        [0, 1],
        axis=3,
    )
    yield make(
        "arg_max", "ARG_MAX", [T(shape, dtype, *f), constant(3), T((1, 7, 9), "int32")], [0], outputType=2
    )
    yield make("reshape", "RESHAPE", [T(shape, dtype, *f), constant([1, -1]), T((1, 1512), dtype, *f)], [0])


def weighted_case(seed: int) -> Case:
    """Return a random convolution, depthwise convolution or fully connected layer."""
    rng = np.random.default_rng(seed)
    dtype = str(rng.choice(["int8", "int8", "uint8", "float32"]))
    kind = str(rng.choice(["CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"]))
    depth = int(rng.choice([1, 3, 8, 16, 40, 200]))
    size = int(rng.choice([1, 2, 3, 5]))
    stride = int(rng.integers(1, 3)) if size > 1 or kind == "CONV_2D" else 1
    dilation = int(rng.integers(1, 4)) if stride == 1 and size > 1 else 1
    side = int(rng.integers((size - 1) * dilation + 1, 20))
    units = depth if kind == "DEPTHWISE_CONV_2D" else int(rng.choice([1, 17, 64]))
    padding = int(rng.integers(0, 2))
    activation = int(rng.choice([0, 1, 3]))
    filters = {"CONV_2D": (units, size, size, depth), "DEPTHWISE_CONV_2D": (1, size, size, units)}
    shape = filters.get(kind, (units, depth))
    x_shape = (int(rng.integers(1, 4)), depth) if kind == "FULLY_CONNECTED" else (1, side, side + 1, depth)
    axis = 3 if kind == "DEPTHWISE_CONV_2D" else 0
    options: dict[str, object] = {"fusedActivationFunction": activation}
    if kind != "FULLY_CONNECTED":
        options |= {"padding": padding, "strideW": stride, "strideH": stride}
        options |= {"dilationWFactor": dilation, "dilationHFactor": dilation}
    if kind == "DEPTHWISE_CONV_2D":
        options["depthMultiplier"] = 1
    span = (size - 1) * dilation
    sides = [-(-n // stride) if padding == 0 else (n - span - 1) // stride + 1 for n in (side, side + 1)]
    out_shape = (x_shape[0], units) if kind == "FULLY_CONNECTED" else (1, *sides, units)
    name = f"{kind}-{seed}-{dtype}"
    if dtype == "float32":
        tensors = [T(x_shape, dtype), T(shape, dtype, data=rng.normal(size=shape))]
        tensors += [T((units,), dtype, data=rng.normal(size=units)), T(out_shape, dtype)]
        return make(name, kind, tensors, [0], **options)
    low, high = limits(dtype)
    scale, zero = random_form(rng, dtype)
    # XNNPACK refuses a uint8 filter with an axis; converters write none.
    along = axis if dtype == "int8" else 0
    scales = rng.uniform(0.001, 0.02, units if dtype == "int8" and rng.random() < 0.7 else 1)
    weights = rng.integers(max(low, -127), high + 1, shape) if rng.random() < 0.7 else np.full(shape, high)
    reach = 1 << int(rng.choice([12, 22, 29]))
    tensors = [
        T(x_shape, dtype, scale, zero),
        T(shape, dtype, scales, 0 if dtype == "int8" else random_form(rng, dtype)[1], weights, along),
        T((units,), "int32", scale * scales, data=rng.integers(-reach, reach, units)),
        T(out_shape, dtype, float(rng.choice([0.02, 0.1, 0.5, 2.0])), random_form(rng, dtype)[1]),
    ]
    return make(name, kind, tensors, [0], **options)
