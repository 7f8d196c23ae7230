"""Tensors with some of their channels only."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from edge_mbv2.engine.ir import InvertedResidual, Tensor
from edge_mbv2.tensor import QuantParams

VECTOR = 8
"""Matrix products take as long for one channel as for so many."""

Channels = np.ndarray | slice


def take(tensor: Tensor, channels: Channels, axis: int) -> Tensor:
    """Return the tensor with some of its channels, and of its scales where each channel has its own."""
    numbers = np.arange(tensor.shape[axis])[channels]
    shape = (*tensor.shape[:axis], numbers.size, *tensor.shape[axis + 1 :])
    data = None if tensor.data is None else np.take(tensor.data, numbers, axis)
    parameters = tensor.quantization
    if parameters is not None and parameters.axis == axis:
        parameters = QuantParams(parameters.scale[numbers], parameters.zero_point[numbers], axis)
    return replace(tensor, shape=shape, data=data, quantization=parameters)


def take_of_block(op: InvertedResidual, tensors: dict[int, Tensor], channels: Channels) -> dict[int, Tensor]:
    """Return a block's tensors, by number, with some of the expanded channels.

    Args:
        op: a block with an expand stage; no constant belongs to two stages, but for biases of those that make
            expanded channels.
        tensors: all that it names.
        channels: which.
    """
    assert op.expand is not None
    changed = dict(tensors)
    for stage, axis in ((op.expand, 0), (op.depthwise, 3)):
        for number in stage.inputs[1:]:
            tensor = tensors[number]
            changed[number] = take(tensor, channels, axis if len(tensor.shape) == 4 else 0)
        changed[stage.outputs[0]] = take(tensors[stage.outputs[0]], channels, 3)
    if op.project is not None:
        changed[op.project.inputs[1]] = take(tensors[op.project.inputs[1]], channels, 3)
    return changed
