"""Turns half-precision constants into the float32 constants that they stand for."""

from __future__ import annotations

import numpy as np

from edge_mbv2.quantize.graph import Graph


def fold_float16(graph: Graph) -> None:
    """Replace each ``DEQUANTIZE`` of a float16 constant by a float32 constant, in place.

    Files with half-size weights carry one such operator per weight. Every half is a float32, so
    the graph computes what it did.
    """
    kept = []
    for op in graph.operators:
        source = op.inputs[0] if op.inputs else None
        half = source.data if source is not None and source.dtype == np.float16 else None
        if op.kind == "DEQUANTIZE" and half is not None:
            op.outputs[0].data = half.astype(np.float32)
        else:
            kept.append(op)
    graph.operators = kept
