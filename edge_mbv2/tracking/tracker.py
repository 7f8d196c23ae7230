"""Follows objects from frame to frame: certain detections are given to tracks first, then doubtful ones."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from edge_mbv2.tracking.assignment import assign
from edge_mbv2.tracking.boxes import covered, measured, overlaps, to_box
from edge_mbv2.tracking.kalman import Filters
from edge_mbv2.tracking.place import Place
from edge_mbv2.types import BoundingBox, Detection, Region, Track

LOST_S = 5.0
"""How long an object that is looked for and not found is kept; a stationary one `STATIONARY_LOST_S`."""

STATIONARY_LOST_S = 30.0

FIRST_LOST_S = 0.5
"""How long an object seen once is kept; one seen for longer is kept `TRUST` times as long, up to `LOST_S`."""

TRUST = 4.0

LONGEST_LOOK_S = 1.0
"""The most that one look without finding an object counts, however long nobody had looked."""

COAST_S = 3.0
"""How long an object that is not found is thought to move on as it did."""

CERTAIN_EVIDENCE, DOUBTFUL_EVIDENCE, OVERLAP_EVIDENCE = 1.0, 0.0, 6.0
"""What speaks for a pair of track and detection before the likelihood of the distance is weighed against
it, in natural logarithms: for being a certain detection, a doubtful one, and for overlapping wholly."""

SAME_OVERLAP = 0.5
"""A detection that overlaps a followed object by more begins no track: it shows that object once more."""

FAINTEST = 0.1
"""What scores less is no detection, not even a doubtful one."""

EXPECTED_S = 1.0
"""How long an object that was not found is expected to be found where it should be."""

SAME_COVER = 0.8
"""The same of one that followed objects cover by more, together: it lies between two of them."""

TURN_S = 0.15, 1.5
"""How long ago an object was seen, when last looked for, that may have turned since: it is not where it was
going, and nobody has seen it turn."""

REACH, REACH_IN_A_SECOND = 0.5, 1.5
"""How far it may be from where it was seen, in its sizes: a person of 1.7 m walks 1.4 m in a second."""

SAME_SIZE = 1.5
"""By what factor its size may differ then."""

TRAIL_NS, TRAIL_STEP_NS = 3_000_000_000, 200_000_000
"""How much of an object's way is kept, and how far apart its points are at least."""


@dataclass(eq=False)
class _Object:
    """What is known of a track besides its filter."""

    number: int
    label: str
    class_id: int
    first_ns: int
    place: Place
    seen_ns: int = 0
    looked_ns: int = 0
    missed_s: float = 0.0
    seen: np.ndarray = field(default_factory=lambda: np.zeros(4))  # as measured
    is_at_rest: bool = False  # was in its place although nothing moved
    score: float | None = None
    detection: Detection | None = None
    trail_ns: deque[int] = field(default_factory=deque)
    trail: tuple[tuple[float, float], ...] = ()


