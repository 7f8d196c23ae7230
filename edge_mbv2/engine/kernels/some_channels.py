"""Tensors with some of their channels only."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from edge_mbv2.engine.ir import InvertedResidual, Tensor
from edge_mbv2.tensor import QuantParams


def take(tensor: Tensor, channels: np.ndarray, axis: int) -> Tensor:
    """Return the tensor with some of its channels, and of its scales where each channel has its own."""
    shape = (*tensor.shape[:axis], channels.size, *tensor.shape[axis + 1 :])
    data = None if tensor.data is None else np.take(tensor.data, channels, axis)
    parameters = tensor.quantization
    if parameters is not None and parameters.axis == axis:
        parameters = QuantParams(parameters.scale[channels], parameters.zero_point[channels], axis)
    return replace(tensor, shape=shape, data=data, quantization=parameters)


def take_of_block(
    op: InvertedResidual, tensors: dict[int, Tensor], channels: np.ndarray
) -> dict[int, Tensor]:
    """Return a block's tensors, by number, with some of the expanded channels."""
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
