"""Which operators can be quantized, and how each one's scales hang together."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

from edge_mbv2.errors import ModelFormatError
from edge_mbv2.quantize.graph import Graph, Operator, Tensor


class Scales(Enum):
    """What an operator demands of the quantization of its inputs and outputs."""

    WEIGHTED = "inputs are activation, filter, bias; the output has its own scale"
    FREE = "every tensor has its own scale"
    SHARED = "all activations have one scale, or the kernels refuse them"
    UNIT = "the output has scale 1/256 and zero point -128"


@dataclass(frozen=True, slots=True)
class Rule:
    """How one kind of operator is quantized.

    Attributes:
        scales: see `Scales`.
        version: the first version of the builtin operator that takes int8.
        filter_axis: the filter's dimension of output channels, each with its own scale; None for
            one scale per filter.
    """

    scales: Scales
    version: int
    filter_axis: int | None = None


# A scale per output channel of FULLY_CONNECTED came with its version 12, which neither
# tflite-runtime 2.14 nor the Edge TPU's compiler reads: one per filter it is.
RULES = {
    "CONV_2D": Rule(Scales.WEIGHTED, 3, filter_axis=0),
    "DEPTHWISE_CONV_2D": Rule(Scales.WEIGHTED, 3, filter_axis=3),
    "FULLY_CONNECTED": Rule(Scales.WEIGHTED, 4),
    "ADD": Rule(Scales.FREE, 2),
    "MEAN": Rule(Scales.FREE, 2),
    "AVERAGE_POOL_2D": Rule(Scales.SHARED, 2),
    "CONCATENATION": Rule(Scales.SHARED, 2),
    "MAX_POOL_2D": Rule(Scales.SHARED, 2),
    "PAD": Rule(Scales.SHARED, 2),
    "RESHAPE": Rule(Scales.SHARED, 1),
    "RESIZE_BILINEAR": Rule(Scales.SHARED, 2),
    "SQUEEZE": Rule(Scales.SHARED, 1),
    "LOGISTIC": Rule(Scales.UNIT, 2),
    "SOFTMAX": Rule(Scales.UNIT, 2),
}


def check_supported(graph: Graph) -> None:
    """Refuse a graph with anything that can't be quantized, naming all of it.

    Raises:
        ModelFormatError: some operators are not in `RULES` or are used in an unusual way, or the
            graph is quantized already or does not have exactly one picture-shaped float input.
    """
    if any(tensor.quantization is not None for tensor in graph.activations()):
        raise ModelFormatError(
            "the model is quantized already; give the float32 or float16 model that it was made from"
        )
    complaints = [complaint for op in graph.operators if (complaint := _complaint(op))]
    if complaints:
        raise ModelFormatError(
            f"the model can't be quantized because of {'; '.join(sorted(set(complaints)))}. "
            f"Operators that can be: {', '.join(sorted(RULES))}, on float32"
        )
    if not (len(graph.inputs) == 1 and _is_picture(graph.inputs[0])):
        forms = [f"{tensor.name!r} {tensor.dtype} {list(tensor.shape)}" for tensor in graph.inputs]
        raise ModelFormatError(
            "a model with one float32 input of [1, height, width, channels] can be quantized; "
            f"this one takes {' and '.join(forms) or 'nothing'}"
        )


def _complaint(op: Operator) -> str | None:
    rule = RULES.get(op.kind)
    if rule is None:
        return op.kind
    if any(tensor.dtype != np.float32 for tensor in op.outputs):
        return f"{op.kind} that computes {op.outputs[0].dtype}"
    activations = op.inputs
    if rule.scales is Scales.WEIGHTED:
        activations = op.inputs[:1]
        if complaint := _complaint_about_weights(op):
            return complaint
    if any(
        tensor is not None and tensor.is_constant and tensor.dtype == np.float32 for tensor in activations
    ):
        return f"{op.kind} of a constant"
    return None


def _complaint_about_weights(op: Operator) -> str | None:
    read, weights = (op.inputs[0] if op.inputs else None), op.inputs[1:]
    for tensor in weights:
        if tensor is not None and not tensor.is_constant:
            return f"{op.kind} with computed weights"
        if tensor is not None and tensor.dtype != np.float32:
            return f"{op.kind} with {tensor.dtype} weights"
    if read is None or not weights or weights[0] is None:
        return f"{op.kind} without weights"
    if op.kind == "CONV_2D" and weights[0].shape[3:] != read.shape[3:]:
        return f"{op.kind} in groups"
    return None


def _is_picture(tensor: Tensor) -> bool:
    return tensor.dtype == np.float32 and len(tensor.shape) == 4 and tensor.shape[0] == 1
