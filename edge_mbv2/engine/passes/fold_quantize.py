"""Lets a convolution read uint8 directly where a QUANTIZE only moves the zero point by 128."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from edge_mbv2.engine.ir import Conv2D, DepthwiseConv2D, Graph, InvertedResidual, Op, Patch, Quantize

_SHIFT = 128


def fold_quantize(graph: Graph) -> Patch | None:
    """Return the patch that drops the first such QUANTIZE, or None.

    With equal scales and zero points 128 apart every code has its twin, so the centred values,
    which are all that a convolution uses, are the same.

    Source: TensorFlow Lite 8-bit quantization specification.
    """
    consumers = graph.consumers()
    for position, op in enumerate(graph.ops):
        if not isinstance(op, Quantize) or not _is_shift(graph, op):
            continue
        reader_at = graph.only_reader(op.outputs[0], consumers)
        if reader_at is None:
            continue
        replaced = _reading(graph.ops[reader_at], op.outputs[0], op.inputs[0])
        if replaced is not None:
            return Patch((position, reader_at), (replaced,))
    return None


def _reading(op: Op, old: int, new: int) -> Op | None:
    inputs = tuple(new if i == old else i for i in op.inputs)
    if isinstance(op, (Conv2D, DepthwiseConv2D)) and op.inputs[0] == old:
        return replace(op, inputs=inputs)
    if isinstance(op, InvertedResidual) and op.expand is not None and op.add is None:
        return replace(op, inputs=inputs, expand=replace(op.expand, inputs=(new, *op.expand.inputs[1:])))
    return None


def _is_shift(graph: Graph, op: Quantize) -> bool:
    source, result = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    return (
        source.dtype == np.uint8
        and result.dtype == np.int8
        and source.scale == result.scale
        and source.zero_point == result.zero_point + _SHIFT
    )
