"""Takes the channels out of a block whose depthwise result is the same whatever the picture shows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from edge_mbv2.engine.ir import InvertedResidual, Tensor
from edge_mbv2.engine.kernels.some_channels import VECTOR, take_of_block
from edge_mbv2.engine.kernels.weights import Interval

_INT32_LIMIT = 1 << 31


def keep_live_channels(
    op: InvertedResidual, tensors: dict[int, Tensor], results: Interval
) -> dict[int, Tensor] | None:
    """Return the block's tensors without constant channels, or None when that gains nothing.

    What the constants add to the project's sums is added to its bias.

    Args:
        op: the block.
        tensors: all that it names, by number.
        results: least and greatest centred result of each depthwise channel.
    """
    if op.expand is None or op.project is None or len(op.project.inputs) < 3:
        return None
    constants = [number for stage in (op.expand, op.depthwise, op.project) for number in stage.inputs[1:]]
    if len(set(constants)) < len(constants):  # what one stage loses another would lose, too
        return None
    constant = results[0] == results[1]
    live = np.flatnonzero(~constant)
    live = np.sort(np.concatenate([live, np.flatnonzero(constant)[: -live.size % VECTOR]]))
    if not 0 < live.size < constant.size:
        return None
    dead = np.setdiff1d(np.arange(constant.size), live)
    changed = take_of_block(op, tensors, live)
    filters = tensors[op.project.inputs[1]]
    assert filters.quantization is not None
    assert filters.data is not None
    centred = filters.data[:, 0, 0, dead].astype(np.int64) - filters.quantization.zero_point.reshape(-1, 1)
    bias_number = op.project.inputs[2]
    bias = np.asarray(tensors[bias_number].data, np.int64) + centred @ results[0][dead].astype(np.int64)
    if np.abs(bias).max() >= _INT32_LIMIT:
        return None
    changed[bias_number] = replace(tensors[bias_number], data=bias.astype(np.int32))
    return changed