class Tracker:
    """Follows the objects of one camera.

    Nothing but what it is given decides what it returns, and the order of detections does not matter.
    Everything is a matter of time, not of frames, so it works at any rate.

    Args:
        threshold: gives the score from which a detection of a label is certain. Only a certain one
            begins a track; a doubtful one may go on with a track.
        number: of the last object that an earlier tracker of the camera followed.

    Attributes:
        number: of the newest object.

    Source: Zhang et al., "ByteTrack: Multi-Object Tracking by Associating Every Detection Box", 2022,
        for the two stages; the pairs' gains are log-likelihood ratios instead of overlaps alone.
    """

    def __init__(self, threshold: Callable[[str], float], number: int = 0) -> None:
        self.number = number
        self._threshold = threshold
        self._filters = Filters()
        self._objects: list[_Object] = []
        self._now_ns: int | None = None

    def update(
        self,
        detections: Sequence[Detection],
        timestamp_ns: int,
        looked: Sequence[Region] | None = None,
        *,
        still: bool = False,
    ) -> tuple[Track, ...]:
        """Go on to the next frame.

        Args:
            detections: of the frame, in any order.
            timestamp_ns: of the frame; later than the one before.
            looked: which parts of the frame were analysed; None for the whole. Where nothing was
                looked for, nothing is missed; without any part, because nothing moves, nothing is
                thought to move either.
            still: whether nothing moves in the frame, although it was looked at.

        Returns:
            Every object that is followed, by number; those not found for too long are gone.
        """
        detections = [detection for detection in detections if detection.score >= FAINTEST]
        self._advance(timestamp_ns, moves=looked is None or len(looked) > 0)
        detections.sort(key=_order)
        boxes = measured(detections)
        certain = [detection.score >= self._threshold(detection.label) for detection in detections]
        pairs = self._pair(detections, boxes, np.array(certain, np.bool_))
        new = [n for n, is_certain in enumerate(certain) if is_certain and n not in pairs.values()]
        pairs |= self._turned(pairs, new, detections, boxes, timestamp_ns)
        self._correct(pairs, detections, boxes, timestamp_ns, still=still)
        self._miss(pairs, looked, timestamp_ns)
        new = [n for n in new if n not in pairs.values()]
        self._begin(new, set(pairs.values()), detections, boxes, timestamp_ns)
        return self._tracks()

    def expected(self, timestamp_ns: int) -> list[BoundingBox]:
        """Return where the objects that were seen lately should be in a frame to come."""
        if self._now_ns is None:
            return []
        ahead_s = max(0, timestamp_ns - self._now_ns) / 1e9
        places = (self._filters.values + self._filters.rates * ahead_s).tolist()
        return [
            to_box(place)
            for thing, place in zip(self._objects, places, strict=True)
            if timestamp_ns - thing.seen_ns <= EXPECTED_S * 1e9
        ]

    @property
    def doubts(self) -> bool:
        """Whether, when nothing moves, another look would tell whether an object is still there."""
        return any(thing.missed_s > 0 or not thing.is_at_rest for thing in self._objects)

    def forget(self) -> None:
        """Begin anew, because time does; numbers are not used again."""
        self._filters, self._objects, self._now_ns = Filters(), [], None

    def _advance(self, timestamp_ns: int, *, moves: bool) -> None:
        """Move every filter on to ``timestamp_ns``, those of objects out of sight for a while only."""
        before_ns, self._now_ns = self._now_ns, timestamp_ns
        if before_ns is None or not moves or not self._objects:
            return
        until_ns = [min(timestamp_ns, thing.seen_ns + int(COAST_S * 1e9)) for thing in self._objects]
        steps_s = np.array(until_ns, np.int64)[:, None] - before_ns
        self._filters.predict(np.maximum(steps_s, 0) / 1e9)

    def _pair(
        self, detections: Sequence[Detection], boxes: np.ndarray, certain: np.ndarray
    ) -> dict[int, int]:
        """Return which detection each object is found in, by the object's row."""
        if not self._objects or not detections:
            return {}
        gains = OVERLAP_EVIDENCE * overlaps(self._filters.values, boxes) - self._filters.surprise(boxes)
        kinds = np.array([thing.class_id for thing in self._objects])
        gains[kinds[:, None] != np.array([detection.class_id for detection in detections])] = -np.inf
        pairs = dict(assign(np.where(certain, gains + CERTAIN_EVIDENCE, -np.inf)))
        if not certain.all():
            gains[list(pairs)] = -np.inf
            pairs.update(assign(np.where(certain, -np.inf, gains + DOUBTFUL_EVIDENCE)))
        return pairs

    def _turned(
        self,
        pairs: dict[int, int],
        new: Sequence[int],
        detections: Sequence[Detection],
        boxes: np.ndarray,
        timestamp_ns: int,
    ) -> dict[int, int]:
        """Return which new detection shows an object that has turned; its filter begins anew there."""
        ago_s = [(timestamp_ns - thing.seen_ns) / 1e9 for thing in self._objects]
        left = [
            row
            for row, thing in enumerate(self._objects)
            if row not in pairs and not thing.missed_s and TURN_S[0] <= ago_s[row] <= TURN_S[1]
        ]
        if not left or not new:
            return {}
        seen = np.array([self._objects[row].seen for row in left])
        sizes = seen[:, None, 2:].mean(axis=2)
        reach = sizes * (REACH + REACH_IN_A_SECOND * np.array([ago_s[row] for row in left])[:, None])
        gains = 1 - np.hypot(*np.moveaxis(boxes[new][None, :, :2] - seen[:, None, :2], 2, 0)) / reach
        ratios = boxes[new][None, :, 2:].mean(axis=2) / sizes
        kinds = np.array([self._objects[row].class_id for row in left])[:, None]
        gains[(ratios > SAME_SIZE) | (ratios < 1 / SAME_SIZE)] = 0.0
        gains[kinds != np.array([detections[column].class_id for column in new])] = 0.0
        found = {left[row]: new[column] for row, column in assign(gains)}
        for row, column in found.items():
            self._filters.restart(row, boxes[column], detections[column].score)
        return found

    def _correct(
        self,
        pairs: dict[int, int],
        detections: Sequence[Detection],
        boxes: np.ndarray,
        timestamp_ns: int,
        *,
        still: bool,
    ) -> None:
        if not pairs:
            return
        rows, columns = np.array(list(pairs)), np.array(list(pairs.values()))
        scores = np.array([detections[column].score for column in columns])
        self._filters.correct(rows, boxes[columns], scores)
        values = self._filters.values[rows].tolist()
        for (row, column), place in zip(pairs.items(), values, strict=True):
            thing = self._objects[row]
            _see(thing, detections[column], boxes[column], timestamp_ns)
            thing.place.see(place, timestamp_ns)
            thing.is_at_rest = still and thing.place.motionless_count > 0

    def _miss(self, pairs: dict[int, int], looked: Sequence[Region] | None, timestamp_ns: int) -> None:
        """Note which objects were not found, and let go of those missed for too long."""
        kept = np.ones(len(self._objects), np.bool_)
        for row, thing in enumerate(self._objects):
            if row in pairs:
                continue
            thing.detection, thing.score = None, None
            if looked is None or _is_in(looked, *self._filters.values[row, :2].tolist()):
                thing.score = 0.0
                thing.missed_s += min((timestamp_ns - thing.looked_ns) / 1e9, LONGEST_LOOK_S)
                thing.looked_ns = timestamp_ns
                kept[row] = thing.missed_s <= _patience_s(thing)
        if not kept.all():
            self._filters.keep(kept)
            self._objects = [thing for thing, keep in zip(self._objects, kept, strict=True) if keep]

    def _begin(
        self,
        new: Sequence[int],
        taken: set[int],
        detections: Sequence[Detection],
        boxes: np.ndarray,
        timestamp_ns: int,
    ) -> None:
        """Begin a track with each new detection of what is not followed yet."""
        for column in new:
            detection = detections[column]
            same = [other for other in taken if detections[other].class_id == detection.class_id]
            if same and _is_known(boxes[column], boxes[sorted(same)]):
                continue
            taken.add(column)
            self.number += 1
            self._filters.add(boxes[column : column + 1], np.array([detection.score]))
            place = Place(boxes[column].tolist(), timestamp_ns)
            thing = _Object(self.number, detection.label, detection.class_id, timestamp_ns, place)
            _see(thing, detection, boxes[column], timestamp_ns)
            self._objects.append(thing)

    def _tracks(self) -> tuple[Track, ...]:
        places = self._filters.values.tolist()
        return tuple([_track(thing, place) for thing, place in zip(self._objects, places, strict=True)])


