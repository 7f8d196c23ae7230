"""The one source of time: monotonic inside, wall time only where something leaves the product."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """What the pipeline asks the time of."""

    def now_ns(self) -> int:
        """Return the present on the clock that frames are stamped with, in nanoseconds."""

    def unix_s(self, timestamp_ns: int) -> float:
        """Return what a sink writes for ``timestamp_ns``: Unix seconds, or media seconds for recordings."""


class SystemClock:
    """The machine's monotonic clock, mapped to wall time when a sink asks.

    The offset is read at each conversion, so a board whose clock is set minutes after boot (no
    battery, late NTP) writes right times from then on.
    """

    def now_ns(self) -> int:
        return time.monotonic_ns()

    def unix_s(self, timestamp_ns: int) -> float:
        return (time.time_ns() - time.monotonic_ns() + timestamp_ns) / 1e9


class MediaClock:
    """A recording's own time, in nanoseconds from its start.

    Frames carry the time; nothing depends on when they are looked at, so two runs over one file
    write the same bytes.
    """

    def now_ns(self) -> int:
        """Return the recording's start: where a frame without a time of its own is taken to be."""
        return 0

    def unix_s(self, timestamp_ns: int) -> float:
        return timestamp_ns / 1e9
