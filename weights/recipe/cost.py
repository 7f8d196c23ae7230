"""Counts a graph's multiply-adds and parameters, as the MobileNetV2 paper does."""

from __future__ import annotations

import math

from edge_mbv2.quantize import Graph, Operator

_WEIGHTED = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")


def madds(graph: Graph) -> int:
    """Return the multiply-adds of one inference; biases, activations and additions do not count."""
    return sum(_products(op) for op in graph.operators if op.kind in _WEIGHTED)


def parameters(graph: Graph) -> int:
    """Return how many weights and biases there are."""
    operands = [tensor for op in graph.operators if op.kind in _WEIGHTED for tensor in op.inputs[1:]]
    return sum(math.prod(tensor.shape) for tensor in operands if tensor is not None)


def _products(op: Operator) -> int:
    filter_ = op.inputs[1]
    assert filter_ is not None
    outputs = math.prod(op.outputs[0].shape)
    if op.kind == "DEPTHWISE_CONV_2D":  # 1HWC, each output sees one channel
        return outputs * filter_.shape[1] * filter_.shape[2]
    return outputs * math.prod(filter_.shape[1:])
