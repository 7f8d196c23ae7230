"""One operator of a TFLite file while it is imported: its tensors, its options, what to ask of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from edge_mbv2.engine.ir import Activation, Tensor, Window
from edge_mbv2.engine.tflite.flatbuffer import Table
from edge_mbv2.errors import ModelFormatError, UnsupportedOpError

_ACTIVATIONS = {
    0: Activation.NONE,
    1: Activation.RELU,
    2: Activation.RELU_N1_TO_1,
    3: Activation.RELU6,
}
_SAME, _VALID = 0, 1
_LEAST_SCALE, _MOST_SCALE = 1e-12, 1e12


@dataclass(frozen=True, slots=True)
class Node:
    """An operator as the file has it.

    Attributes:
        name: the operator's name.
        inputs: tensor numbers, -1 for an absent one.
        outputs: tensor numbers, at least one.
        tensors: all of the graph's, in which the outputs' shapes are put right.
        options: the builtin options, None when absent.
        custom: a custom operator's option bytes.
    """

    name: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    tensors: list[Tensor]
    options: Table | None
    custom: bytes

    @property
    def label(self) -> str:
        """The name of what it makes, for messages; of names that a converter has joined the first."""
        return repr(self.tensors[self.outputs[0]].name.split(";")[0])

    @property
    def output(self) -> Tensor:
        """The first output."""
        return self.tensors[self.outputs[0]]

    def input(self, position: int) -> Tensor:
        """Return a required input."""
        if position >= len(self.inputs) or self.inputs[position] < 0:
            raise ModelFormatError(f"{self.name} (makes {self.label}) lacks its input {position}")
        return self.tensors[self.inputs[position]]

    def integer(self, field: int, fmt: str, default: int = 0) -> int:
        """Return an integer option, its default when the options are absent."""
        return default if self.options is None else self.options.integer(field, fmt, default)

    def boolean(self, field: int) -> bool:
        """Return a bool option, False when absent."""
        return self.options is not None and self.options.boolean(field)

    def number(self, field: int) -> float:
        """Return a float32 option, 0 when absent."""
        return 0.0 if self.options is None else self.options.number(field)

    def activation(self, field: int) -> Activation:
        """Return the fused activation."""
        number = self.integer(field, "b")
        if number not in _ACTIVATIONS:
            raise self.unsupported(f"fused activation {number}")
        return _ACTIVATIONS[number]

    def constant(self, position: int) -> np.ndarray:
        """Return the value of an input that must be an int32 or int64 constant."""
        tensor = self.input(position)
        if tensor.data is None or tensor.dtype not in (np.int32, np.int64):
            raise self.unsupported(f"input {tensor.name!r} that is not a constant of integers")
        return tensor.data

    def window(self, size: tuple[int, int], stride: int = 1, dilation: int | None = None) -> Window:
        """Return the sliding window over the first input, padding worked out as TFLite does.

        Args:
            size: of the filter, (rows, columns).
            stride: option field of the columns' stride; the rows' comes next.
            dilation: option field of the columns' dilation, the rows' next; None without.
        """
        steps = self.integer(stride + 1, "i"), self.integer(stride, "i")
        spread = (1, 1)
        if dilation is not None:
            spread = self.integer(dilation + 1, "i", 1), self.integer(dilation, "i", 1)
        if min(steps) < 1 or min(spread) < 1 or min(size) < 1:
            raise ModelFormatError(f"{self.name} (makes {self.label}) has stride {steps}, dilation {spread}")
        kind = self.integer(0, "b")
        if kind not in (_SAME, _VALID):
            raise ModelFormatError(f"{self.name} (makes {self.label}) has padding kind {kind}")
        shape = self.input(0).shape
        ends = [_same_padding(shape[1 + i], (size[i] - 1) * spread[i] + 1, steps[i]) for i in range(2)]
        padding = (*ends[0], *ends[1]) if kind == _SAME else (0, 0, 0, 0)
        return Window(steps, spread, padding)

    def slide(self, window: Window, size: tuple[int, int]) -> tuple[int, int]:
        """Return (rows, columns) of what the window makes of the first input."""
        shape, pad = self.input(0).shape, window.padding
        result = tuple(
            (shape[1 + i] + pad[2 * i] + pad[2 * i + 1] - (size[i] - 1) * window.dilation[i] - 1)
            // window.stride[i]
            + 1
            for i in range(2)
        )
        if min(result) < 1:
            raise ModelFormatError(
                f"{self.name} (makes {self.label}): the window {size} exceeds its input {shape}"
            )
        return result[0], result[1]

    def shape_output(self, shape: tuple[int, ...]) -> None:
        """Put the first output's shape right."""
        self.tensors[self.outputs[0]] = replace(self.output, shape=shape, data=None)

    def require_rank(self, tensor: Tensor, rank: int) -> None:
        """Refuse a tensor of another number of dimensions."""
        if len(tensor.shape) != rank:
            raise ModelFormatError(
                f"{self.name} (makes {self.label}): {tensor.name!r} has shape {tensor.shape}, not rank {rank}"
            )

    def require_activations(self, *tensors: Tensor) -> None:
        """Refuse tensors that are not all float32, all int8 or all uint8 with one scale each."""
        if len({tensor.dtype for tensor in tensors}) != 1:
            raise self.unsupported(f"types {', '.join(str(tensor.dtype) for tensor in tensors)}")
        for tensor in tensors:
            self.require_activation(tensor)

    def require_activation(self, tensor: Tensor) -> None:
        """Refuse what is neither float32 nor 8-bit with one positive scale and a valid zero point."""
        if tensor.dtype == np.float32:
            return
        if not tensor.is_quantized:
            raise self.unsupported(f"type {tensor.dtype} of {tensor.name!r}")
        info = np.iinfo(tensor.dtype)
        if not (_LEAST_SCALE < tensor.scale < _MOST_SCALE and info.min <= tensor.zero_point <= info.max):
            raise ModelFormatError(
                f"tensor {tensor.name!r} has scale {tensor.scale} and zero point {tensor.zero_point}; "
                "convert it again"
            )

    def unsupported(self, what: str) -> UnsupportedOpError:
        """Return the error that says the engine has the operator, but not this form of it."""
        return UnsupportedOpError(f"{self.name} (makes {self.label}) with {what}")


def _same_padding(size: int, window: int, stride: int) -> tuple[int, int]:
    total = max((-(-size // stride) - 1) * stride + window - size, 0)
    return total // 2, total - total // 2
