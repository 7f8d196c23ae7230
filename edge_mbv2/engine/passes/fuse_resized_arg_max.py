"""Fuses RESIZE_BILINEAR -> ARG_MAX, the end of a segmentation."""

from __future__ import annotations

from edge_mbv2.engine.ir import ArgMax, Graph, Patch, ResizeBilinear, ResizedArgMax

_MOST_CHANNELS = 256
"""As many as the fraction of a sum can tell apart."""


def fuse_resized_arg_max(graph: Graph) -> Patch | None:
    """Return the patch that fuses the first ARG_MAX over an 8-bit picture's channels, or None.

    They join only if nothing else reads the enlarged picture.

    Source: DeepLabv3 as published for MobileNetV2 (arXiv:1801.04381, section 6.3): logits, enlarged.
    """
    producers, consumers = graph.producers(), graph.consumers()
    for position, op in enumerate(graph.ops):
        if not isinstance(op, ArgMax) or op.inputs[0] not in producers:
            continue
        made_at = producers[op.inputs[0]]
        resize, picture = graph.ops[made_at], graph.tensors[op.inputs[0]]
        is_private = op.inputs[0] not in graph.outputs and consumers[op.inputs[0]] == [position]
        if not isinstance(resize, ResizeBilinear) or not is_private:
            continue
        if picture.is_quantized and op.axis == 3 and picture.shape[3] <= _MOST_CHANNELS:
            fused = ResizedArgMax(resize.inputs[:1], op.outputs, op.inputs[:1], resize, op)
            return Patch((made_at, position), (fused,))
    return None
