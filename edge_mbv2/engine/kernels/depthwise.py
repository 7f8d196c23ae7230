"""DEPTHWISE_CONV_2D on a stripe of padded float rows; the stand-alone kernel and fused blocks share it."""

from __future__ import annotations

from functools import partial

import numpy as np

from edge_mbv2.engine.ir import DepthwiseConv2D, Tensor
from edge_mbv2.engine.kernels.base import Layout, Options, Step
from edge_mbv2.engine.kernels.padded_rows import PaddedRows
from edge_mbv2.engine.kernels.product import wrap_int32
from edge_mbv2.engine.kernels.rounding import PerChannel, Rounder, channel_scales, clip_bounds
from edge_mbv2.engine.kernels.weights import Interval, prepare_weights

_TILE_FLOATS = 12288


class Depthwise:
    """A depthwise convolution, prepared.

    Args:
        op: the operator.
        tensors: its inputs.
        output: its output.
        options: contract and stripe.
        interval: least and greatest input value, perhaps by channel.
        padded: the geometry of its input rows, and the value that stands for 0 in them.

    Attributes:
        interval: least and greatest result of each channel.
    """

    def __init__(
        self,
        op: DepthwiseConv2D,
        tensors: tuple[Tensor, ...],
        output: Tensor,
        options: Options,
        interval: Interval,
        padded: PaddedRows,
    ) -> None:
        x, filter_tensor = tensors[:2]
        self._window = op.window
        _, height, width, channels = filter_tensor.shape
        self.shape = output.shape[1:]
        scales = channel_scales(x, filter_tensor, output, channels) if x.is_quantized else None
        self.rounder = Rounder(
            scales, clip_bounds(op.activation, output), options.contract, filter_tensor.dtype
        )
        matrix = (
            np.asarray(filter_tensor.data).reshape(-1, channels)
            if filter_tensor.data is not None
            else np.empty((0, channels))
        )
        self._weights = prepare_weights(tensors, matrix, self.rounder, interval, padded.blank)
        self.interval = self._weights.interval
        self.padded = padded
        self._is_float = not x.is_quantized
        filters = self._weights.matrix.reshape(height, width, channels)
        if self._is_float:
            filters = filters.astype(np.float64)
        follows = op.window.stride[1] == padded.phases
        self._tile = _tile_columns(self.shape[1], channels) if follows else 1
        self._filters = [
            np.tile(filters[:, phase :: padded.phases], (1, 1, self._tile))
            for phase in range(min(padded.phases, width))
        ]
        self._add_bias = PerChannel(np.add, self._weights.bias)

    def reserve(self, layout: Layout, rows: int) -> None:
        """Add the buffers for stripes of at most ``rows`` output rows."""
        layout.add("depthwise", (rows, *self.shape[1:]))
        if self._is_float:
            layout.add("padded", self.padded.buffer_shape(rows), np.float64)
            layout.add("depthwise_products", (rows, *self.shape[1:]), np.float64)
            return
        layout.add("padded", self.padded.buffer_shape(rows))
        kind = self._weights.matrix.dtype.type
        parts = (len(self._filters) > 1) + (not self._weights.is_single)
        if parts:
            layout.add("depthwise_parts", (parts, rows, *self.shape[1:]), kind)

    def steps(self, buffers: dict[str, np.ndarray], rows: int) -> list[Step]:
        """Return the calls that make ``rows`` rows of buffer ``depthwise`` from buffer ``padded``."""
        sums = buffers["depthwise"][:rows].reshape(-1, self.shape[2])
        return [*self.sums(buffers, rows), *self.rounder.steps(sums)]

    def sums(self, buffers: dict[str, np.ndarray], rows: int) -> list[Step]:
        """Return the calls that write the sums of ``rows`` rows into buffer ``depthwise``."""
        result = buffers["depthwise"][:rows]
        if self._is_float:
            return self._in_order(buffers["padded"], buffers["depthwise_products"][:rows], result)
        parts = [part[:rows] for part in buffers.get("depthwise_parts", ())]
        sums = result if self._weights.is_single else parts.pop()
        steps = [self._under_taps(buffers["padded"], 0, sums)]
        for phase in range(1, len(self._filters)):
            steps += [
                self._under_taps(buffers["padded"], phase, parts[0]),
                partial(np.add, sums, parts[0], sums),
            ]
        return steps + self._with_bias(sums, result)

    def _in_order(self, padded: np.ndarray, products: np.ndarray, result: np.ndarray) -> list[Step]:
        """Return the calls that sum floats as XNNPACK does: the bias, then products by the filter's columns.

        In float64 a product is exact and a sum nearly, so each rounds to float32 as a fused multiply-add
        does, but for one in some 500 million.
        """
        taps, (filters,) = self._taps(padded, 0, len(result)), self._filters
        shape = *taps.shape[:2], taps.shape[4]
        products, sums = products.reshape(shape), result.reshape(shape)
        steps: list[Step] = [partial(np.copyto, result, self._weights.bias)]
        for j, i in np.ndindex(taps.shape[3], taps.shape[2]):
            steps += [
                partial(np.multiply, taps[:, :, i, j], filters[i, j], products),
                partial(np.add, products, sums, sums, casting="same_kind"),
            ]
        return steps

    def _with_bias(self, sums: np.ndarray, result: np.ndarray) -> list[Step]:
        """Return the calls that add the bias, and bring sums that float64 was needed for to ``result``."""
        steps: list[Step] = []
        if not self._weights.is_single:
            steps.append(partial(np.add, sums, self._weights.bias, sums))
            if self._weights.wraps:
                steps.append(partial(wrap_int32, sums))
            steps.append(partial(np.copyto, result, sums, casting="same_kind"))
        elif self._weights.bias.any():
            steps += self._add_bias.steps(result.reshape(-1, self.shape[2]))
        return steps

    def _under_taps(self, padded: np.ndarray, phase: int, target: np.ndarray) -> Step:
        """Return the call that sums the products with those taps that read one phase of the columns."""
        taps = self._taps(padded, phase, len(target))
        shape = *taps.shape[:2], taps.shape[4]
        return partial(np.einsum, "awijn,ijn->awn", taps, self._filters[phase], out=target.reshape(shape))

    def _taps(self, padded: np.ndarray, phase: int, rows: int) -> np.ndarray:
        """View what lies under each tap of one phase: (rows, tiles, filter's rows, its columns, tile)."""
        pixel, item = padded.strides
        phases = self.padded.phases
        row = pixel * self.padded.layout.pitch
        (down, right), (apart_rows, apart_columns) = self._window.stride, self._window.dilation
        columns, channels = self.shape[1:]
        first = phase * self.padded.layout.pitch // phases
        return np.lib.stride_tricks.as_strided(
            padded[first:],
            (rows, columns // self._tile, *self._filters[phase].shape[:2], self._tile * channels),
            (row * down, pixel * right // phases * self._tile, row * apart_rows, pixel * apart_columns, item),
        )


def _tile_columns(columns: int, channels: int) -> int:
    """Return how many columns an inner loop should run over: a divisor of ``columns``.

    Starting a loop costs about as much as 130 numbers; loops beyond `_TILE_FLOATS` leave the cache,
    which costs about a tenth.
    """
    divisors = [n for n in range(1, columns + 1) if columns % n == 0]
    return min(divisors, key=lambda n: 130 / (n * channels) + 0.1 * (n * channels > _TILE_FLOATS))
