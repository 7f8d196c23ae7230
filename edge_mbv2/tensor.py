"""What engines and model families say to each other about a tensor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class QuantParams:
    """Affine quantization: ``real = scale * (q - zero_point)``.

    Attributes:
        scale: float32, positive; one value per tensor, or one per channel of ``axis``.
        zero_point: int32, as many as ``scale``.
        axis: the channel dimension of per-channel parameters, None when per tensor.

    Source: TensorFlow Lite 8-bit quantization specification.
    """

    scale: np.ndarray
    zero_point: np.ndarray
    axis: int | None = None


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """A tensor's name and form.

    Attributes:
        name: as the model file has it, or as its signature does.
        shape: all dimensions, the batch first (NHWC for pictures).
        dtype: NumPy's.
        quantization: None for float tensors and for integers that stand for themselves.
    """

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype
    quantization: QuantParams | None = None
