"""Chooses square regions in which objects are as large as a detector likes them."""

from __future__ import annotations

import numpy as np

from edge_mbv2.types import Region

GOOD_SHARE = 0.25, 0.62
"""How much of a region's side an object's longer side should take.

Persons of the hand-labelled pictures in squares of their own: 0.86 to 0.88 of them are found by the
shipped person model while they take 0.25 to 0.62 of the side, 0.45 to 0.73 while they take less than 0.2.
"""
_FAIR_SHARE = 0.175
_FAIR_VALUE = 0.4
_MARGIN = 0.15
_LARGEST_SHARE = 0.45
_STEP = 1.25
_MOST = 32


def choose(
    boxes: np.ndarray, weights: np.ndarray, width: int, height: int, *, limit: int, least_px: int
) -> tuple[list[Region], np.ndarray]:
    """Choose regions for boxes, each time the one that serves most of those that are left.

    A region serves a box that lies in it with a margin, so that the object is not cut, and that takes
    a good share of it. What is too large to gain from a closer look is left out.

    Args:
        boxes: (n, 4) float64: x1, y1, x2, y2 in pixels of the picture; what is looked for.
        weights: (n,) float64, above 0: how much each matters.
        width: of the picture in pixels.
        height: of the picture in pixels.
        limit: most regions.
        least_px: smallest side of a region.

    Returns:
        The regions, and (n,) bool: which boxes one of them serves. The same arguments give the same.
    """
    served = np.zeros(len(boxes), np.bool_)
    longest = min(width, height)
    sides = _sides(min(least_px, longest), longest)
    lengths = (boxes[:, 2:] - boxes[:, :2]).max(axis=1, initial=0.0)
    (left,) = (lengths <= _LARGEST_SHARE * longest).nonzero()
    left = left[np.argsort(-weights[left], kind="stable")[:_MOST]]
    chosen: list[Region] = []
    while left.size and len(chosen) < limit:
        region, inside = _best(boxes[left], lengths[left], weights[left], width, height, sides)
        if not inside.any():
            break
        chosen.append(region)
        served[left[inside]] = True
        left = left[~inside]
    return chosen, served


def _sides(least: int, longest: int) -> list[int]:
    """Return the sides to try, in steps, the smallest first."""
    sides, side = [], float(least)
    while side < longest:
        sides.append(round(side))
        side *= _STEP
    return [*sides, longest]


def _best(
    boxes: np.ndarray, lengths: np.ndarray, weights: np.ndarray, width: int, height: int, sides: list[int]
) -> tuple[Region, np.ndarray]:
    """Return the region that serves most, the smallest of equals, and which boxes it serves.

    A square that serves boxes does so too when it is moved until one of them touches its left margin
    and one its upper margin; only such squares are tried.
    """
    margins = _MARGIN * lengths
    x1, y1 = boxes[:, 0] - margins, boxes[:, 1] - margins
    x2, y2 = boxes[:, 2] + margins, boxes[:, 3] + margins
    best_value, best_side, best_inside = 0.0, sides[0], np.zeros(len(boxes), np.bool_)
    for side in sides:
        share = lengths / side
        values = np.where(share >= GOOD_SHARE[0], 1.0, _FAIR_VALUE) * weights
        values[(share > GOOD_SHARE[1]) | (share < _FAIR_SHARE)] = 0.0
        columns = _inside(x1, x2, side, width)
        rows = _inside(y1, y2, side, height)
        totals = (columns * values) @ rows.T
        at = int(totals.argmax())
        if totals.flat[at] > best_value + 1e-9:
            column, row = divmod(at, len(boxes))
            best_value, best_side = float(totals.flat[at]), side
            best_inside = columns[column] & rows[row] & (values > 0)
    if not best_inside.any():
        return Region(0, 0, best_side, best_side), best_inside
    x = _centred(x1[best_inside].min(), x2[best_inside].max(), best_side, width)
    y = _centred(y1[best_inside].min(), y2[best_inside].max(), best_side, height)
    return Region(x, y, x + best_side, y + best_side), best_inside


def _inside(starts: np.ndarray, ends: np.ndarray, side: int, length: int) -> np.ndarray:
    """Tell along one axis which spans lie in squares that begin at each of them.

    The picture's own edges cut nothing.

    Returns:
        (squares, spans) bool.
    """
    origins = np.clip(np.floor(starts), 0, length - side)[:, None]
    begins: np.ndarray = (origins <= np.maximum(starts, 0)) & (np.minimum(ends, length) <= origins + side)
    return begins


def _centred(start: float, end: float, side: int, length: int) -> int:
    """Return where a square begins that has a span in its middle and lies in the picture."""
    return int(min(max(0.0, round((start + end - side) / 2)), length - side))
