"""Holds two engines' tensors against each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edge_mbv2.measure.layers import Layers, Values

# Floats come of other orders of summing; more than this share of a tensor's largest value does not.
_FLOAT_TOLERANCE = 1e-5


@dataclass(frozen=True, slots=True)
class Divergence:
    """What differs.

    Attributes:
        operators: how many were compared.
        values: how many values those made, over all pictures.
        differing: how many of these differ.
        first: the first operator whose output differs, None if none does.
        first_values: how many values that operator makes.
        first_differing: how many of these differ.
        first_distance: by how much at most; None if they can't be subtracted.
    """

    operators: int = 0
    values: int = 0
    differing: int = 0
    first: str | None = None
    first_values: int = 0
    first_differing: int = 0
    first_distance: float | None = 0.0


class Comparison:
    """Counts what differs, picture by picture.

    Args:
        layers: the model.
    """

    def __init__(self, layers: Layers) -> None:
        self._layers = layers
        self._counts: dict[int, tuple[int, int, float]] = {}

    def add(self, values: Values, others: Values) -> None:
        """Compare what two engines made of one picture; a tensor that only one has is left out."""
        for tensor in values.keys() & others.keys() & set(self._layers.tensors):
            a, b = values[tensor], others[tensor]
            mask = _differ(a, b)
            total, count, distance = self._counts.get(tensor, (0, 0, 0.0))
            differing = int(np.count_nonzero(mask))
            if differing:
                distance = max(distance, _distance(a, b))
            self._counts[tensor] = total + mask.size, count + differing, distance

    def result(self) -> Divergence:
        """Return what was found so far."""
        compared = [(t, *self._counts[t]) for t in self._layers.tensors if t in self._counts]
        sums = (sum(found[1] for found in compared), sum(found[2] for found in compared))
        first = next((found for found in compared if found[2]), None)
        if first is None:
            return Divergence(len(compared), *sums)
        tensor, total, count, distance = first
        title = self._layers.title(tensor)
        return Divergence(
            len(compared), *sums, title, total, count, distance if np.isfinite(distance) else None
        )


def _differ(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    if a.shape != b.shape:
        return np.ones(max(a.size, b.size), np.bool_)
    if a.dtype.kind == "f":
        return np.asarray(~(np.abs(a - b) <= _FLOAT_TOLERANCE * np.abs(b).max(initial=0.0)))
    return np.asarray(a != b)


def _distance(a: np.ndarray, b: np.ndarray) -> float:
    if a.shape != b.shape:
        return float("inf")
    return float(np.abs(a.astype(np.float64) - b.astype(np.float64)).max(initial=0.0))
