"""Gives a PAD's zeros to the convolution that follows it."""

from __future__ import annotations

from dataclasses import replace

from edge_mbv2.engine.ir import Conv2D, DepthwiseConv2D, Graph, Pad, Patch


def fold_pad(graph: Graph) -> Patch | None:
    """Return the patch that folds the first PAD whose only reader is a convolution, or None.

    Source: TensorFlow Lite operator specification, PAD: the zero point is what is padded with.
    """
    consumers = graph.consumers()
    for position, op in enumerate(graph.ops):
        if not isinstance(op, Pad) or len(op.padding) != 4 or any(op.padding[0]) or any(op.padding[3]):
            continue
        source, result = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
        same = not source.is_quantized or (source.scale, source.zero_point) == (
            result.scale,
            result.zero_point,
        )
        reader_at = graph.only_reader(op.outputs[0], consumers)
        if not same or reader_at is None:
            continue
        reader = graph.ops[reader_at]
        if isinstance(reader, (Conv2D, DepthwiseConv2D)) and reader.inputs[0] == op.outputs[0]:
            amounts = (*op.padding[1], *op.padding[2])
            summed = [a + b for a, b in zip(reader.window.padding, amounts, strict=True)]
            window = replace(reader.window, padding=(summed[0], summed[1], summed[2], summed[3]))
            moved = replace(reader, inputs=(op.inputs[0], *reader.inputs[1:]), window=window)
            return Patch((position, reader_at), (moved,))
    return None
