"""The median rule: whether an object is one, by its last scores."""

from __future__ import annotations

from collections import deque

_COUNT = 10
_LEAST = 3


class MedianScore:
    """The median of an object's last ten scores, where fewer than three are filled up with 0.0.

    A frame that was looked at without finding the object scores 0.0; one that was not looked at does
    not score. So one frame never makes an object, however certain it is.
    """

    def __init__(self) -> None:
        self._scores: deque[float] = deque(maxlen=_COUNT)

    def add(self, score: float) -> float:
        """Take one more score, 0 to 1, and return the median."""
        self._scores.append(score)
        ordered = [0.0] * (_LEAST - len(self._scores)) + sorted(self._scores)
        last = len(ordered) - 1
        return (ordered[last // 2] + ordered[(last + 1) // 2]) / 2
