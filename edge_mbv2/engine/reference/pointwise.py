"""Reference of the operators that treat every element (or row) alike."""

from __future__ import annotations

import numpy as np

from edge_mbv2.engine.ir import (
    Add,
    Concatenation,
    Contract,
    Dequantize,
    Logistic,
    Quantize,
    Relu,
    Reshape,
    Tensor,
)
from edge_mbv2.engine.ir import Softmax as SoftmaxOp
from edge_mbv2.engine.reference.rounding import high_product, multiply_by_quantized_multiplier
from edge_mbv2.engine.reference.weighted import centred, code_range

Arrays = list[np.ndarray]
Tensors = list[Tensor]


def add(op: Add, values: Arrays, tensors: Tensors, output: Tensor, contract: Contract) -> np.ndarray:
    """ADD: XNNPACK's sum of two products, one shift that rounds half up; LiteRT's own for far scales."""
    a, b = centred(values[0], tensors[0]), centred(values[1], tensors[1])
    if not output.is_quantized:
        return np.asarray(np.clip(a + b, *op.activation.value))
    scales = [float(np.float32(t.scale) / np.float32(output.scale)) for t in tensors]
    if not all(2.0**-10 <= scale < 2.0**8 for scale in scales):
        return _add_far(a, b, tensors, output, op)
    shift = 20 - int(np.floor(np.log2(max(scales))))
    multipliers = [int(np.rint(scale * 2.0**shift)) for scale in scales]
    total = (a * multipliers[0] + b * multipliers[1] + (1 << (shift - 1))) >> shift
    return np.asarray(np.clip(total + output.zero_point, *code_range(op.activation, output)))


def _add_far(a: np.ndarray, b: np.ndarray, tensors: Tensors, output: Tensor, op: Add) -> np.ndarray:
    most = 2 * max(float(tensor.scale) for tensor in tensors)
    first, second = (
        multiply_by_quantized_multiplier(centred << 20, float(tensor.scale) / most)
        for centred, tensor in zip((a, b), tensors, strict=True)
    )
    total = multiply_by_quantized_multiplier(first + second, most / (float(output.scale) * 2**20))
    return np.asarray(np.clip(total + output.zero_point, *code_range(op.activation, output, is_builtin=True)))


def concatenation(
    op: Concatenation, values: Arrays, tensors: Tensors, output: Tensor, contract: Contract
) -> np.ndarray:
    """CONCATENATION: uint8 parts of another scale are brought to the output's in float32."""
    parts = []
    for value, tensor in zip(values, tensors, strict=True):
        if output.is_quantized and (tensor.scale, tensor.zero_point) != (output.scale, output.zero_point):
            scale = np.float32(tensor.scale) * (np.float32(1) / np.float32(output.scale))
            real = value.astype(np.float32) * scale + np.float32(-tensor.zero_point) * scale
            nearest = np.sign(real) * np.floor(np.abs(real).astype(np.float64) + 0.5)
            value = np.clip(nearest + output.zero_point, 0, 255)
        parts.append(value)
    return np.concatenate(parts, axis=op.axis)


def dequantize(
    op: Dequantize, values: Arrays, tensors: Tensors, output: Tensor, contract: Contract
) -> np.ndarray:
    """DEQUANTIZE: scale times centred value."""
    x = tensors[0]
    if not x.is_quantized or x.quantization is None:
        return values[0].astype(np.float32)
    shape = [-1 if axis == x.quantization.axis else 1 for axis in range(values[0].ndim)]
    scale, zero = (a.reshape(shape) for a in (x.quantization.scale, x.quantization.zero_point))
    result: np.ndarray = (values[0].astype(np.int64) - zero).astype(np.float32) * scale
    return result


def quantize(
    op: Quantize, values: Arrays, tensors: Tensors, output: Tensor, contract: Contract
) -> np.ndarray:
    """QUANTIZE: from float by the reciprocal scale, between 8-bit types in fixed point."""
    x, info = tensors[0], np.iinfo(output.dtype)
    if not x.is_quantized:
        moved = np.rint(values[0] * (np.float32(1) / np.float32(output.scale)))
    elif x.dtype == output.dtype and 2.0**-8 <= np.float32(x.scale) / np.float32(output.scale) <= 2.0**7:
        factor = int(np.rint(np.float32(256) * (np.float32(x.scale) / np.float32(output.scale))))
        moved = (centred(values[0], x) * factor + 128) >> 8
    else:
        high, right = high_product(centred(values[0], x), np.float64(x.scale) / np.float64(output.scale))
        moved = (high + ((1 << right) >> 1)) >> right
    return np.asarray(np.clip(moved + output.zero_point, info.min, info.max))


def relu(op: Relu, values: Arrays, tensors: Tensors, output: Tensor, contract: Contract) -> np.ndarray:
    """RELU and its kin: to the output's scale, then clip."""
    x = tensors[0]
    if not x.is_quantized:
        return np.clip(values[0], *op.activation.value)
    ratio = np.float32(x.scale) / np.float32(output.scale)
    moved = multiply_by_quantized_multiplier(centred(values[0], x), np.float64(ratio))
    return np.asarray(np.clip(moved + output.zero_point, *code_range(op.activation, output, is_builtin=True)))


def reshape(op: Reshape, values: Arrays, tensors: Tensors, output: Tensor, contract: Contract) -> np.ndarray:
    """RESHAPE."""
    return values[0].reshape(output.shape)


def logistic(
    op: Logistic, values: Arrays, tensors: Tensors, output: Tensor, contract: Contract
) -> np.ndarray:
    """LOGISTIC in float64, rounded to nearest even."""
    real = centred(values[0], tensors[0])
    if output.is_quantized:
        real = real * float(tensors[0].scale)
    result = 1 / (1 + np.exp(-np.clip(real, -700, 700)))
    if not output.is_quantized:
        return np.asarray(result)
    info = np.iinfo(output.dtype)
    return np.asarray(np.clip(np.rint(result / float(output.scale)) + output.zero_point, info.min, info.max))


def softmax(
    op: SoftmaxOp, values: Arrays, tensors: Tensors, output: Tensor, contract: Contract
) -> np.ndarray:
    """SOFTMAX: float32 exponentials added in order, as LiteRT's builtin kernel does; 16-bit ones on Arm."""
    x = values[0]
    if not output.is_quantized:
        powers = np.exp((x - x.max(axis=-1, keepdims=True)).astype(np.float64) * op.beta)
        return np.asarray(powers / powers.sum(axis=-1, keepdims=True))
    step = np.float32(tensors[0].scale) * np.float32(op.beta)
    below = x.astype(np.int64).max(axis=-1, keepdims=True) - x
    powers = np.exp((-step * below.astype(np.float32)).astype(np.float64)).astype(np.float32)
    scale = np.float32(output.scale)
    if contract is Contract.XNNPACK_RNDNU:
        whole = np.floor((powers * np.float32(65535)).astype(np.float64) + 0.5).astype(np.int64)
        inverses = np.float32(1) / (whole.sum(axis=-1, keepdims=True).astype(np.float32) * scale)
        nearest = multiply_by_quantized_multiplier(whole, inverses)
    else:
        total = np.add.accumulate(powers, axis=-1, dtype=np.float32)[..., -1:]
        nearest = np.floor(powers * (np.float32(1) / (total * scale)) + np.float32(0.5))
    info = np.iinfo(output.dtype)
    return np.asarray(np.clip(nearest + output.zero_point, info.min, info.max))
