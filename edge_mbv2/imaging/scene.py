"""Draws what is watched for, and the way that objects took."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edge_mbv2.imaging.layout import FONT, Layout
from edge_mbv2.imaging.palette import class_colour
from edge_mbv2.imaging.text import to_ascii
from edge_mbv2.types import Scene, Track

_BLACK = (0, 0, 0)
_WHITE = (255, 255, 255)
_TICK = 0.03  # of the picture's diagonal
_SHIFT = 4  # OpenCV's fixed point: sixteenths of a pixel


def draw_scene(out: np.ndarray, scene: Scene, layout: Layout) -> None:
    """Draw zones and lines in white, each with its name.

    A line has a tick in its middle, which points to the right of one who looks from its first point
    to its second.

    Args:
        out: (height, width, 3) uint8, B, G, R; drawn into.
        scene: what is watched for.
        layout: of the picture.
    """
    size = np.array((out.shape[1], out.shape[0]), np.float64)
    for name, corners in scene.zones:
        points = np.array(corners) * size
        _draw_way(out, points, _WHITE, layout, closed=True)
        _write(out, name, points[int(points[:, 1].argmin())], layout)
    for name, start, end in scene.lines:
        points = np.array((start, end)) * size
        _draw_way(out, points, _WHITE, layout, closed=False)
        along = points[1] - points[0]
        length = max(float(np.hypot(*along)), 1e-9)
        right = np.array((-along[1], along[0])) / length * _TICK * float(np.hypot(*size))
        middle = points.mean(axis=0)
        _draw_way(out, np.array((middle, middle + right)), _WHITE, layout, closed=False)
        _write(out, name, middle + right, layout)


def draw_trails(out: np.ndarray, tracks: Sequence[Track], layout: Layout) -> None:
    """Draw where each object stood in the last seconds, in the colour of its class.

    Args:
        out: (height, width, 3) uint8, B, G, R; drawn into.
        tracks: those not found in this frame are left out.
        layout: of the picture.
    """
    for track in tracks:
        if track.detection is not None and len(track.trail) > 1:
            _draw_way(out, np.array(track.trail), class_colour(track.class_id), layout, closed=False)


def _draw_way(
    out: np.ndarray, points: np.ndarray, colour: tuple[int, int, int], layout: Layout, *, closed: bool
) -> None:
    import cv2

    fixed = np.round(points * (1 << _SHIFT)).astype(np.int32)
    line = max(2, layout.line - 1)
    for width, shade in ((line + 2 * layout.rim, _BLACK), (line, colour)):
        cv2.polylines(out, [fixed], closed, shade, width, cv2.LINE_AA, _SHIFT)


def _write(out: np.ndarray, name: str, point: np.ndarray, layout: Layout) -> None:
    """Write a name beside a point, whole inside the picture."""
    import cv2

    words, scale = to_ascii(name), layout.scale * 0.8
    width = cv2.getTextSize(words, FONT, scale, layout.stroke)[0][0]
    left = int(
        min(max(layout.pad, point[0] + layout.pad), max(layout.pad, out.shape[1] - width - layout.pad))
    )
    bottom = int(min(max(2 * layout.ascent, point[1] - layout.pad), out.shape[0] - layout.pad))
    for stroke, shade in ((layout.stroke + 2, _BLACK), (layout.stroke, _WHITE)):
        cv2.putText(out, words, (left, bottom), FONT, scale, shade, stroke, cv2.LINE_AA)
