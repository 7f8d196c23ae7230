"""DEPTHWISE_CONV_2D on a stripe of padded float rows; the stand-alone kernel and fused blocks share it."""

from __future__ import annotations

from functools import partial

import numpy as np

from edge_mbv2.engine.ir import DepthwiseConv2D, Tensor
from edge_mbv2.engine.kernels.base import Layout, Options, Step
from edge_mbv2.engine.kernels.convolution import wrap_int32
from edge_mbv2.engine.kernels.padded_rows import PaddedRows
from edge_mbv2.engine.kernels.rounding import Rounder, channel_scales, clip_bounds, tile_columns
from edge_mbv2.engine.kernels.weights import prepare_weights

_TILE_FLOATS = 2048


class Depthwise:
    """A depthwise convolution, prepared.

    Args:
        op: the operator.
        tensors: its inputs.
        output: its output.
        options: contract and stripe.
        interval: least and greatest input value.
        zero: the input value that stands for 0.
    """

    def __init__(
        self,
        op: DepthwiseConv2D,
        tensors: tuple[Tensor, ...],
        output: Tensor,
        options: Options,
        interval: tuple[float, float],
        zero: float,
    ) -> None:
        x, filter_tensor = tensors[:2]
        self._window = op.window
        _, height, width, channels = filter_tensor.shape
        self._size = height, width
        self.shape = output.shape[1:]
        scales = channel_scales(x, filter_tensor, output, channels) if x.is_quantized else None
        self.rounder = Rounder(scales, clip_bounds(op.activation, output), options.contract)
        matrix = (
            np.asarray(filter_tensor.data).reshape(-1, channels)
            if filter_tensor.data is not None
            else np.empty((0, channels))
        )
        self._weights = prepare_weights(tensors, matrix, self.rounder, interval, zero)
        self.padded = PaddedRows(op.window, self._size, (x.shape[1], x.shape[2], channels), zero)
        self._tile = tile_columns(self.shape[1], channels, _TILE_FLOATS) if op.window.stride[1] == 1 else 1
        filters = self._weights.matrix.reshape(height, width, channels)
        self._filter = np.tile(filters, (1, 1, self._tile))
        self._bias = np.tile(self._weights.bias.astype(np.float32), tile_columns(self.shape[1], channels))

    def reserve(self, layout: Layout, rows: int) -> None:
        """Add the buffers for stripes of at most ``rows`` output rows."""
        layout.add("padded", self.padded.buffer_shape(rows))
        layout.add("depthwise", (rows, *self.shape[1:]))
        if not self._weights.is_single:
            layout.add("depthwise_wide", (rows, *self.shape[1:]), np.float64)

    def steps(self, buffers: dict[str, np.ndarray], rows: int) -> list[Step]:
        """Return the calls that make ``rows`` rows of buffer ``depthwise`` from buffer ``padded``."""
        result = buffers["depthwise"][:rows]
        single = self._weights.is_single
        sums = result if single else buffers["depthwise_wide"][:rows]
        columns, channels = self.shape[1:]
        groups, wide = columns // self._tile, self._tile * channels
        steps: list[Step] = [
            partial(
                np.einsum,
                "awijn,ijn->awn",
                self._taps(buffers["padded"], rows, groups, wide),
                self._filter,
                out=sums.reshape(rows, groups, wide),
            )
        ]
        if not single:
            steps.append(partial(np.add, sums, self._weights.bias, sums))
            if self._weights.wraps:
                steps.append(partial(wrap_int32, sums))
            steps.append(partial(np.copyto, result, sums, casting="same_kind"))
        elif self._weights.bias.any():
            folded = result.reshape(-1, self._bias.size)
            steps.append(partial(np.add, folded, self._bias, folded))
        return steps + self.rounder.steps(result, result)

    def _taps(self, padded: np.ndarray, rows: int, groups: int, wide: int) -> np.ndarray:
        row, column, item = padded.strides
        (down, right), (apart_rows, apart_columns) = self._window.stride, self._window.dilation
        return np.lib.stride_tricks.as_strided(
            padded,
            (rows, groups, *self._size, wide),
            (row * down, column * right * self._tile, row * apart_rows, column * apart_columns, item),
        )
