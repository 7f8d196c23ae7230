"""Imports the operators that have weights: convolutions and the fully connected layer."""

from __future__ import annotations

import numpy as np

from edge_mbv2.engine import ir
from edge_mbv2.engine.ir import Tensor
from edge_mbv2.engine.tflite.node import Node
from edge_mbv2.errors import ModelFormatError

HYBRID = "float32 input and 8-bit filter"
"""What a converter makes that was told to quantize and given no representative dataset."""


def conv_2d(node: Node) -> ir.Op:
    """CONV_2D of NHWC by OHWI."""
    x, weights = node.input(0), node.input(1)
    node.require_rank(x, 4)
    node.require_rank(weights, 4)
    if weights.shape[3] != x.shape[3]:
        raise node.unsupported(f"{x.shape[3]} input channels and filters of {weights.shape[3]} (grouped)")
    _check_weights(node, weights.shape[0], 0)
    size = weights.shape[1], weights.shape[2]
    window = node.window(size, dilation=4)
    node.shape_output((x.shape[0], *node.slide(window, size), weights.shape[0]))
    return ir.Conv2D(_present(node), node.outputs, window, node.activation(3))


def depthwise_conv_2d(node: Node) -> ir.Op:
    """DEPTHWISE_CONV_2D of NHWC by 1HWO."""
    x, weights = node.input(0), node.input(1)
    node.require_rank(x, 4)
    node.require_rank(weights, 4)
    if weights.shape[0] != 1 or weights.shape[3] % x.shape[3]:
        raise ModelFormatError(
            f"DEPTHWISE_CONV_2D (makes {node.label}) of {x.shape} by a filter {weights.shape}"
        )
    _check_weights(node, weights.shape[3], 3)
    size = weights.shape[1], weights.shape[2]
    window = node.window(size, dilation=5)
    node.shape_output((x.shape[0], *node.slide(window, size), weights.shape[3]))
    return ir.DepthwiseConv2D(_present(node), node.outputs, window, node.activation(4))


def fully_connected(node: Node) -> ir.Op:
    """FULLY_CONNECTED of rows of I by (O, I)."""
    x, weights = node.input(0), node.input(1)
    node.require_rank(weights, 2)
    if node.integer(1, "b"):
        raise node.unsupported("shuffled weights")
    units, depth = weights.shape
    elements = int(np.prod(x.shape, dtype=np.int64))
    if depth < 1 or elements % depth:
        raise ModelFormatError(f"FULLY_CONNECTED (makes {node.label}) of {x.shape} by {weights.shape}")
    _check_weights(node, units, 0)
    keep = node.boolean(2)
    node.shape_output((*x.shape[:-1], units) if keep else (elements // depth, units))
    return ir.FullyConnected(_present(node), node.outputs, node.activation(0))


def _present(node: Node) -> tuple[int, ...]:
    return tuple(i for i in node.inputs[:3] if i >= 0)


def _check_weights(node: Node, channels: int, axis: int) -> None:
    x, weights = node.input(0), node.input(1)
    node.require_activations(x, node.output)
    if 0 in weights.shape:
        raise ModelFormatError(f"{node.name} (makes {node.label}) has an empty filter")
    if weights.dtype != x.dtype:
        forms = f"{x.dtype} input and {weights.dtype} filter"
        raise node.unsupported(HYBRID if x.dtype == np.float32 else forms)
    if x.is_quantized:
        _check_quantized_weights(node, weights, axis)
    if len(node.inputs) > 2 and node.inputs[2] >= 0:
        bias = node.input(2)
        if bias.dtype != (np.int32 if x.is_quantized else np.float32):
            raise node.unsupported(f"{bias.dtype} bias")
        if bias.shape != (channels,):
            raise ModelFormatError(f"{node.name} (makes {node.label}) has a bias of shape {bias.shape}")


def _check_quantized_weights(node: Node, weights: Tensor, axis: int) -> None:
    parameters = weights.quantization
    if parameters is None:
        raise ModelFormatError(f"{node.name} (makes {node.label}) has an 8-bit filter without scales")
    if weights.data is None:
        raise node.unsupported("a computed filter")
    if parameters.axis not in (None, axis):
        raise node.unsupported(f"filter scales along axis {parameters.axis}")
    low, high = (0, 0) if weights.dtype == np.int8 else (0, 255)
    if (parameters.zero_point < low).any() or (parameters.zero_point > high).any():
        raise node.unsupported(f"{weights.dtype} filter with zero point {int(parameters.zero_point.flat[0])}")
    if weights.dtype == np.uint8 and parameters.axis is not None:
        raise node.unsupported("uint8 filter with scales per channel")
