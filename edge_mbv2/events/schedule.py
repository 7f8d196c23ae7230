"""The hours of the week in which there are events."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

DAY_MINUTES = 24 * 60
WEEK_MINUTES = 7 * DAY_MINUTES
_FIRST_DAY = 3  # Unix time begins on a Thursday


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

    def is_on(self, local_s: float) -> bool:
        """Tell whether there are events at a moment, in Unix seconds and those local time is ahead."""
        minute = _FIRST_DAY * DAY_MINUTES + int(local_s // 60)
        return any((minute - start) % WEEK_MINUTES < length for start, length in self._spans)
