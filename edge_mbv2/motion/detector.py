"""From a camera's frames to the areas in which something moves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from edge_mbv2.motion.background import Background
from edge_mbv2.types import Frame, Region

_WIDTH_PX = 160
_LEAST_AREA_PX = 6
_MOST_AREAS = 16
_SHADOW_SPREAD = 0.3


@dataclass(frozen=True, slots=True)
class Motion:
    """What moves in one frame.

    Attributes:
        areas: rectangles around it, in pixels of the frame, the largest first; at most 16.
        share: how much of the picture moves, 0 to 1.
        shadows: of each area, whether it is only darker or brighter than the background, all of it by
            about the same factor, as where a shadow falls.
        scattered: whether it moves in more places than a few objects explain, as rain does.
    """

    areas: tuple[Region, ...] = ()
    share: float = 0.0
    shadows: tuple[bool, ...] = ()
    scattered: bool = False


class MotionDetector:
    """Watches one camera on a small grey picture, 160 pixels wide.

    Args:
        ignored: given (height, width) of the small picture, returns (height, width) bool: where
            motion does not count; None for nowhere.
    """

    def __init__(self, ignored: Callable[[int, int], np.ndarray] | None = None) -> None:
        self._ignored = ignored
        self._shape: tuple[int, ...] = ()
        self._latest_ns = 0

    def __call__(self, frame: Frame) -> Motion:
        """Learn from a frame and return what moves in it; another size of frame begins anew."""
        import cv2

        if frame.image.shape != self._shape:
            self._begin(frame)
        step_s = max(0, frame.timestamp_ns - self._latest_ns) / 1e9
        self._latest_ns = frame.timestamp_ns
        size = self._grey.shape[1::-1]
        cv2.resize(frame.image, size, dst=self._small, interpolation=cv2.INTER_LINEAR)
        cv2.cvtColor(self._small, cv2.COLOR_BGR2GRAY, dst=self._grey)
        cv2.blur(self._grey, (3, 3), dst=self._smooth)
        self._background.update(self._smooth, step_s)
        return self._motion()

    def _begin(self, frame: Frame) -> None:
        self._shape = frame.image.shape
        frame_height, frame_width = self._shape[:2]
        width = min(_WIDTH_PX, frame_width)
        height = max(1, round(frame_height * width / frame_width))
        self._small = np.empty((height, width, 3), np.uint8)
        self._grey, self._smooth = np.empty((height, width), np.uint8), np.empty((height, width), np.uint8)
        self._wide = np.empty((height, width), np.uint8)
        self._kernel = np.ones((3, 3), np.uint8)
        ignored = self._ignored(height, width) if self._ignored else None
        self._background = Background(height, width, ignored)
        self._latest_ns = frame.timestamp_ns

    def _motion(self) -> Motion:
        import cv2

        share = self._background.share
        if share * self._grey.size < _LEAST_AREA_PX:
            return Motion()
        cv2.dilate(self._background.moving, self._kernel, dst=self._wide)  # joins an object's parts
        count, labels, stats, _ = cv2.connectedComponentsWithStats(self._wide)
        moving = np.bincount(labels[self._background.moving > 0], minlength=count)
        large = [i for i in range(1, count) if moving[i] >= _LEAST_AREA_PX]
        large.sort(key=lambda i: -moving[i])
        areas = tuple(self._in_frame(*stats[i, :4].tolist()) for i in large[:_MOST_AREAS])
        shadows = tuple(self._is_shadow(labels, i, *stats[i, :4].tolist()) for i in large[:_MOST_AREAS])
        return Motion(areas, share, shadows, len(large) > _MOST_AREAS // 2)

    def _is_shadow(self, labels: np.ndarray, label: int, x: int, y: int, width: int, height: int) -> bool:
        part = slice(y, y + height), slice(x, x + width)
        marked = (labels[part] == label) & (self._background.moving[part] > 0)
        ratios = self._background.now[part][marked] / np.maximum(self._background.mean[part][marked], 1.0)
        low, middle, high = np.percentile(ratios, (25, 50, 75))
        return bool(high - low < _SHADOW_SPREAD * middle)

    def _in_frame(self, x: int, y: int, width: int, height: int) -> Region:
        """Bring a rectangle of the widened marks to pixels of the frame."""
        (small_height, small_width), (frame_height, frame_width) = self._grey.shape, self._shape[:2]
        x1, y1, x2, y2 = x + (x > 0), y + (y > 0), x + width, y + height
        x2, y2 = x2 - (x2 < small_width), y2 - (y2 < small_height)
        x_scale, y_scale = frame_width / small_width, frame_height / small_height
        return Region(int(x1 * x_scale), int(y1 * y_scale), round(x2 * x_scale), round(y2 * y_scale))
