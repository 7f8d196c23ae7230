"""Decides, frame by frame, at which parts of one camera's picture to look."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edge_mbv2.regions.choose import choose
from edge_mbv2.types import BoundingBox, Region

_EXPECTED, _MOVING = 1.0, 0.5


class Watch:
    """Looks where objects are expected and where something moves, and now and then at everything.

    The whole picture is also looked at when there is nothing to look closer at, and when the regions
    do not take in all there is. The same calls give the same regions.

    Args:
        limit: most regions in one frame, the whole picture counted.
        whole_every: the whole picture is looked at in at least one of so many frames.
        least_px: smallest side of a region.
    """

    def __init__(self, *, limit: int, whole_every: int, least_px: int) -> None:
        self._limit = limit
        self._whole_every = whole_every
        self._least_px = least_px
        self._since_whole = whole_every

    def plan(
        self, width: int, height: int, expected: Sequence[BoundingBox], moving: Sequence[Region]
    ) -> list[Region]:
        """Return the regions to look at in the next frame, at least one.

        Args:
            width: of the frame in pixels.
            height: of the frame in pixels.
            expected: where objects should be by now.
            moving: where something moves.
        """
        whole = Region(0, 0, width, height)
        self._since_whole += 1
        interests: list[BoundingBox | Region] = [*expected, *moving]
        boxes = np.array([(b.x1, b.y1, b.x2, b.y2) for b in interests], np.float64).reshape(-1, 4)
        weights = np.array([_EXPECTED] * len(expected) + [_MOVING] * len(moving))
        regions, served = choose(boxes, weights, width, height, limit=self._limit, least_px=self._least_px)
        due = self._since_whole >= self._whole_every
        # A square picture may itself be the region that serves most.
        if due or whole in regions or not served.all() or not regions:
            self._since_whole = 0
            regions = [whole, *[each for each in regions if each != whole][: self._limit - 1]]
        return regions
