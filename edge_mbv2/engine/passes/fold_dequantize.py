"""Turns constants that a DEQUANTIZE reads (float16 or 8-bit weights) into float32 constants."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from edge_mbv2.engine.ir import Dequantize, Graph, Op, Patch, Tensor


def fold_dequantize(graph: Graph) -> Patch | None:
    """Return the patch that folds the first such DEQUANTIZE, or None.

    One whose output the caller gets stays, for the caller.

    Source: TensorFlow Lite operator specification, DEQUANTIZE.
    """
    for position, op in enumerate(graph.ops):
        if isinstance(op, Dequantize) and graph.tensors[op.inputs[0]].data is not None:
            constant = _dequantized(graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]])
            number, old = len(graph.tensors), op.outputs[0]
            readers, stays = graph.consumers().get(old, []), old in graph.outputs
            if stays and not readers:
                continue
            changed = {at: _reading(graph.ops[at], old, number) for at in readers}
            last = max([position, *readers])
            kept = [
                changed.get(at, other)
                for at, other in enumerate(graph.ops[: last + 1])
                if stays or at != position
            ]
            return Patch(tuple(range(last + 1)), tuple(kept), (constant,))
    return None


def _reading(op: Op, old: int, new: int) -> Op:
    return replace(op, inputs=tuple(new if i == old else i for i in op.inputs))


def _dequantized(source: Tensor, result: Tensor) -> Tensor:
    data = np.asarray(source.data)
    if source.dtype == np.float16 or source.quantization is None:
        return replace(result, data=data.astype(np.float32), quantization=None)
    parameters = source.quantization
    shape = [1] * data.ndim
    if parameters.axis is not None:
        shape[parameters.axis] = -1
    zero = parameters.zero_point.reshape(shape if parameters.axis is not None else ())
    scale = parameters.scale.reshape(shape if parameters.axis is not None else ())
    return replace(
        result, data=((data.astype(np.int32) - zero) * scale).astype(np.float32), quantization=None
    )
