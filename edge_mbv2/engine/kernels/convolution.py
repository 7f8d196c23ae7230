"""CONV_2D on a stripe of rows as one matrix product; the stand-alone kernel and fused blocks share it."""

from __future__ import annotations

from functools import partial

import numpy as np

from edge_mbv2.engine.ir import Conv2D, Tensor
from edge_mbv2.engine.kernels.base import Layout, Options, Step
from edge_mbv2.engine.kernels.padded_rows import PaddedRows
from edge_mbv2.engine.kernels.rounding import Rounder, channel_scales, clip_bounds
from edge_mbv2.engine.kernels.weights import prepare_weights, stored_interval, stored_zero

_FEW_CHANNELS = 4


class Convolution:
    """A convolution, prepared: weights as a matrix with the bias as its last row.

    Args:
        op: the operator.
        tensors: its inputs.
        output: its output.
        options: contract and stripe.
        prefix: of its buffers' names.
    """

    def __init__(
        self, op: Conv2D, tensors: tuple[Tensor, ...], output: Tensor, options: Options, prefix: str
    ) -> None:
        x, filter_tensor = tensors[:2]
        self.window = op.window
        self.shape = output.shape[1:]
        channels, height, width, depth = filter_tensor.shape
        self._size = height, width
        self._input_shape = (x.shape[1], x.shape[2], x.shape[3])
        self._is_pointwise = self._size == (1, 1) and not any(op.window.padding)
        scales = channel_scales(x, filter_tensor, output, channels) if x.is_quantized else None
        self.rounder = Rounder(scales, clip_bounds(op.activation, output), options.contract)
        matrix = (
            np.asarray(filter_tensor.data).reshape(channels, -1).T
            if filter_tensor.data is not None
            else np.empty((0, channels))
        )
        zero = stored_zero(x)
        self.weights = prepare_weights(tensors, matrix, self.rounder, stored_interval(x), zero)
        self._matrix = np.vstack([self.weights.matrix, self.weights.bias])
        self._depth = height * width * depth
        self._by_tap = not self._is_pointwise and depth <= _FEW_CHANNELS
        self._padded = PaddedRows(op.window, self._size, self._input_shape, zero)
        self._prefix = prefix

    def reserve(self, layout: Layout, rows: int) -> None:
        """Add the buffers for stripes of at most ``rows`` output rows."""
        pixels = rows * self.shape[1]
        kind = self._matrix.dtype.type
        columns = self._depth + 1
        layout.add(self._prefix + "x", (columns, pixels) if self._by_tap else (pixels, columns), kind)
        layout.add(self._prefix + "sums", (pixels, self.shape[2]))
        if not self.weights.is_single:
            layout.add(self._prefix + "wide", (pixels, self.shape[2]), np.float64)
        if not self._is_pointwise:
            layout.add(self._prefix + "padded", self._padded.buffer_shape(rows))

    def bind(self, buffers: dict[str, np.ndarray], image: np.ndarray) -> BoundConvolution:
        """Return it tied to its buffers and to the stored input picture (rows, columns, channels)."""
        mine = {
            name.removeprefix(self._prefix): a for name, a in buffers.items() if name.startswith(self._prefix)
        }
        return BoundConvolution(self, mine, image)


class BoundConvolution:
    """A convolution that makes rows from the top to the bottom of one picture."""

    def __init__(self, convolution: Convolution, buffers: dict[str, np.ndarray], image: np.ndarray) -> None:
        self._of = convolution
        self._buffers = buffers
        self._image = image
        self._previous: range | None = None

    def prologue(self) -> list[Step]:
        """Return the calls to make once a frame, before any row."""
        x, of = self._buffers["x"], self._of
        ones = x[-1] if of._by_tap else x[:, -1]
        steps: list[Step] = [partial(ones.fill, 1)]
        if not of._is_pointwise:
            steps += of._padded.blank_columns(self._buffers["padded"])
        return steps

    def rows(self, stripe: range, target: np.ndarray) -> list[Step]:
        """Return the calls that write output rows ``stripe``, rounded and centred, into ``target``.

        Args:
            stripe: directly below the one before.
            target: float32 (rows, columns, channels), each row contiguous.
        """
        of = self._of
        pixels = len(stripe) * of.shape[1]
        sums = self._buffers["sums"][:pixels]
        if of._by_tap:
            x = self._buffers["x"].reshape(-1)[: pixels * (of._depth + 1)].reshape(of._depth + 1, pixels)
            if pixels != self._buffers["x"].shape[1]:
                ones: list[Step] = [partial(x[-1].fill, 1)]
            else:
                ones = []
            steps = ones + self._patches(stripe, x[:-1].reshape(of._depth, len(stripe), of.shape[1]))
            left = x.T
        else:
            left = self._buffers["x"][:pixels]
            steps = self._patches(stripe, left[:, :-1].reshape(len(stripe), of.shape[1], of._depth))
        self._previous = stripe
        steps += self._product(left, sums, pixels)
        return steps + of.rounder.steps(sums.reshape(len(stripe), *of.shape[1:]), target)

    def _product(self, left: np.ndarray, sums: np.ndarray, pixels: int) -> list[Step]:
        of = self._of
        if of.weights.is_single:
            return [partial(np.matmul, left, of._matrix, sums)]
        wide = self._buffers["wide"][:pixels]
        steps: list[Step] = [partial(np.matmul, left, of._matrix, wide)]
        if of.weights.wraps:
            steps.append(partial(wrap_int32, wide))
        return [*steps, partial(np.copyto, sums, wide, casting="same_kind")]

    def _patches(self, stripe: range, target: np.ndarray) -> list[Step]:
        """Return the calls that gather what each output pixel is computed of."""
        of = self._of
        (down, right), (apart_rows, apart_columns) = of.window.stride, of.window.dilation
        if of._is_pointwise:
            rows = slice(stripe.start * down, (stripe.stop - 1) * down + 1, down)
            return [partial(np.copyto, target, self._image[rows, ::right][:, : of.shape[1]])]
        padded = self._buffers["padded"]
        steps = of._padded.advance(
            padded,
            stripe,
            self._previous,
            lambda rows, out: [partial(np.copyto, out, self._image[rows.start : rows.stop])],
        )
        height, width = of._size
        depth = of._input_shape[2]
        row, column, item = padded.strides
        taps = np.lib.stride_tricks.as_strided(
            padded,
            (len(stripe), of.shape[1], height, width, depth),
            (row * down, column * right, row * apart_rows, column * apart_columns, item),
        )
        if not of._by_tap:
            split = np.lib.stride_tricks.as_strided(
                target,
                taps.shape,
                (
                    *target.strides[:2],
                    width * depth * target.itemsize,
                    depth * target.itemsize,
                    target.itemsize,
                ),
            )
            return [*steps, partial(np.copyto, split, taps)]
        for tap, (i, j, channel) in enumerate(np.ndindex(height, width, depth)):
            steps.append(partial(np.copyto, target[tap], taps[:, :, i, j, channel]))
        return steps


def wrap_int32(sums: np.ndarray) -> None:
    """Wrap exact float64 integers around int32's ends, in place."""
    sums[...] = sums.astype(np.int64).astype(np.int32)