def _see(thing: _Object, detection: Detection, measured: np.ndarray, timestamp_ns: int) -> None:
    thing.detection, thing.score, thing.seen = detection, detection.score, measured
    thing.seen_ns = thing.looked_ns = timestamp_ns
    thing.missed_s = 0.0
    times_ns, box = thing.trail_ns, detection.box
    if not times_ns or timestamp_ns - times_ns[-1] >= TRAIL_STEP_NS:
        times_ns.append(timestamp_ns)
        while timestamp_ns - times_ns[0] > TRAIL_NS:
            times_ns.popleft()
        thing.trail = (*thing.trail, ((box.x1 + box.x2) / 2, box.y2))[-len(times_ns) :]


def _track(thing: _Object, place: Sequence[float]) -> Track:
    return Track(
        number=thing.number,
        label=thing.label,
        class_id=thing.class_id,
        box=thing.detection.box if thing.detection else to_box(place),
        score=thing.score,
        detection=thing.detection,
        first_ns=thing.first_ns,
        motionless_count=thing.place.motionless_count,
        position_changes=thing.place.position_changes,
        stationary=thing.place.stationary,
        trail=thing.trail,
    )


def _patience_s(thing: _Object) -> float:
    if thing.place.stationary:
        return STATIONARY_LOST_S
    return min(LOST_S, max(FIRST_LOST_S, TRUST * (thing.seen_ns - thing.first_ns) / 1e9))


def _is_known(box: np.ndarray, others: np.ndarray) -> bool:
    """Tell whether a box shows again what others show."""
    return overlaps(box[None], others).max() > SAME_OVERLAP or covered(box, others) > SAME_COVER


def _is_in(regions: Sequence[Region], x: float, y: float) -> bool:
    return any(region.x1 <= x <= region.x2 and region.y1 <= y <= region.y2 for region in regions)


def _order(detection: Detection) -> tuple[float, ...]:
    box = detection.box
    return -detection.score, detection.class_id, box.x1, box.y1, box.x2, box.y2
