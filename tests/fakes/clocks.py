"""Clocks that say what a test wants."""

from __future__ import annotations

from dataclasses import dataclass

from edge_mbv2.clock import MediaClock


@dataclass
class DatedClock(MediaClock):
    """Gives Unix time from a start on, at a place whose local time is so much ahead of UTC."""

    start_s: float = 1_700_000_000.0
    ahead_s: int = 0
    has_dates = True

    def unix_s(self, timestamp_ns: int) -> float:
        return self.start_s + timestamp_ns / 1e9

    def utc_offset_s(self, timestamp_ns: int) -> int:
        return self.ahead_s
