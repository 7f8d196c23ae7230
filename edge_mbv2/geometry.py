"""Points, segments and polygons on the plane of a picture, as pure functions.

Coordinates are fractions of the picture, x to the right and y down, so that an area outlives a change
of resolution. Whatever lies on an edge is inside.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

Point = tuple[float, float]
Polygon = tuple[Point, ...]


def side(a: Point, b: Point, point: Point) -> float:
    """Return which side of the line from ``a`` to ``b`` a point is on, for one who looks along it.

    Returns:
        Positive on the right, negative on the left, 0 on the line; the size is twice the triangle's area.
    """
    return (b[0] - a[0]) * (point[1] - a[1]) - (b[1] - a[1]) * (point[0] - a[0])


class Area:
    """What a polygon encloses, its edge included.

    Args:
        corners: at least three, in order; see `polygon_mistake`.
    """

    def __init__(self, corners: Sequence[Point]) -> None:
        self.corners: Polygon = tuple(corners)
        xs, ys = zip(*corners, strict=True)
        self._left, self._right, self._top, self._bottom = min(xs), max(xs), min(ys), max(ys)
        edges = zip(self.corners, [*self.corners[1:], self.corners[0]], strict=True)
        self._edges = [(*a, *b) if a[1] <= b[1] else (*b, *a) for a, b in edges]  # upper end first

    def contains(self, point: Point) -> bool:
        """Tell whether a point is inside."""
        x, y = point
        if not (self._left <= x <= self._right and self._top <= y <= self._bottom):
            return False
        inside = False
        for ax, ay, bx, by in self._edges:
            if ay <= y <= by:
                across = (bx - ax) * (y - ay) - (by - ay) * (x - ax)
                if across == 0 and (ax <= x <= bx or bx <= x <= ax):
                    return True
                if across > 0 and y < by:
                    inside = not inside
        return inside


def segments_meet(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Tell whether the segments a-b and c-d have a point in common."""
    if max(a[0], b[0]) < min(c[0], d[0]) or max(c[0], d[0]) < min(a[0], b[0]):
        return False
    if max(a[1], b[1]) < min(c[1], d[1]) or max(c[1], d[1]) < min(a[1], b[1]):
        return False
    return side(a, b, c) * side(a, b, d) <= 0 and side(c, d, a) * side(c, d, b) <= 0


def polygon_mistake(points: Sequence[Point]) -> str | None:
    """Return what keeps points from being a polygon's corners, in words; None when nothing does."""
    if len(points) < 3:
        return f"{len(points)} point{'s' * (len(points) != 1)}; an area has at least 3"
    if len(set(points)) < len(points):
        twice = next(point for index, point in enumerate(points) if point in points[:index])
        return f"the point {list(twice)} stands twice; an area's corners differ, and it closes by itself"
    edges = list(zip(points, [*points[1:], points[0]], strict=True))
    for (i, first), (j, second) in itertools.combinations(enumerate(edges), 2):
        if j - i == 1:
            corner = j if _folds_back(first, second) else None
        elif j - i == len(edges) - 1:
            corner = 0 if _folds_back(second, first) else None
        elif segments_meet(*first, *second):
            return f"the edges after points {i + 1} and {j + 1} cross; list the corners in order"
        else:
            corner = None
        if corner is not None:
            return f"the edge after point {corner + 1} runs back along the one before it"
    return None


def _folds_back(first: tuple[Point, Point], second: tuple[Point, Point]) -> bool:
    """Tell whether an edge runs back along the one that ends where it begins."""
    (a, b), (_, c) = first, second
    backwards = (a[0] - b[0]) * (c[0] - b[0]) + (a[1] - b[1]) * (c[1] - b[1]) > 0
    return backwards and abs(side(a, b, c)) < 1e-12
