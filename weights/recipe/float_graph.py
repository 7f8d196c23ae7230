"""Brings a float detector into the form that is quantized; every rewrite leaves its values as they are."""

from __future__ import annotations

import numpy as np

from edge_mbv2.quantize import Graph, Operator, Tensor, dump, load
from edge_mbv2.quantize.float16 import fold_float16

INPUT = "image"
OUTPUTS = ("box_encodings", "class_predictions")


def tidy(model: bytes) -> bytes:
    """Return ``model`` with float32 weights, outputs that are concatenations, and plain names.

    Args:
        model: a ``.tflite`` SSD detector whose outputs are box encodings, then class logits.
    """
    graph = load(model)
    fold_float16(graph)
    for output in graph.outputs:
        _reshape_before_concatenation(graph, output)
    for tensor, name in zip((*graph.inputs, *graph.outputs), (INPUT, *OUTPUTS), strict=True):
        tensor.name = name
    return dump(graph)


def _reshape_before_concatenation(graph: Graph, output: Tensor) -> None:
    """Where ``output`` is a reshaped concatenation of reshaped parts, reshape the parts rightly instead.

    One operator less, and the concatenation writes the output itself. Boxes come as [1, n, 1, 4].
    """
    last = graph.producers()[output]
    if last.kind != "RESHAPE":
        return
    concatenation = _producer(graph, last.inputs[0])
    for part in concatenation.inputs:
        reshape = _producer(graph, part)
        assert reshape.kind == "RESHAPE"
        shape = (1, reshape.outputs[0].shape[1], *output.shape[2:])
        reshape.outputs[0].shape = shape
        reshape.inputs[1] = Tensor(
            f"{reshape.outputs[0].name}/shape", (len(shape),), np.dtype("i4"), np.array(shape, "i4")
        )
        reshape.options = None
    concatenation.outputs = [output]
    graph.operators.remove(last)


def _producer(graph: Graph, tensor: Tensor | None) -> Operator:
    assert tensor is not None
    return graph.producers()[tensor]
