"""Learns what a scene looks like and how much it flickers, and marks what departs from that."""

from __future__ import annotations

import numpy as np

_STILL_S = 5.0
_MOVING_S = 20.0
_FIRST_FRAMES = 10
_FIRST_NOISE = 2.0
_LEAST_CHANGE = 4.0
_NOISE_FACTOR = 5.0
_LARGE, _EVERYTHING = 0.25, 0.5
_OTHER_LIGHT = 16.0
_SAMPLED = 6


class Background:
    """A running mean and mean deviation of each pixel of a small grey picture.

    A pixel moves when it departs from its mean by more than its noise explains; a change of
    brightness that the whole picture has in common is taken off first. What moves is learned too, but
    slowly, so that a thing that was put down ends as background. When half of the picture changes at
    once, or its brightness by much, the light has changed, and the scene is learned anew.

    Every array is made once.

    Args:
        height: of the pictures.
        width: of the pictures.
        ignored: (height, width) bool: pixels whose motion does not count; None for none.

    Attributes:
        mean: (height, width) float32, what is learned.
        now: (height, width) float32, the newest picture.
        moving: (height, width) uint8, 255 where it moves, otherwise 0.
        share: how much of the picture moves, 0 to 1.
    """

    def __init__(self, height: int, width: int, ignored: np.ndarray | None = None) -> None:
        size = height, width
        self.mean, self.now = np.zeros(size, np.float32), np.zeros(size, np.float32)
        self.moving = np.zeros(size, np.uint8)
        self.share = 0.0
        self._noise = np.full(size, _FIRST_NOISE, np.float32)
        self._change, self._limit = np.zeros(size, np.float32), np.zeros(size, np.float32)
        self._counted = np.full(size, 255, np.uint8)
        if ignored is not None:
            self._counted[ignored] = 0
        self._still = np.zeros(size, np.uint8)
        self._sample = np.ascontiguousarray(self._change[::_SAMPLED, ::_SAMPLED])
        self._shift = 0.0
        self._frames = 0

    def update(self, grey: np.ndarray, step_s: float) -> None:
        """Compare a picture with what is learned, mark what moves, and learn from it.

        Args:
            grey: (height, width) uint8.
            step_s: seconds since the picture before.
        """
        np.copyto(self.now, grey)
        if self._frames == 0:
            np.copyto(self.mean, self.now)
        self._frames += 1
        self._mark()
        if self.share > _EVERYTHING or abs(self._shift) > _OTHER_LIGHT:
            np.copyto(self.mean, self.now)
        else:
            self._learn(step_s)

    def _mark(self) -> None:
        import cv2

        cv2.subtract(self.now, self.mean, dst=self._change)
        np.copyto(self._sample, self._change[::_SAMPLED, ::_SAMPLED])
        self._sample.ravel().partition(self._sample.size // 2)
        self._shift = float(self._sample.flat[self._sample.size // 2])  # the median
        self._change -= self._shift
        np.abs(self._change, out=self._change)
        np.multiply(self._noise, _NOISE_FACTOR, out=self._limit)
        self._limit += _LEAST_CHANGE
        cv2.compare(self._change, self._limit, cv2.CMP_GT, dst=self.moving)
        cv2.bitwise_and(self.moving, self._counted, dst=self.moving)
        self.share = cv2.countNonZero(self.moving) / self.moving.size

    def _learn(self, step_s: float) -> None:
        import cv2

        self.mean += self._shift  # what all of the picture has in common is learned at once
        fast, slow = _rate(step_s, _STILL_S), _rate(step_s, _MOVING_S)
        if self.share > _LARGE:
            slow = fast
        if self._frames <= _FIRST_FRAMES:
            fast = max(fast, 1 / self._frames)
        cv2.bitwise_not(self.moving, dst=self._still)
        cv2.accumulateWeighted(self.now, self.mean, fast, mask=self._still)
        cv2.accumulateWeighted(self.now, self.mean, slow, mask=self.moving)
        # A pixel that moves again and again is a noisy one; how far it departs no longer matters then.
        cv2.min(self._change, self._limit, dst=self._change)
        cv2.accumulateWeighted(self._change, self._noise, slow)


def _rate(step_s: float, time_s: float) -> float:
    """Return how much of a step's difference is learned, so that after ``time_s`` most of it is."""
    return float(min(max(step_s / time_s, 1 / 512), 0.25))
