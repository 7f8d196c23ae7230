"""The linear (or activated) 1x1 convolution that ends a block, on centred float rows."""

from __future__ import annotations

from functools import partial

import numpy as np

from edge_mbv2.engine.ir import Conv2D, Tensor
from edge_mbv2.engine.kernels.base import Layout, Options, Step
from edge_mbv2.engine.kernels.product import Product
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

    Attributes:
        is_direct: whether float32 sums of any of its products are exact.
        add_bias: to such sums.
        rounder: what becomes of the sums with the bias.
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
        self.rounder = Rounder(
            scales, clip_bounds(op.activation, output), options.contract, filter_tensor.dtype
        )
        matrix = np.asarray(filter_tensor.data).reshape(channels, -1).T
        self._shape = output.shape[2:]
        self._weights = prepare_weights(tensors, matrix, self.rounder, interval)
        self.add_bias = PerChannel(np.add, self._weights.bias)
        self.is_direct = x.is_quantized and self._weights.is_single
        self._product = Product(self._weights, is_float=not x.is_quantized)

    def reserve(self, layout: Layout, rows: int) -> None:
        """Add the buffers for stripes of at most ``rows`` rows."""
        layout.add("project", (rows, *self._shape))
        if not self.is_direct:
            pixels = rows * self._shape[0]
            layout.add("project_x", (pixels, self._weights.rows.shape[0]), self._product.kind)
            self._product.reserve(layout, "project_wide", pixels)

    def sums(self, buffers: dict[str, np.ndarray], rows: int) -> list[Step]:
        """Return the calls that write the sums of ``rows`` rows."""
        pixels = rows * self._shape[0]
        depth, channels = self._weights.matrix.shape
        left = buffers["depthwise"][:rows].reshape(pixels, depth)
        sums = buffers["project"][:rows].reshape(pixels, channels)
        if self.is_direct:  # what comes of the depthwise filters need not be copied behind a 1
            return [self.product(left, slice(0, depth), sums), *self.add_bias.steps(sums)]
        x = buffers["project_x"][:pixels]
        steps: list[Step] = [partial(x[:, 0].fill, 1), partial(np.copyto, x[:, 1:], left)]
        return steps + self._product.steps(x, buffers.get("project_wide"), sums)

    def product(self, left: np.ndarray, channels: slice, sums: np.ndarray) -> Step:
        """Return the call that writes the exact sums, without the bias, over some of the input's channels.

        Args:
            left: float32 (pixels, as many channels).
            channels: which.
            sums: float32 (pixels, O).
        """
        return partial(np.matmul, left, self._weights.matrix[channels], sums)
