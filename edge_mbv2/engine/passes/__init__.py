"""Named rewrites of a graph: each returns one patch, or None when there is nothing left to do."""

from __future__ import annotations

from collections.abc import Callable

from edge_mbv2.engine.ir import Graph, Patch
from edge_mbv2.engine.passes.fold_dequantize import fold_dequantize
from edge_mbv2.engine.passes.fold_pad import fold_pad
from edge_mbv2.engine.passes.fold_quantize import fold_quantize
from edge_mbv2.engine.passes.fuse_inverted_residual import fuse_inverted_residual
from edge_mbv2.engine.passes.fuse_resized_arg_max import fuse_resized_arg_max

Pass = Callable[[Graph], Patch | None]

REQUIRED: dict[str, Pass] = {"fold_dequantize": fold_dequantize}
"""Without these some models can't run."""

FUSIONS: dict[str, Pass] = {
    "fold_pad": fold_pad,
    "fold_quantize": fold_quantize,
    "fuse_inverted_residual": fuse_inverted_residual,
    "fuse_resized_arg_max": fuse_resized_arg_max,
}
"""These only save time and memory; the answer is the same."""


def rewrite(graph: Graph, passes: dict[str, Pass]) -> Graph:
    """Return the graph with every pass applied, in order, until it finds nothing more."""
    for rewrite_once in passes.values():
        while (patch := rewrite_once(graph)) is not None:
            graph = graph.apply(patch)
    return graph


__all__ = ["FUSIONS", "REQUIRED", "Pass", "rewrite"]
