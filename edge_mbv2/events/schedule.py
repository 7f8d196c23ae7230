"""The hours of the week in which there are events."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass

DAY_MINUTES = 24 * 60
WEEK_MINUTES = 7 * DAY_MINUTES


@dataclass(frozen=True, slots=True)
class Window:
    """A span of time on some days of the week, in local time.

    Attributes:
        days: 0 for Monday to 6 for Sunday, on which it begins.
        start_minute: of the day, 0 to 1439.
        end_minute: 1 to 1440; not later than the start means on the day after.
    """

    days: frozenset[int]
    start_minute: int
    end_minute: int


class Schedule:
    """Tells whether a moment is in one of the windows.

    Args:
        windows: may overlap, and may run past midnight and past Sunday.
    """

    def __init__(self, windows: Iterable[Window]) -> None:
        self._spans = []
        for window in windows:
            length = (window.end_minute - window.start_minute - 1) % DAY_MINUTES + 1
            self._spans += [(day * DAY_MINUTES + window.start_minute, length) for day in sorted(window.days)]

    def is_on(self, unix_s: float) -> bool:
        """Tell whether there are events at a moment, by the machine's time zone."""
        local = time.localtime(unix_s)
        minute = (local.tm_wday * 24 + local.tm_hour) * 60 + local.tm_min
        return any((minute - start) % WEEK_MINUTES < length for start, length in self._spans)
