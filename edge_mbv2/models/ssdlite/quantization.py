"""What raw tensor values mean, and the threshold moved to their side."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from edge_mbv2.tensor import TensorSpec


class Scoring(NamedTuple):
    """How raw class predictions are selected and scored.

    Attributes:
        smallest: the least raw value whose score reaches the threshold; one above the type's range if
            none does.
        score: from raw values to float64 scores, 0 to 1.
    """

    smallest: float | int
    score: Callable[[np.ndarray], np.ndarray]


def affine(spec: TensorSpec) -> tuple[float, float]:
    """Return the scale and zero point of a tensor; 1 and 0 for floats."""
    if spec.quantization is None:
        return 1.0, 0.0
    return float(spec.quantization.scale[0]), float(spec.quantization.zero_point[0])


def sigmoid_scoring(spec: TensorSpec, threshold: float) -> Scoring:
    """Move a score threshold to the side of the raw predictions.

    Dequantization and sigmoid both grow with the raw value, so comparing with one raw value selects
    what comparing scores would, and only what is selected need be dequantized.

    Args:
        spec: of the class predictions: int8 or uint8 with one scale, or float32.
        threshold: above 0 and below 1.
    """
    if spec.quantization is None:
        return Scoring(math.log(threshold / (1 - threshold)), _sigmoid)
    scale, zero_point = affine(spec)
    limits = np.iinfo(spec.dtype)
    raw = np.arange(int(limits.min), int(limits.max) + 1)
    scores = _sigmoid(scale * (raw - zero_point))
    smallest = int(limits.min) + int(np.searchsorted(scores, threshold))
    # A raw value is its own index: negative ones count from the end, as NumPy's indices do.
    table = np.roll(scores, int(limits.min))
    return Scoring(smallest, table.__getitem__)


def _sigmoid(logits: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):
        scores: np.ndarray = 1.0 / (1.0 + np.exp(-logits.astype(np.float64)))
    return scores
