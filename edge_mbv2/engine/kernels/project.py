"""The linear (or activated) 1x1 convolution that ends a block, on centred float rows."""

from __future__ import annotations

from functools import partial

import numpy as np

from edge_mbv2.engine.ir import Conv2D, Tensor
from edge_mbv2.engine.kernels.base import Layout, Options, Step
from edge_mbv2.engine.kernels.convolution import wrap_int32
from edge_mbv2.engine.kernels.ordered_product import OrderedProduct
from edge_mbv2.engine.kernels.rounding import PerChannel, Rounder, channel_scales, clip_bounds
from edge_mbv2.engine.kernels.weights import Interval, prepare_weights


class Project:
    """A 1x1 convolution from buffer ``depthwise`` to buffer ``project``.

    Args:
        op: the operator; stride 1, no padding.
        tensors: its inputs.
        output: its output.
        options: contract and stripe.
        interval: least and greatest centred input value, (channels, 1) each.
    """

    def __init__(
        self,
        op: Conv2D,
        tensors: tuple[Tensor, ...],
        output: Tensor,
        options: Options,
        interval: Interval,
    ) -> None:
        x, filter_tensor = tensors[:2]
        channels = filter_tensor.shape[0]
        scales = channel_scales(x, filter_tensor, output, channels) if x.is_quantized else None
        rounder = Rounder(scales, clip_bounds(op.activation, output), options.contract, filter_tensor.dtype)
        matrix = np.asarray(filter_tensor.data).reshape(channels, -1).T
        self._shape = output.shape[2:]
        self._rounder = rounder
        self._weights = prepare_weights(tensors, matrix, rounder, interval)
        self._add_bias = PerChannel(np.add, self._weights.bias)
        self._ordered = None
        if not x.is_quantized:
            self._ordered = OrderedProduct(self._weights.rows)

    def reserve(self, layout: Layout, rows: int) -> None:
        """Add the buffers for stripes of at most ``rows`` rows."""
        layout.add("project", (rows, *self._shape))
        if self._ordered is not None:
            pixels = rows * self._shape[0]
            layout.add("project_x", (pixels, self._weights.matrix.shape[0] + 1))
            self._ordered.reserve(layout, "project_wide", pixels)
        elif not self._weights.is_single:
            layout.add("project_wide", (rows, *self._shape), np.float64)
            layout.add("depthwise_double", (rows * self._shape[0], self._weights.matrix.shape[0]), np.float64)

    def steps(self, buffers: dict[str, np.ndarray], rows: int) -> list[Step]:
        """Return the calls that project ``rows`` rows."""
        weights = self._weights
        pixels = rows * self._shape[0]
        depth, channels = weights.matrix.shape
        left = buffers["depthwise"][:rows].reshape(pixels, depth)
        result = buffers["project"][:rows]
        steps: list[Step] = []
        if self._ordered is not None:
            x = buffers["project_x"][:pixels]
            steps += [partial(x[:, 0].fill, 1), partial(np.copyto, x[:, 1:], left)]
            steps += self._ordered.steps(x, buffers["project_wide"], result.reshape(pixels, channels))
        elif weights.is_single:
            flat = result.reshape(pixels, channels)
            steps += [partial(np.matmul, left, weights.matrix, flat), *self._add_bias.steps(flat)]
        else:
            double, wide = (
                buffers["depthwise_double"][:pixels],
                buffers["project_wide"][:rows].reshape(pixels, channels),
            )
            steps += [
                partial(np.copyto, double, left),
                partial(np.matmul, double, weights.matrix, wide),
                partial(np.add, wide, weights.bias, wide),
            ]
            if weights.wraps:
                steps.append(partial(wrap_int32, wide))
            steps.append(partial(np.copyto, result.reshape(pixels, channels), wide, casting="same_kind"))
        return steps + self._rounder.steps(result.reshape(pixels, channels))
