"""Brings pictures that come at any pace to a video's steady one."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Sequence

_LONGEST_GAP_S = 2.0
_SLOWEST_HZ, _FASTEST_HZ = 1.0, 120.0


class Timeline:
    """Tells how often each picture stands in the video, so that the video's time is the pictures' own.

    A gap of more than two seconds and a step back (a clip that starts again) are cut out.

    Args:
        rate_hz: of the video.
    """

    def __init__(self, rate_hz: float) -> None:
        self._rate_hz = rate_hz
        self._start_ns: float = 0.0
        self._latest_ns: int | None = None
        self._written = 0

    def advance(self, timestamp_ns: int) -> tuple[int, bool]:
        """Return how often to repeat the picture before, and whether this one has a place of its own.

        It has none where the one before took it, because pictures come faster than the video goes.
        """
        latest_ns, self._latest_ns = self._latest_ns, timestamp_ns
        step_s = 0.0 if latest_ns is None else (timestamp_ns - latest_ns) / 1e9
        if latest_ns is None or not 0 <= step_s <= _LONGEST_GAP_S:
            self._start_ns = timestamp_ns - self._written * 1e9 / self._rate_hz
        ahead = round((timestamp_ns - self._start_ns) * self._rate_hz / 1e9) - self._written
        if ahead < 0:
            return 0, False
        self._written += ahead + 1
        return ahead, True


def typical_rate_hz(timestamps_ns: Sequence[int]) -> float:
    """Return the rate of pictures taken at the given times, 10.0 if there is only one.

    It is the median's, so that a slow first picture does not count.
    """
    steps_ns = [after - before for before, after in itertools.pairwise(timestamps_ns)]
    steps_ns = [step for step in steps_ns if step > 0]
    if not steps_ns:
        return 10.0
    return round(min(max(1e9 / statistics.median(steps_ns), _SLOWEST_HZ), _FASTEST_HZ), 2)
