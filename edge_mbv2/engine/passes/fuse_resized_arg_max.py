"""Fuses RESIZE_BILINEAR -> ARG_MAX, the end of a segmentation."""

from __future__ import annotations

from edge_mbv2.engine.ir import ArgMax, Graph, Patch, ResizeBilinear, ResizedArgMax

_MOST_CHANNELS = 256
_LEAST_GROWTH = 2
"""Otherwise rows have little in common, and each alone is made as fast."""


def fuse_resized_arg_max(graph: Graph) -> Patch | None:
    """Return the patch that fuses the first RESIZE_BILINEAR that enlarges 8 bits for ARG_MAX alone, or None.

    Source: DeepLabv3 as published for MobileNetV2 (arXiv:1801.04381, section 6.3): logits, enlarged.
    """
    consumers = graph.consumers()
    for position, resize in enumerate(graph.ops):
        if not isinstance(resize, ResizeBilinear):
            continue
        reader_at = graph.only_reader(resize.outputs[0], consumers)
        if reader_at is None or not isinstance(arg_max := graph.ops[reader_at], ArgMax):
            continue
        small, large = graph.tensors[resize.inputs[0]], graph.tensors[resize.outputs[0]]
        over_channels = arg_max.axis == 3 and large.shape[3] <= _MOST_CHANNELS
        if over_channels and large.is_quantized and large.shape[1] >= _LEAST_GROWTH * small.shape[1]:
            fused = ResizedArgMax(resize.inputs[:1], arg_max.outputs, resize, arg_max)
            return Patch((position, reader_at), (fused,))
    return None
