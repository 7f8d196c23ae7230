"""What is known of one followed object besides its filter."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from edge_mbv2.tracking.boxes import to_box
from edge_mbv2.tracking.place import Place
from edge_mbv2.types import Detection, Track

LOST_S = 5.0
"""How long an object that is looked for and not found is kept; a stationary one `STATIONARY_LOST_S`."""

STATIONARY_LOST_S = 30.0

FIRST_LOST_S = 0.5
"""How long an object seen once is kept; one seen for longer is kept `TRUST` times as long, up to `LOST_S`."""

TRUST = 4.0

LONGEST_LOOK_S = 1.0
"""The most that one look without finding an object counts, however long nobody had looked."""

TRAIL_NS, TRAIL_STEP_NS = 3_000_000_000, 200_000_000
"""How much of an object's way is kept, and how far apart its points are at least."""


@dataclass(eq=False)
class Thing:
    """One object.

    Attributes:
        number: of its track.
        label: the class in words.
        class_id: 0-based index into the model's labels.
        first_ns: when it was first seen.
        place: where it stays.
        seen: as last measured: centre x, centre y, width, height.
        seen_ns: when that was.
        looked_ns: when it was last looked for.
        missed_s: for how long it was looked for in vain since.
        is_at_rest: whether it was in its place although nothing moved.
        score: see `Track`.
        detection: see `Track`.
    """

    number: int
    label: str
    class_id: int
    first_ns: int
    place: Place
    seen: np.ndarray
    seen_ns: int = 0
    looked_ns: int = 0
    missed_s: float = 0.0
    is_at_rest: bool = False
    score: float | None = None
    detection: Detection | None = None
    _trail_ns: deque[int] = field(default_factory=deque)
    _trail: tuple[tuple[float, float], ...] = ()

    def see(self, detection: Detection, measured: np.ndarray, timestamp_ns: int) -> None:
        """Take in that it was found.

        Args:
            detection: what was found of it.
            measured: (4,) the box: centre x, centre y, width, height.
            timestamp_ns: of the frame.
        """
        self.detection, self.score, self.seen = detection, detection.score, measured
        self.seen_ns = self.looked_ns = timestamp_ns
        self.missed_s = 0.0
        times_ns, box = self._trail_ns, detection.box
        if not times_ns or timestamp_ns - times_ns[-1] >= TRAIL_STEP_NS:
            times_ns.append(timestamp_ns)
            while timestamp_ns - times_ns[0] > TRAIL_NS:
                times_ns.popleft()
            self._trail = (*self._trail, ((box.x1 + box.x2) / 2, box.y2))[-len(times_ns) :]

    def miss(self, timestamp_ns: int) -> bool:
        """Take in that it was looked for in vain; tell whether it has gone for good."""
        self.score = 0.0
        self.missed_s += min((timestamp_ns - self.looked_ns) / 1e9, LONGEST_LOOK_S)
        self.looked_ns = timestamp_ns
        if self.place.stationary:
            return self.missed_s > STATIONARY_LOST_S
        return self.missed_s > min(LOST_S, max(FIRST_LOST_S, TRUST * (self.seen_ns - self.first_ns) / 1e9))

    def track(self, place: Sequence[float]) -> Track:
        """Return it as others see it.

        Args:
            place: where it should be: centre x, centre y, width, height.
        """
        return Track(
            number=self.number,
            label=self.label,
            class_id=self.class_id,
            box=self.detection.box if self.detection else to_box(place),
            score=self.score,
            detection=self.detection,
            first_ns=self.first_ns,
            motionless_count=self.place.motionless_count,
            position_changes=self.place.position_changes,
            stationary=self.place.stationary,
            trail=self._trail,
        )
