"""Kernels that compute their whole output in one call; small next to the convolutions."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from edge_mbv2.engine.kernels.base import Arrays, Share, Step, Unstriped


class WholeKernel(Unstriped):
    """A kernel that only has to say how its outputs follow from its inputs."""

    splits = False
    scratch_bytes = 0

    def bind(self, inputs: Arrays, outputs: Arrays, share: Share) -> list[Step]:
        """See `Kernel.bind`."""
        return [partial(self.compute, inputs, outputs)]

    def compute(self, inputs: Sequence[np.ndarray], outputs: Sequence[np.ndarray]) -> None:
        """Write the outputs."""
        raise NotImplementedError


class ElementKernel(WholeKernel):
    """A kernel that treats every element alike, in chunks that stay in the cache.

    8-bit inputs are looked up in a table of all 256 results, made by `evaluate` once.
    """

    _CHUNK = 4096

    def __init__(self, dtype: np.dtype) -> None:
        self._table: np.ndarray | None = None
        if dtype.itemsize == 1:
            codes = np.arange(256, dtype=np.uint8).view(dtype)
            self._table = self.evaluate(codes)

    def evaluate(self, values: np.ndarray) -> np.ndarray:
        """Return the results for stored ``values``."""
        raise NotImplementedError

    def compute(self, inputs: Sequence[np.ndarray], outputs: Sequence[np.ndarray]) -> None:
        """See `WholeKernel.compute`."""
        source, target = inputs[0].reshape(-1), outputs[0].reshape(-1)
        for start in range(0, source.size, self._CHUNK):
            part = source[start : start + self._CHUNK]
            if self._table is not None:
                np.take(
                    self._table, part.view(np.uint8), out=target[start : start + self._CHUNK], mode="wrap"
                )
            else:
                target[start : start + self._CHUNK] = self.evaluate(part)
