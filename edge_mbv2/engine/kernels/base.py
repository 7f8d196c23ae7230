"""What every kernel is: prepared once, bound to its memory once, then arithmetic only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from edge_mbv2.engine.ir import Contract, Op, Tensor

Step = Callable[[], object]
"""One call without arguments: a NumPy function with its arrays filled in."""

ALIGNMENT_BYTES = 64


@dataclass(frozen=True, slots=True)
class Options:
    """How kernels are prepared.

    Attributes:
        contract: whose rounding is reproduced.
        stripe_floats: how many floats of the widest tensor a kernel handles at once.
    """

    contract: Contract
    stripe_floats: int


Arrays = Sequence[np.ndarray]


@dataclass(frozen=True, slots=True, eq=False)
class Share:
    """One worker's part of a kernel's work.

    Attributes:
        scratches: of each that shares the work: uint8, at least `scratch_bytes`, aligned to 64 bytes.
        index: which of them it is.
    """

    scratches: Arrays
    index: int = 0

    @property
    def scratch(self) -> np.ndarray:
        """This worker's own memory."""
        return self.scratches[self.index]

    def of(self, total: int) -> range:
        """Return this worker's part of ``total`` things, in order, without gaps."""
        return part_of(total, self.index, len(self.scratches))


def part_of(total: int, index: int, count: int) -> range:
    """Return one of ``count`` about equal parts of ``total`` things."""
    return range(total * index // count, total * (index + 1) // count)


class Kernel(Protocol):
    """One prepared operator.

    Attributes:
        scratch_bytes: memory it needs while it runs, per worker; the second of an operator's kernels reads
            what the first left there.
        splits: whether its work can be shared among workers.
    """

    scratch_bytes: int
    splits: bool

    def choose_stripe(self, stripe_floats: int) -> None:
        """Take on another stripe, and with it other `scratch_bytes`; the answer stays the same."""

    def bind(self, inputs: Arrays, outputs: Arrays, share: Share) -> list[Step]:
        """Return the calls that compute the share.

        Args:
            inputs: the operator's, in order; hold their memory for the kernel's life.
            outputs: the operator's, in order; written by the calls.
            share: which part of the work, and the memory to do it in.
        """


class Unstriped:
    """A kernel that works on its output whole."""

    def choose_stripe(self, stripe_floats: int) -> None:
        """See `Kernel.choose_stripe`: nothing to choose."""


Prepare = Callable[[Op, Sequence[Tensor], Sequence[Tensor], Options], Kernel]
"""Makes a kernel of an operator, its input tensors, its output tensors and the options."""


@dataclass(slots=True)
class Layout:
    """The buffers of a kernel's scratch memory, one after another."""

    nbytes: int = 0
    _slots: dict[str, tuple[int, tuple[int, ...], np.dtype]] = field(default_factory=dict)

    def add(self, name: str, shape: tuple[int, ...], dtype: type = np.float32) -> None:
        """Reserve a buffer."""
        kind = np.dtype(dtype)
        self._slots[name] = (self.nbytes, shape, kind)
        size = int(np.prod(shape)) * kind.itemsize
        self.nbytes += -(-size // ALIGNMENT_BYTES) * ALIGNMENT_BYTES

    def carve(self, scratch: np.ndarray) -> dict[str, np.ndarray]:
        """Return every buffer as an array in ``scratch``."""
        return {
            name: np.ndarray(shape, dtype, scratch.data, offset)
            for name, (offset, shape, dtype) in self._slots.items()
        }
