"""Follows objects from frame to frame: certain detections are given to tracks first, then doubtful ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from edge_mbv2.tracking.boxes import covered, measured, overlaps, to_box
from edge_mbv2.tracking.kalman import Filters
from edge_mbv2.tracking.pairing import misshapen, pair, turned
from edge_mbv2.tracking.place import Place
from edge_mbv2.tracking.thing import Thing
from edge_mbv2.types import FAINTEST, BoundingBox, Detection, Region, Track

COAST_S = 3.0
"""How long an object that is not found is thought to move on as it did."""

SAME_OVERLAP = 0.5
"""A detection that overlaps a followed object by more begins no track: it shows that object once more."""

SAME_COVER = 0.8
"""The same of one that followed objects cover by more, together: it lies between two of them."""

EXPECTED_S = 1.0
"""How long an object that was not found is expected to be found where it should be."""


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

    Source: Zhang et al., "ByteTrack: Multi-Object Tracking by Associating Every Detection Box", 2022.
    """

    def __init__(self, threshold: Callable[[str], float], number: int = 0) -> None:
        self.number = number
        self._threshold = threshold
        self._filters = Filters()
        self._objects: list[Thing] = []
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
                looked for, nothing is missed.
            still: whether nothing moves in the frame; without any part, nothing is thought to move either.

        Returns:
            Every object that is followed, by number; those not found for too long are gone.
        """
        detections = [detection for detection in detections if detection.score >= FAINTEST]
        self._advance(timestamp_ns, moves=looked is None or len(looked) > 0 or not still)
        detections.sort(key=_order)
        boxes = measured(detections)
        kinds = np.array([detection.class_id for detection in detections], np.int64)
        certain = [detection.score >= self._threshold(detection.label) for detection in detections]
        pairs = pair(self._filters, self._objects, kinds, boxes, np.array(certain, np.bool_))
        taken = set(pairs.values())
        new = [n for n, is_certain in enumerate(certain) if is_certain and n not in taken]
        pairs |= self._found_otherwise(pairs, new, detections, kinds, boxes, looked)
        self._correct(pairs, detections, boxes, timestamp_ns, still=still)
        self._miss(pairs, looked, timestamp_ns)
        taken = set(pairs.values())
        new = [n for n in new if n not in taken]
        self._begin(new, taken, detections, boxes, timestamp_ns)
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

    def _found_otherwise(
        self,
        pairs: dict[int, int],
        new: Sequence[int],
        detections: Sequence[Detection],
        kinds: np.ndarray,
        boxes: np.ndarray,
        looked: Sequence[Region] | None,
    ) -> dict[int, int]:
        """Return which new detections show objects of another shape, or turned; their filters begin anew."""
        assert self._now_ns is not None
        rows = [row for row in range(len(self._objects)) if row not in pairs]
        if not rows or not new:
            return {}
        shown = misshapen(self._filters.values[rows], self._of(rows), kinds[new], boxes[new])
        found = {rows[row]: new[column] for row, column in shown.items()}
        rows = [row for row in rows if row not in found and self._is_in(row, looked)]
        new = [column for column in new if column not in found.values()]
        shown = turned(self._of(rows), kinds[new], boxes[new], self._now_ns)
        found |= {rows[row]: new[column] for row, column in shown.items()}
        for row, column in found.items():
            self._filters.restart(row, boxes[column], detections[column].score)
        return found

    def _of(self, rows: Sequence[int]) -> list[Thing]:
        return [self._objects[row] for row in rows]

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
        rows, columns = list(pairs), list(pairs.values())
        scores = np.array([detections[column].score for column in columns])
        self._filters.correct(rows, boxes[columns], scores)
        values = self._filters.values[rows].tolist()
        for (row, column), place in zip(pairs.items(), values, strict=True):
            thing = self._objects[row]
            thing.see(detections[column], boxes[column], timestamp_ns)
            thing.place.see(place, timestamp_ns)
            thing.is_at_rest = still and thing.place.motionless_count > 0

    def _miss(self, pairs: dict[int, int], looked: Sequence[Region] | None, timestamp_ns: int) -> None:
        """Note which objects were not found, and let go of those missed for too long."""
        kept = np.ones(len(self._objects), np.bool_)
        for row, thing in enumerate(self._objects):
            if row in pairs:
                continue
            thing.detection, thing.score = None, None
            if self._is_in(row, looked):
                kept[row] = not thing.miss(timestamp_ns)
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
            kind = detection.label, detection.class_id
            thing = Thing(self.number, *kind, timestamp_ns, place, boxes[column])
            thing.see(detection, boxes[column], timestamp_ns)
            self._objects.append(thing)

    def _is_in(self, row: int, looked: Sequence[Region] | None) -> bool:
        """Tell whether it was looked where an object should be."""
        x, y = self._filters.values[row, :2].tolist()
        return looked is None or any(each.x1 <= x <= each.x2 and each.y1 <= y <= each.y2 for each in looked)

    def _tracks(self) -> tuple[Track, ...]:
        places = self._filters.values.tolist()
        return tuple([thing.track(place) for thing, place in zip(self._objects, places, strict=True)])


def _is_known(box: np.ndarray, others: np.ndarray) -> bool:
    """Tell whether a box shows again what others show."""
    return overlaps(box[None], others).max() > SAME_OVERLAP or covered(box, others) > SAME_COVER


def _order(detection: Detection) -> tuple[float, ...]:
    box = detection.box
    return -detection.score, detection.class_id, box.x1, box.y1, box.x2, box.y2
