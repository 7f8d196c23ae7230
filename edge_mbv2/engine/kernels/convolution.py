"""CONV_2D on a stripe of rows as one matrix product; the stand-alone kernel and fused blocks share it."""

from __future__ import annotations

from functools import partial

import numpy as np

from edge_mbv2.engine.ir import Conv2D, Tensor
from edge_mbv2.engine.kernels.base import Layout, Options, Step
from edge_mbv2.engine.kernels.padded_rows import PaddedRows, RowLayout
from edge_mbv2.engine.kernels.product import Product
from edge_mbv2.engine.kernels.rounding import Rounder, channel_scales, clip_bounds
from edge_mbv2.engine.kernels.weights import prepare_weights, stored_interval, stored_zero

_FEW_CHANNELS = 4


class Convolution:
    """A convolution, prepared; the bias is the first product of each sum, as XNNPACK has it.

    Args:
        op: the operator.
        tensors: its inputs.
        output: its output.
        options: contract and stripe.
        prefix: of its buffers' names.
        layout: of the rows it writes; pixels that are no columns become 0. None for columns alone.
    """

    def __init__(
        self,
        op: Conv2D,
        tensors: tuple[Tensor, ...],
        output: Tensor,
        options: Options,
        prefix: str,
        layout: RowLayout | None = None,
    ) -> None:
        x, filter_tensor = tensors[:2]
        self.window = op.window
        self.shape = output.shape[1:]
        channels, height, width, depth = filter_tensor.shape
        self._size = height, width
        self._layout = layout or RowLayout.plain(self.shape[1])
        self._is_pointwise = self._size == (1, 1) and not any(op.window.padding)
        scales = channel_scales(x, filter_tensor, output, channels) if x.is_quantized else None
        self.rounder = Rounder(
            scales, clip_bounds(op.activation, output), options.contract, filter_tensor.dtype
        )
        matrix = (
            np.asarray(filter_tensor.data).reshape(channels, -1).T
            if filter_tensor.data is not None
            else np.empty((0, channels))
        )
        zero = stored_zero(x)
        self.weights = prepare_weights(tensors, matrix, self.rounder, stored_interval(x), zero)
        self._product = Product(self.weights, is_float=not x.is_quantized)
        self._depth = height * width * depth
        self._by_tap = not self._is_pointwise and depth <= _FEW_CHANNELS
        self._padded = PaddedRows(op.window, self._size, (x.shape[1], x.shape[2], depth), zero, sort=False)
        self._prefix = prefix

    def reserve(self, layout: Layout, rows: int) -> None:
        """Add the buffers for stripes of at most ``rows`` output rows."""
        pixels = rows * self._layout.pitch
        columns = self._depth + 1
        shape = (columns, pixels) if self._by_tap else (pixels, columns)
        layout.add(self._prefix + "x", shape, self._product.kind)
        self._product.reserve(layout, self._prefix + "wide", pixels)
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
        x = buffers["x"].T if convolution._by_tap else buffers["x"]
        self._x = x
        self._pixels = split_rows(x, convolution._layout.pitch)

    def prologue(self) -> list[Step]:
        """Return the calls to make once a picture, before any row."""
        layout = self._of._layout
        steps: list[Step] = [partial(self._pixels[:, gap].fill, 0) for gap in layout.gaps]
        steps += [partial(self._pixels[:, to, 0].fill, 1) for _, to in layout.spans]
        if not self._of._is_pointwise:
            steps += self._of._padded.blank_gaps(self._buffers["padded"])
        return steps

    def rows(self, stripe: range, target: np.ndarray) -> list[Step]:
        """Return the calls that write output rows ``stripe``, rounded, into ``target``; see `sums`."""
        rounded = self._of.rounder.steps(target.reshape(-1, self._of.shape[2]))
        return [*self.sums(stripe, target), *rounded]

    def sums(self, stripe: range, target: np.ndarray) -> list[Step]:
        """Return the calls that write the sums of output rows ``stripe`` into ``target``.

        Args:
            stripe: directly below the one before.
            target: float32, or float64 for floats, (rows, pitch, channels), contiguous.
        """
        of = self._of
        flat = target.reshape(-1, of.shape[2])
        steps = self._patches(stripe)
        self._previous = stripe
        return steps + of._product.steps(self._x[: len(flat)], self._buffers.get("wide"), flat)

    def _patches(self, stripe: range) -> list[Step]:
        """Return the calls that gather what each output pixel is computed of."""
        of = self._of
        target = self._pixels[: len(stripe), :, 1:]
        (down, right), (apart_rows, apart_columns) = of.window.stride, of.window.dilation
        if of._is_pointwise:
            rows = slice(stripe.start * down, (stripe.stop - 1) * down + 1, down)
            source = self._image[rows, ::right][:, : of.shape[1]]
            return [partial(np.copyto, target[:, to], source[:, columns]) for columns, to in of._layout.spans]
        padded = self._buffers["padded"]
        steps = of._padded.advance(padded, stripe, self._previous, self._fill)
        height, width = of._size
        pixel, item = padded.strides
        row = pixel * of._padded.layout.pitch
        taps = np.lib.stride_tricks.as_strided(
            padded,
            (len(stripe), of.shape[1], height, width, padded.shape[1]),
            (row * down, pixel * right, row * apart_rows, pixel * apart_columns, item),
        )
        for columns, to in of._layout.spans:
            steps.append(self._gather(taps[:, columns], target[:, to]))
        return steps

    def _fill(self, rows: range, out: np.ndarray) -> list[Step]:
        ((columns, to),) = self._of._padded.layout.spans
        return [partial(np.copyto, out[:, to], self._image[rows.start : rows.stop, columns])]

    def _gather(self, taps: np.ndarray, target: np.ndarray) -> Step:
        """Return the call that copies (rows, columns, height, width, depth) to (rows, columns, K)."""
        item = target.strides[2]
        _, _, _, width, depth = taps.shape
        strides = *target.strides[:2], width * depth * item, depth * item, item
        return partial(np.copyto, np.lib.stride_tricks.as_strided(target, taps.shape, strides), taps)


def split_rows(pixels: np.ndarray, pitch: int) -> np.ndarray:
    """View (pixels, channels) of any strides as (rows, pitch, channels)."""
    pixel, channel = pixels.strides
    shape = pixels.shape[0] // pitch, pitch, pixels.shape[1]
    return np.lib.stride_tricks.as_strided(pixels, shape, (pitch * pixel, pixel, channel))
