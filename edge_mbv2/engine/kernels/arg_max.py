"""ARG_MAX along one axis."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from edge_mbv2.engine.ir import ArgMax, Op, Tensor
from edge_mbv2.engine.kernels.base import Arrays, Layout, Options, Share, Step, Unstriped

_CODES = 256
_MOST_KEYS = 1 << 17


class ArgMaxKernel(Unstriped):
    """The position of the first largest value.

    Among up to 256 8-bit values in the last axis it is found in 16-bit keys, which order by value and,
    where values are equal, by how near the start they stand; so positions compare many at a time.

    Source: TensorFlow Lite operator specification, ARG_MAX.
    """

    def __init__(self, op: Op, inputs: Sequence[Tensor], outputs: Sequence[Tensor], options: Options) -> None:
        assert isinstance(op, ArgMax)
        x = inputs[0]
        self._axis, count = op.axis, x.shape[op.axis]
        self.splits = x.dtype.itemsize == 1 and self._axis == len(x.shape) - 1 and count <= _CODES
        self._layout = Layout()
        if self.splits:
            self._kind: type = np.int16 if x.dtype == np.int8 else np.uint16
            self._order = np.arange(_CODES - 1, _CODES - 1 - count, -1).astype(self._kind)[:, np.newaxis]
            self._chunk = min(_MOST_KEYS // count, int(np.prod(x.shape[:-1])))
            self._layout.add("keys", (count, self._chunk), self._kind)
            self._layout.add("most", (self._chunk,), self._kind)
        self.scratch_bytes = self._layout.nbytes

    def bind(self, inputs: Arrays, outputs: Arrays, share: Share) -> list[Step]:
        """See `Kernel.bind`."""
        if not self.splits:
            return [partial(self._whole, inputs[0], outputs[0])]
        buffers = self._layout.carve(share.scratch)
        values, result = inputs[0].reshape(-1, len(self._order)), outputs[0].reshape(-1)
        part = share.of(result.size)
        steps: list[Step] = []
        for start in range(part.start, part.stop, self._chunk):
            chunk = slice(start, min(start + self._chunk, part.stop))
            width = chunk.stop - chunk.start
            keys, most = buffers["keys"][:, :width], buffers["most"][:width]
            steps += [
                partial(np.copyto, keys, values[chunk].T),
                partial(np.multiply, keys, self._kind(_CODES), keys),
                partial(np.add, keys, self._order, keys),
                partial(np.maximum.reduce, keys, 0, None, most),
                partial(np.bitwise_and, most, self._kind(_CODES - 1), most),
                partial(np.subtract, self._kind(_CODES - 1), most, most),
                partial(np.copyto, result[chunk], most),
            ]
        return steps

    def _whole(self, values: np.ndarray, result: np.ndarray) -> None:
        if self._axis < 2:
            np.copyto(result, np.argmax(values, axis=self._axis))
            return
        rows = values.reshape(-1, *values.shape[2:])
        for row, of_row in zip(rows, result.reshape(-1, *result.shape[2:]), strict=True):
            np.copyto(of_row, np.argmax(row, axis=self._axis - 2))
