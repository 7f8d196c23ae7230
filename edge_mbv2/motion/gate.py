"""Decides which frames of one camera are worth an inference."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from edge_mbv2.motion.detector import Motion
from edge_mbv2.types import BoundingBox, Region

_BURST_LOOKS = 3
_BURST_EVERY_NS = 1_000_000_000
_DOUBTS_EVERY_NS = 500_000_000
_PATIENCE_S = 3.0
_FORGOTTEN_S = 30.0
_LARGE = 0.3
_ROWS, _COLUMNS = 9, 16


class Gate:
    """Lets frames pass in which an object may have come or moved, and one now and then all the same.

    Motion that goes on where the frame before had some is taken for an object, and each frame of it
    passes. Doubtful is motion that is new, in too many places (rain), in most of the picture (light), as
    even as a shadow, or where three seconds of looking have found nothing (a tree): it gets a burst of at
    most three looks, and the next burst a second after this one began. While a followed object is in doubt
    (is it there, has it gone?) there are two looks a second, moving or not.

    Args:
        look_every_s: the longest time without a look.
    """

    def __init__(self, look_every_s: float) -> None:
        self._look_every_ns = round(look_every_s * 1e9)
        self._looked_ns: int | None = None
        self._before_ns = 0
        self._step_s = 0.0
        self._size = 1, 1
        self._burst_ns: int | None = None
        self._burst_looks = 0
        self._areas: tuple[Region, ...] = ()
        self._solid: list[Region] = []
        self._found: list[BoundingBox] = []
        self._vain_s = np.zeros((_ROWS, _COLUMNS), np.float32)

    def passes(
        self, motion: Motion, timestamp_ns: int, width: int, height: int, *, doubts: bool = False
    ) -> bool:
        """Tell whether to look at a frame; every frame is asked about, in order.

        Args:
            motion: in the frame.
            timestamp_ns: of the frame.
            width: of the frame in pixels.
            height: of the frame in pixels.
            doubts: whether another look would tell if a followed object is still there.
        """
        if timestamp_ns < self._before_ns or (width, height) != self._size:
            self._looked_ns = self._burst_ns = None  # time begins anew, or another picture
        step_s = max(0, timestamp_ns - self._before_ns) / 1e9
        self._before_ns, self._step_s = timestamp_ns, min(step_s, 1.0)
        self._vain_s *= max(0.0, 1.0 - step_s / _FORGOTTEN_S)
        self._areas, self._size = motion.areas, (width, height)
        earlier, self._solid = self._solid, _solid(motion, self._found)
        wait_ns = min(self._look_every_ns, _DOUBTS_EVERY_NS) if doubts else self._look_every_ns
        if self._looked_ns is None or timestamp_ns - self._looked_ns >= wait_ns:
            return True
        if not motion.areas:
            self._burst_looks = _BURST_LOOKS  # a burst has no gaps
            return False
        return self._goes_on(earlier) or self._burst_allows(timestamp_ns)

    def looked(self, timestamp_ns: int, found: Iterable[BoundingBox]) -> None:
        """Note what a look at the frame last asked about has found."""
        self._looked_ns = timestamp_ns
        self._found = found = list(found)
        for area in self._areas:
            place = self._place(area)
            if any(_touch(area, box) for box in found):
                self._vain_s[place] = 0.0
            else:
                self._vain_s[place] += self._step_s

    def _goes_on(self, earlier: list[Region]) -> bool:
        """Tell whether something that may be an object goes on moving where looking was not in vain."""
        return any(
            self._vain_s[self._place(area)].min() < _PATIENCE_S
            and any(_touch(area, before) for before in earlier)
            for area in self._solid
        )

    def _burst_allows(self, timestamp_ns: int) -> bool:
        if self._burst_ns is None or timestamp_ns - self._burst_ns >= _BURST_EVERY_NS:
            self._burst_ns, self._burst_looks = timestamp_ns, 0
        self._burst_looks += 1
        return self._burst_looks <= _BURST_LOOKS

    def _place(self, area: Region) -> tuple[slice, slice]:
        """Return the cells of a grid over the picture that an area touches."""
        width, height = self._size
        top, left = area.y1 * _ROWS // height, area.x1 * _COLUMNS // width
        bottom, right = -(-area.y2 * _ROWS // height), -(-area.x2 * _COLUMNS // width)
        return slice(top, bottom), slice(left, right)


def _solid(motion: Motion, found: Iterable[BoundingBox]) -> list[Region]:
    """Return the areas in which an object may move; one that was found there is no shadow."""
    if motion.scattered or motion.share > _LARGE:
        return []
    return [
        area
        for area, shadow in zip(motion.areas, motion.shadows, strict=True)
        if not shadow or any(_touch(area, box) for box in found)
    ]


def _touch(area: Region, other: Region | BoundingBox) -> bool:
    return area.x1 < other.x2 and other.x1 < area.x2 and area.y1 < other.y2 and other.y1 < area.y2
