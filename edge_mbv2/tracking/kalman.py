"""Where each object is and how fast it moves: Kalman filters of constant velocity, all objects at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

MEASUREMENT = 0.1
"""Standard deviation of a certain detection's centre and size, in sizes of the object."""

ACCELERATION = np.array([0.3, 0.3, 0.15, 0.15])
"""By how much the velocities of x, y, width and height wander in a second, in sizes a second."""

FIRST_VELOCITY = np.array([1.0, 0.5, 0.3, 0.3])
"""Standard deviation of these velocities of an object seen once, in sizes a second."""


class Filters:
    """One filter for each object; a row is an object.

    The centre's x and y, the width and the height are independent of each other, so each covariance
    is three numbers and every step a few operations on whole arrays.

    Attributes:
        values: (n, 4) float64: centre x, centre y, width, height, in pixels.
        rates: (n, 4) their velocities, in pixels a second.
    """

    def __init__(self) -> None:
        self._hold(_states(np.empty((0, 4)), np.empty(0)))

    def sizes(self) -> np.ndarray:
        """Return (n, 1): what counts as an object's size, the mean of width and height, in pixels."""
        return _sizes(self.values)

    def predict(self, step_s: np.ndarray) -> None:
        """Move every object on.

        Args:
            step_s: (n, 1) seconds, not negative.
        """
        noise = np.square(ACCELERATION * self.sizes())
        self.values += self.rates * step_s
        np.maximum(self.values[:, 2:], 1.0, out=self.values[:, 2:])
        self._variances += (
            2 * self._covariances + (self._rate_variances + noise * (step_s / 3)) * step_s
        ) * step_s
        self._covariances += (self._rate_variances + noise * (step_s / 2)) * step_s
        self._rate_variances += noise * step_s

    def surprise(self, measured: np.ndarray) -> np.ndarray:
        """Return (n, m): how little each measured box would be expected of each object.

        It is the negative logarithm of the likelihood, in the object's sizes, without its constant: the
        squared distance in standard deviations counts, and so does how wide the expectation is.

        Args:
            measured: (m, 4) centre x, centre y, width, height.
        """
        sizes = self.sizes()
        spread = self._variances + np.square(MEASUREMENT * sizes)
        distances = np.square(measured.T[:, None] - self.values.T[:, :, None]) / spread.T[:, :, None]
        width = np.log(spread / np.square(sizes)).sum(axis=1)
        surprise: np.ndarray = (distances.sum(axis=0) + width[:, None]) / 2
        return surprise

    def correct(self, rows: Sequence[int], measured: np.ndarray, scores: np.ndarray) -> None:
        """Take what was seen into account.

        Args:
            rows: (m,) which objects were.
            measured: (m, 4) centre x, centre y, width, height.
            scores: (m,) 0 to 1: the worse, the less it counts.
        """
        states = self._states[:, rows]
        values, rates, variances, covariances, rate_variances = states
        total = variances + _measurement_variance(measured, scores)
        gain, rate_gain = variances / total, covariances / total
        error = measured - values
        values += gain * error
        rates += rate_gain * error
        rate_variances -= rate_gain * covariances
        variances *= 1 - gain
        covariances *= 1 - gain
        self._states[:, rows] = states

    def restart(self, row: int, measured: np.ndarray, score: float) -> None:
        """Begin anew with an object that went another way than it was thought to.

        Args:
            row: which one.
            measured: (4,) where it is: centre x, centre y, width, height.
            score: 0 to 1.
        """
        self._states[:, [row]] = _states(measured[None], np.array([score]))

    def add(self, measured: np.ndarray, scores: np.ndarray) -> None:
        """Begin with objects seen for the first time, as the last rows."""
        self._hold(np.concatenate([self._states, _states(measured, scores)], axis=1))

    def keep(self, rows: np.ndarray) -> None:
        """Forget all other rows.

        Args:
            rows: (n,) bool.
        """
        self._hold(self._states[:, rows])

    def _hold(self, states: np.ndarray) -> None:
        self._states = states
        self.values, self.rates, self._variances, self._covariances, self._rate_variances = states


def _states(measured: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Return (5, n, 4) of objects seen for the first time: values, rates, and the covariances of both."""
    states = np.zeros((5, *measured.shape))
    states[0] = measured
    states[2] = _measurement_variance(measured, scores)
    states[4] = np.square(FIRST_VELOCITY * _sizes(measured))
    return states


def _sizes(values: np.ndarray) -> np.ndarray:
    sizes: np.ndarray = np.maximum((values[:, 2:3] + values[:, 3:4]) / 2, 1.0)
    return sizes


def _measurement_variance(measured: np.ndarray, scores: np.ndarray) -> np.ndarray:
    variances: np.ndarray = np.square(MEASUREMENT * (2 - scores[:, None]) * _sizes(measured))
    return variances
