"""ADD: the fixed point sum of two 8-bit tensors, or the float sum."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from edge_mbv2.engine.ir import Add, Op, Tensor
from edge_mbv2.engine.kernels.base import Arrays, Layout, Options, Share, Step
from edge_mbv2.engine.kernels.rounding import clip_bounds, scale_twice_rounded

_LEAST_RATIO, _MOST_RATIO = 2.0**-10, 2.0**8
"""Of an input's scale to the output's: where XNNPACK has a kernel."""

_BUILTIN_SHIFT = 20
_BUILTIN_CHUNK = 1024


class AddRows:
    """The sum, prepared: ``((c_a m_a + c_b m_b + half) >> shift)`` in int32, then clipped.

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
        zeros = [t.zero_point for t in tensors[:2]]
        self._zero_points = zeros
        self._half = (1 << (self._shift - 1)) if self._shift > 0 else 0
        zero = output.zero_point
        self._ends = np.array(low + zero, np.int32), np.array(high + zero, np.int32)
        self._out_zero = np.array(zero, np.int32)

    def reserve(self, layout: Layout, shape: tuple[int, ...]) -> None:
        """Add the buffers for at most ``shape`` values."""
        if self._is_quantized:
            layout.add("add_a", shape, np.int32)
            layout.add("add_b", shape, np.int32)

    def steps(
        self,
        buffers: dict[str, np.ndarray],
        centred: np.ndarray,
        stored: np.ndarray,
        centred_first: bool,
        out: np.ndarray,
    ) -> list[Step]:
        """Return the calls that add a centred float tensor and a stored one into ``out``."""
        if not self._is_quantized:
            return self.sum(buffers, centred, stored, out)
        first = 0 if centred_first else 1
        return self._sum(
            buffers, (centred, stored), (first, 1 - first), (0, self._zero_points[1 - first]), out
        )

    def sum(
        self, buffers: dict[str, np.ndarray], a: np.ndarray, b: np.ndarray, out: np.ndarray
    ) -> list[Step]:
        """Return the calls that add two stored tensors, broadcast to ``out``."""
        if self._is_quantized:
            return self._sum(buffers, (a, b), (0, 1), (self._zero_points[0], self._zero_points[1]), out)
        steps: list[Step] = [partial(np.add, a, b, out)]
        if np.isfinite(self._bounds).any():
            steps.append(partial(np.clip, out, *self._bounds, out=out))
        return steps

    def _sum(
        self,
        buffers: dict[str, np.ndarray],
        parts: tuple[np.ndarray, np.ndarray],
        order: tuple[int, int],
        zeros: tuple[int, int],
        out: np.ndarray,
    ) -> list[Step]:
        if self._is_far:
            return [partial(self._builtin_sum, parts, order, zeros, out)]
        a, b = buffers["add_a"][: out.shape[0]], buffers["add_b"][: out.shape[0]]
        factors = [self._multipliers[i] for i in order]
        constant = self._half - sum(zero * factor for zero, factor in zip(zeros, factors, strict=True))
        return [
            partial(np.copyto, a, parts[0], casting="unsafe"),
            partial(np.copyto, b, parts[1], casting="unsafe"),
            partial(np.multiply, a, np.array(factors[0], np.int32), a),
            partial(np.multiply, b, np.array(factors[1], np.int32), b),
            partial(np.add, a, b, a),
            partial(np.add, a, np.array(constant, np.int64).astype(np.int32), a),
            partial(np.right_shift, a, np.array(self._shift, np.int32), a),
            partial(np.add, a, self._out_zero, a),
            partial(a.clip, *self._ends, a),
            partial(np.copyto, out, a, casting="unsafe"),
        ]

    def _builtin_sum(
        self,
        parts: tuple[np.ndarray, np.ndarray],
        order: tuple[int, int],
        zeros: tuple[int, int],
        out: np.ndarray,
    ) -> None:
        """Each part to a common scale, their sum to the output's; every product rounded twice."""
        wide = [np.broadcast_to(part, out.shape) for part in parts]
        for row in np.ndindex(out.shape[:-1]):
            for start in range(0, out.shape[-1], _BUILTIN_CHUNK):
                at = (*row, slice(start, start + _BUILTIN_CHUNK))
                total = sum(
                    scale_twice_rounded(
                        part[at].astype(np.int64) - zero << _BUILTIN_SHIFT, self._builtin_scales[i]
                    )
                    for part, i, zero in zip(wide, order, zeros, strict=True)
                )
                result = scale_twice_rounded(np.asarray(total), self._builtin_result) + self._out_zero
                np.clip(result, *self._ends, out=out[at], casting="unsafe")


class AddKernel:
    """ADD on its own."""

    splits = False

    def __init__(self, op: Op, inputs: Sequence[Tensor], outputs: Sequence[Tensor], options: Options) -> None:
        assert isinstance(op, Add)
        self._rows = AddRows(op, inputs, outputs[0])
        self._shape = outputs[0].shape
        self._is_flat = inputs[0].shape == inputs[1].shape
        self.choose_stripe(options.stripe_floats)

    def choose_stripe(self, stripe_floats: int) -> None:
        """See `Kernel.choose_stripe`; broadcasting sums are made whole."""
        self._layout = Layout()
        size = int(np.prod(self._shape))
        self._chunk = min(size, max(1024, stripe_floats // 4)) if self._is_flat else None
        self._rows.reserve(self._layout, self._shape if self._chunk is None else (self._chunk,))
        self.scratch_bytes = self._layout.nbytes

    def bind(self, inputs: Arrays, outputs: Arrays, share: Share) -> list[Step]:
        """See `Kernel.bind`."""
        buffers = self._layout.carve(share.scratch)
        if self._chunk is None:
            return self._rows.sum(buffers, inputs[0], inputs[1], outputs[0])
        a, b, out = (array.reshape(-1) for array in (inputs[0], inputs[1], outputs[0]))
        steps: list[Step] = []
        for start in range(0, out.size, self._chunk):
            part = slice(start, start + self._chunk)
            steps += self._rows.sum(buffers, a[part], b[part], out[part])
        return steps
