"""Runs a graph with the reference operators, keeping every tensor."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from edge_mbv2.engine import ir
from edge_mbv2.engine.ir import Contract, Graph
from edge_mbv2.engine.reference import pointwise, spatial, weighted
from edge_mbv2.errors import UnsupportedOpError

Reference = Callable[..., np.ndarray]

OPERATORS: dict[type[ir.Op], Reference] = {
    ir.Add: pointwise.add,
    ir.ArgMax: spatial.arg_max,
    ir.AveragePool2D: spatial.average_pool_2d,
    ir.Concatenation: pointwise.concatenation,
    ir.Conv2D: weighted.conv_2d,
    ir.DepthwiseConv2D: weighted.depthwise_conv_2d,
    ir.Dequantize: pointwise.dequantize,
    ir.FullyConnected: weighted.fully_connected,
    ir.Logistic: pointwise.logistic,
    ir.Mean: spatial.mean,
    ir.Pad: spatial.pad,
    ir.Quantize: pointwise.quantize,
    ir.Relu: pointwise.relu,
    ir.Reshape: pointwise.reshape,
    ir.ResizeBilinear: spatial.resize_bilinear,
    ir.Softmax: pointwise.softmax,
}
"""Every operator of a file but TFLite_Detection_PostProcess, whose result is no arithmetic of 8-bit codes."""


def run(graph: Graph, inputs: Sequence[np.ndarray], contract: Contract) -> dict[int, np.ndarray]:
    """Return the value of every tensor of ``graph``, by number.

    Args:
        graph: as read from a file; not fused.
        inputs: one array for each of ``graph.inputs``.
        contract: which rounding the convolutions and fully connected layers use.

    Raises:
        UnsupportedOpError: the graph has an operator without a reference.
    """
    values = {i: tensor.data for i, tensor in enumerate(graph.tensors) if tensor.data is not None}
    values.update(zip(graph.inputs, inputs, strict=True))
    for op in graph.ops:
        operator = OPERATORS.get(type(op))
        if operator is None:
            raise UnsupportedOpError(f"there is no reference of {op.name}")
        read = [graph.tensors[i] for i in op.inputs]
        made = graph.tensors[op.outputs[0]]
        result = operator(op, [values[i] for i in op.inputs], read, made, contract)
        values[op.outputs[0]] = np.asarray(result).astype(made.dtype).reshape(made.shape)
    return values
