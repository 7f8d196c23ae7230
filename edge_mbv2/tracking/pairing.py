"""Which detection shows which object: by likelihood, or, for one that looks otherwise, by where it was."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edge_mbv2.tracking.assignment import assign
from edge_mbv2.tracking.boxes import overlaps
from edge_mbv2.tracking.kalman import Filters
from edge_mbv2.tracking.thing import Thing

CERTAIN_EVIDENCE, DOUBTFUL_EVIDENCE, OVERLAP_EVIDENCE = 1.0, 0.0, 6.0
"""What speaks for a pair of track and detection before the likelihood of the distance is weighed against
it, in natural logarithms: for being a certain detection, a doubtful one, and for overlapping wholly."""

SAME_PLACE = 0.4
"""How much a detection must overlap an object's box to show it where only half of it is seen, or more."""

TURN_S = 0.15, 1.5
"""How long ago an object was seen, when last looked for, that may have turned since: it is not where it was
going, and nobody has seen it turn."""

REACH, REACH_IN_A_SECOND = 0.5, 1.5
"""How far it may be from where it was seen, in its sizes: a person of 1.7 m walks 1.4 m in a second."""

SAME_SIZE = 1.5
"""By what factor its size may differ then."""


def pair(
    filters: Filters, things: Sequence[Thing], kinds: np.ndarray, boxes: np.ndarray, certain: np.ndarray
) -> dict[int, int]:
    """Give certain detections to objects first, then doubtful ones to those that are left.

    Args:
        filters: a row for each object, moved on to the frame.
        things: the objects.
        kinds: (n,) the detections' classes.
        boxes: (n, 4) float64: their centre x, centre y, width, height.
        certain: (n,) bool.

    Returns:
        The detection that each object is found in, by the object's row.

    Source: Zhang et al., "ByteTrack: Multi-Object Tracking by Associating Every Detection Box", 2022,
        for the two stages; the pairs' gains are log-likelihood ratios instead of overlaps alone.
    """
    if not things or not len(boxes):
        return {}
    gains = OVERLAP_EVIDENCE * overlaps(filters.values, boxes) - filters.surprise(boxes)
    gains[np.array([thing.class_id for thing in things])[:, None] != kinds] = -np.inf
    pairs = dict(assign(np.where(certain, gains + CERTAIN_EVIDENCE, -np.inf)))
    if not certain.all():
        gains[list(pairs)] = -np.inf
        pairs.update(assign(np.where(certain, -np.inf, gains + DOUBTFUL_EVIDENCE)))
    return pairs


def misshapen(
    places: np.ndarray, things: Sequence[Thing], kinds: np.ndarray, boxes: np.ndarray
) -> dict[int, int]:
    """Give detections to objects whose boxes they overlap, although no object changes its shape so fast.

    Args:
        places: (m, 4) where the objects should be: centre x, centre y, width, height.
        things: those that were not found.
        kinds: (n,) the classes of the detections that are nobody's.
        boxes: (n, 4) likewise.

    Returns:
        The detection that each object is found in, by the object's position among those given.
    """
    if not things or not len(boxes):
        return {}
    seen = np.array([thing.seen for thing in things])
    gains = np.maximum(overlaps(places, boxes), overlaps(seen, boxes)) - SAME_PLACE
    gains[np.array([thing.class_id for thing in things])[:, None] != kinds] = 0.0
    return dict(assign(gains))


def turned(things: Sequence[Thing], kinds: np.ndarray, boxes: np.ndarray, now_ns: int) -> dict[int, int]:
    """Give detections to objects that are not where they were going, because they have turned.

    Args:
        things: those that were not found.
        kinds: (n,) the classes of the detections that are nobody's.
        boxes: (n, 4) float64: their centre x, centre y, width, height.
        now_ns: the frame's time.

    Returns:
        The detection that each object is found in, by the object's position among those given.
    """
    ago_s = np.array([(now_ns - thing.seen_ns) / 1e9 for thing in things])
    left = [n for n, thing in enumerate(things) if not thing.missed_s and TURN_S[0] <= ago_s[n] <= TURN_S[1]]
    if not left or not len(boxes):
        return {}
    seen = np.array([things[n].seen for n in left])
    sizes = seen[:, None, 2:].mean(axis=2)
    distances = np.hypot(*np.moveaxis(boxes[None, :, :2] - seen[:, None, :2], 2, 0))
    gains = 1 - distances / (sizes * (REACH + REACH_IN_A_SECOND * ago_s[left][:, None]))
    ratios = boxes[None, :, 2:].mean(axis=2) / sizes
    gains[(ratios > SAME_SIZE) | (ratios < 1 / SAME_SIZE)] = 0.0
    gains[np.array([things[n].class_id for n in left])[:, None] != kinds] = 0.0
    return {left[row]: column for row, column in assign(gains)}
