"""Whether an object stays in its place."""

from __future__ import annotations

from collections.abc import Sequence

STATIONARY_NS = 10_000_000_000
"""How long an object keeps its place before it counts as stationary."""

STATIONARY_COUNT = 3
"""How many times it is seen there at least, however far apart looks are."""

_NEAR = 0.25
"""How far an object may be from its place, in the mean of its width and height, and still be there."""

_GROWTH = 1.5
"""By what factor its size may differ from what it was when it came there."""


class Place:
    """Where an object stays, and since when; follows it when it goes elsewhere.

    Args:
        values: centre x, centre y, width, height of its box, in pixels, freed of noise.
        timestamp_ns: when it was first seen.

    Attributes:
        motionless_count: how many times in a row it was seen there.
        position_changes: how often it has left a place. The first place counts when it is left, a later
            one when the object was stationary there.
        stationary: whether it is there for `STATIONARY_NS`.
    """

    def __init__(self, values: Sequence[float], timestamp_ns: int) -> None:
        self.motionless_count = 0
        self.position_changes = 0
        self.stationary = False
        self._values = values
        self._since_ns = timestamp_ns
        self._was_away = False

    def see(self, values: Sequence[float], timestamp_ns: int) -> None:
        """Take in where the object was seen; one that is stationary has left when it was seen away twice."""
        was_away, self._was_away = self._was_away, not self._is_near(values)
        if not self._was_away or (self.stationary and not was_away):
            self.motionless_count += 1
            is_long = timestamp_ns - self._since_ns >= STATIONARY_NS
            self.stationary = is_long and self.motionless_count >= STATIONARY_COUNT
            return
        if self.stationary or not self.position_changes:
            self.position_changes += 1
        self.motionless_count, self.stationary, self._was_away = 0, False, False
        self._values, self._since_ns = values, timestamp_ns

    def _is_near(self, values: Sequence[float]) -> bool:
        x, y, width, height = self._values
        size, size_now = (width + height) / 2, (values[2] + values[3]) / 2
        if not size / _GROWTH <= size_now <= size * _GROWTH:
            return False
        return (values[0] - x) ** 2 + (values[1] - y) ** 2 <= (_NEAR * size) ** 2
