"""ADD: the fixed point sum of two 8-bit tensors, or the float sum."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from edge_mbv2.engine.ir import Add, Op, Tensor
from edge_mbv2.engine.kernels.base import Arrays, Layout, Options, Share, Step
from edge_mbv2.engine.kernels.rounding import clip_bounds, scale_twice_rounded
from edge_mbv2.engine.kernels.store import store_integers

_LEAST_RATIO, _MOST_RATIO = 2.0**-10, 2.0**8
"""Of an input's scale to the output's: where XNNPACK has a kernel."""

_BUILTIN_SHIFT = 20
_BUILTIN_CHUNK = 1024


class AddRows:
    """The sum of two tensors, prepared: ``((c_a m_a + c_b m_b + half) >> shift)`` in int32, then clipped.

    Source: XNNPACK, `xnn_init_qs8_add_minmax_params`; TensorFlow Lite, `AddElementwise`, where the
    scales are too far apart for the former.
    """

    def __init__(self, op: Add, tensors: Sequence[Tensor], output: Tensor) -> None:
        self._is_quantized = output.is_quantized
        if not self._is_quantized:
            low, high = clip_bounds(op.activation, output)
            self._bounds = np.array(low, np.float32), np.array(high, np.float32)
            return
        scales = [np.float32(t.scale) / np.float32(output.scale) for t in tensors[:2]]
        self._is_far = not all(_LEAST_RATIO <= scale < _MOST_RATIO for scale in scales)
        low, high = clip_bounds(op.activation, output, is_builtin=self._is_far)
        most = 2 * max(np.float64(t.scale) for t in tensors[:2])
        self._builtin_scales = [np.asarray(np.float64(t.scale) / most) for t in tensors[:2]]
        self._builtin_result = np.asarray(most / (np.float64(output.scale) * (1 << _BUILTIN_SHIFT)))
        self._shift = 20 - (int(np.frexp(max(scales))[1]) - 1)
        self._multipliers = [int(np.rint(np.float64(s) * 2.0**self._shift)) for s in scales]
        self._stored_zero = tensors[1].zero_point
        self._half = (1 << (self._shift - 1)) if self._shift > 0 else 0
        self._ends = np.array(low, np.int32), np.array(high, np.int32)
        self._out_zero = output.zero_point

    def reserve(self, layout: Layout, shape: tuple[int, ...]) -> None:
        """Add the buffer for at most ``shape`` values."""
        if self._is_quantized:
            layout.add("add_stored", shape, np.int32)

    def steps(
        self,
        buffers: dict[str, np.ndarray],
        values: np.ndarray,
        zero: int,
        stored: np.ndarray,
        out: np.ndarray,
    ) -> list[Step]:
        """Return the calls that add both tensors.

        Args:
            buffers: the reserved one.
            values: the first tensor; int32, and changed, where they are quantized, else float32.
            zero: what stands for 0 in ``values``.
            stored: the second; is broadcast to ``out``.
            out: the stored output.
        """
        if not self._is_quantized:
            steps: list[Step] = [partial(np.add, values, stored, out)]
            if np.isfinite(self._bounds).any():
                steps.append(partial(np.clip, out, *self._bounds, out=out))
            return steps
        if self._is_far:
            return [partial(self._builtin_sum, values, zero, stored, out)]
        other, shift = buffers["add_stored"][: out.shape[0]], np.array(self._shift, np.int32)
        factors = [np.array(factor, np.int32) for factor in self._multipliers]
        constant = self._half - zero * self._multipliers[0] - self._stored_zero * self._multipliers[1]
        # A held integer's product wraps around int32's ends; the constant brings the sum back.
        return [
            partial(np.copyto, other, stored),
            partial(np.multiply, other, factors[1], other),
            partial(np.multiply, values, factors[0], values),
            partial(np.add, values, other, values),
            partial(np.add, values, np.array(constant, np.int64).astype(np.int32), values),
            partial(np.right_shift, values, shift, values),
            partial(values.clip, *self._ends, values),
            *store_integers(values, self._out_zero, out),
        ]

    def _builtin_sum(self, values: np.ndarray, zero: int, stored: np.ndarray, out: np.ndarray) -> None:
        """Each part to a common scale, their sum to the output's; every product rounded twice."""
        stored = np.broadcast_to(stored, out.shape)
        parts = list(zip((values, stored), (zero, self._stored_zero), self._builtin_scales, strict=True))
        for row in np.ndindex(out.shape[:-1]):
            for start in range(0, out.shape[-1], _BUILTIN_CHUNK):
                at = (*row, slice(start, start + _BUILTIN_CHUNK))
                total = sum(
                    scale_twice_rounded(part[at].astype(np.int64) - centre << _BUILTIN_SHIFT, scale)
                    for part, centre, scale in parts
                )
                result = scale_twice_rounded(np.asarray(total), self._builtin_result)
                np.add(np.clip(result, *self._ends), self._out_zero, out=out[at], casting="unsafe")


class AddKernel:
    """ADD on its own."""

    splits = False

    def __init__(self, op: Op, inputs: Sequence[Tensor], outputs: Sequence[Tensor], options: Options) -> None:
        assert isinstance(op, Add)
        self._first = inputs[0]
        self._rows = AddRows(op, inputs, outputs[0])
        self._shape = outputs[0].shape
        self._is_flat = inputs[0].shape == inputs[1].shape
        self.choose_stripe(options.stripe_floats)

    def choose_stripe(self, stripe_floats: int) -> None:
        """See `Kernel.choose_stripe`; broadcasting sums are made whole."""
        self._layout = Layout()
        size = int(np.prod(self._shape))
        self._chunk = min(size, max(1024, stripe_floats // 4)) if self._is_flat else None
        shape = self._shape if self._chunk is None else (self._chunk,)
        self._rows.reserve(self._layout, shape)
        if self._first.is_quantized:
            self._layout.add("values", shape, np.int32)
        self.scratch_bytes = self._layout.nbytes

    def bind(self, inputs: Arrays, outputs: Arrays, share: Share) -> list[Step]:
        """See `Kernel.bind`."""
        buffers = self._layout.carve(share.scratch)
        if self._chunk is None:
            return self._sum(buffers, inputs[0], inputs[1], outputs[0])
        a, b, out = (array.reshape(-1) for array in (inputs[0], inputs[1], outputs[0]))
        steps: list[Step] = []
        for start in range(0, out.size, self._chunk):
            part = slice(start, start + self._chunk)
            steps += self._sum(buffers, a[part], b[part], out[part])
        return steps

    def _sum(
        self, buffers: dict[str, np.ndarray], a: np.ndarray, b: np.ndarray, out: np.ndarray
    ) -> list[Step]:
        if not self._first.is_quantized:
            return self._rows.steps(buffers, a, 0, b, out)
        values = buffers["values"][: len(out)]
        summed = self._rows.steps(buffers, values, self._first.zero_point, b, out)
        return [partial(np.copyto, values, a), *summed]
