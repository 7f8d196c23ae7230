"""The one source of time: monotonic inside, wall time only where something leaves the product."""

from __future__ import annotations

import bisect
import time
from typing import Protocol


class Clock(Protocol):
    """What the pipeline asks the time of.

    Attributes:
        has_dates: whether `unix_s` gives Unix time, which a recording's own time is not.
    """

    has_dates: bool

    def now_ns(self) -> int:
        """Return the present on the clock that frames are stamped with, in nanoseconds."""

    def unix_s(self, timestamp_ns: int) -> float:
        """Return what a sink writes for ``timestamp_ns``: Unix seconds, or media seconds for recordings."""

    def utc_offset_s(self, timestamp_ns: int) -> int:
        """Return how far local time is ahead of UTC then, in seconds."""


class SystemClock:
    """The machine's monotonic clock, mapped to wall time when a sink asks.

    A frame has one wall time, whoever asks and however often; a board whose clock is set minutes after
    boot (no battery, late NTP) writes right times from then on, and frames of before keep theirs.
    """

    has_dates = True
    _SET_NS = 1_000_000  # a difference that the wall clock takes only when somebody sets it
    _AT_ONCE_NS = 100_000
    _MOST_SETS = 1000

    def __init__(self) -> None:
        monotonic_ns = time.monotonic_ns()
        self._sets = [(monotonic_ns, time.time_ns() - monotonic_ns)]  # since when, and how far apart

    def now_ns(self) -> int:
        return time.monotonic_ns()

    def unix_s(self, timestamp_ns: int) -> float:
        before_ns, wall_ns, after_ns = time.monotonic_ns(), time.time_ns(), time.monotonic_ns()
        offset_ns = wall_ns - after_ns
        # A thread that was set aside between two of these has read nothing of use.
        if after_ns - before_ns < self._AT_ONCE_NS and abs(offset_ns - self._sets[-1][1]) > self._SET_NS:
            self._sets = [*self._sets[1 - self._MOST_SETS :], (after_ns, offset_ns)]
        sets = self._sets
        at = bisect.bisect_right(sets, timestamp_ns, key=lambda each: each[0])
        return (sets[max(at - 1, 0)][1] + timestamp_ns) / 1e9

    def utc_offset_s(self, timestamp_ns: int) -> int:
        return time.localtime(self.unix_s(timestamp_ns)).tm_gmtoff


class MediaClock:
    """A recording's own time, in nanoseconds from its start.

    Frames carry the time; nothing depends on when they are looked at, so two runs over one file
    write the same bytes.
    """

    has_dates = False

    def now_ns(self) -> int:
        """Return the recording's start: where a frame without a time of its own is taken to be."""
        return 0

    def unix_s(self, timestamp_ns: int) -> float:
        return timestamp_ns / 1e9

    def utc_offset_s(self, timestamp_ns: int) -> int:
        return 0
