"""FULLY_CONNECTED as one matrix product."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from edge_mbv2.engine.ir import FullyConnected, Op, Tensor
from edge_mbv2.engine.kernels.base import Arrays, Layout, Options, Share, Step, Unstriped
from edge_mbv2.engine.kernels.product import Product
from edge_mbv2.engine.kernels.rounding import Rounder, channel_scales, clip_bounds
from edge_mbv2.engine.kernels.store import store
from edge_mbv2.engine.kernels.weights import prepare_weights, stored_interval, stored_zero


class FullyConnectedKernel(Unstriped):
    """Rows of I times (O, I), plus bias."""

    splits = False

    def __init__(self, op: Op, inputs: Sequence[Tensor], outputs: Sequence[Tensor], options: Options) -> None:
        assert isinstance(op, FullyConnected)
        x, filter_tensor = inputs[:2]
        self._output = outputs[0]
        units, depth = filter_tensor.shape
        scales = channel_scales(x, filter_tensor, outputs[0], units) if x.is_quantized else None
        self._rounder = Rounder(
            scales, clip_bounds(op.activation, outputs[0]), options.contract, filter_tensor.dtype
        )
        matrix = np.empty((0, units)) if filter_tensor.data is None else np.asarray(filter_tensor.data).T
        weights = prepare_weights(tuple(inputs), matrix, self._rounder, stored_interval(x), stored_zero(x))
        self._product = Product(weights, is_float=not x.is_quantized)
        rows = x.nbytes // x.dtype.itemsize // depth
        self._layout = Layout()
        self._layout.add("x", (rows, 1 + depth), self._product.kind)
        self._product.reserve(self._layout, "wide", rows)
        self._layout.add("result", (rows, units))
        self.scratch_bytes = self._layout.nbytes

    def bind(self, inputs: Arrays, outputs: Arrays, share: Share) -> list[Step]:
        """See `Kernel.bind`."""
        buffers = self._layout.carve(share.scratch)
        x, result = buffers["x"], buffers["result"]
        steps: list[Step] = [
            partial(x[:, 0].fill, 1),
            partial(np.copyto, x[:, 1:], inputs[0].reshape(len(x), -1)),
        ]
        steps += self._product.steps(x, buffers.get("wide"), result)
        return steps + store(result, self._rounder, self._output, outputs[0].reshape(result.shape))
