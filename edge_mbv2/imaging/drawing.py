"""Draws what was found onto a copy of a picture.

Everything is bright on black: a box is a coloured line between two black ones, a label is black
letters on a plate of the same colour with a black rim, the caption is white on a darkened strip.
Bright and black are far enough apart that one of them stands out whatever lies behind.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from edge_mbv2.imaging.layout import FONT, Layout, Plate
from edge_mbv2.imaging.palette import class_colour
from edge_mbv2.imaging.scene import draw_scene, draw_trails
from edge_mbv2.types import Detection, Scene, Track

_BLACK = (0, 0, 0)
_WHITE = (255, 255, 255)
_MEDIA_TIME_LIMIT_S = 365 * 86400.0


def draw(
    image: np.ndarray,
    detections: Sequence[Detection],
    *,
    tracks: Sequence[Track] = (),
    scene: Scene | None = None,
    caption: str = "",
    out: np.ndarray | None = None,
) -> np.ndarray:
    """Return a copy of ``image`` with a box, label and score for each detection and a caption.

    Args:
        image: (height, width, 3) uint8, B, G, R; only read.
        detections: best score first; where labels are in each other's way the better one has the choice.
        tracks: the objects that the detections are of; their numbers and ways are drawn, too.
        scene: zones and lines to draw.
        caption: shown in the lower left corner; see `caption`.
        out: what an earlier call returned, to be drawn over; used if it has the picture's size.

    Returns:
        (height, width, 3) uint8, B, G, R: ``out`` or a new array; it belongs to the caller.
    """
    if out is None or out.shape != image.shape:
        out = np.empty_like(image)
    np.copyto(out, image)
    layout = Layout.of(width=image.shape[1], height=image.shape[0])
    if scene is not None:
        draw_scene(out, scene, layout)
    draw_trails(out, tracks, layout)
    for detection in reversed(detections):
        _draw_box(out, detection, layout)
    taken = []
    if plate := layout.caption(caption):
        _draw_caption(out, plate, layout)
        taken.append(plate.area)
    numbers = {id(track.detection): track.number for track in tracks}
    for detection in detections:
        if plate := layout.label(detection, taken, numbers.get(id(detection))):
            _draw_label(out, plate, class_colour(detection.class_id), layout)
            taken.append(plate.area)
    return out


def caption(time_s: float, rate_hz: float) -> str:
    """Return the words for a picture's corner: its time, and how many a second are analysed.

    Args:
        time_s: what `Clock.unix_s` gives: Unix seconds, shown in local time, or the seconds of a
            recording (less than a year), shown as hours, minutes and seconds.
        rate_hz: left out when 0.
    """
    if time_s < _MEDIA_TIME_LIMIT_S:
        minutes, seconds = divmod(max(0.0, time_s), 60)
        words = f"{int(minutes // 60):02d}:{int(minutes % 60):02d}:{int(seconds):02d}.{int(seconds % 1 * 10)}"
    else:
        words = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(time_s))
    return f"{words}  {rate_hz:.1f} fps" if rate_hz else words


def _draw_box(out: np.ndarray, detection: Detection, layout: Layout) -> None:
    import cv2

    box = layout.box(detection.box)
    corners = (box.left, box.top), (box.right - 1, box.bottom - 1)
    for width, colour in (
        (layout.line + 2 * layout.rim, _BLACK),
        (layout.line, class_colour(detection.class_id)),
    ):
        # OpenCV draws an even thickness one pixel wider, and an odd one from 3 on two pixels.
        cv2.rectangle(out, *corners, colour, max(1, width - 1))


def _draw_label(out: np.ndarray, plate: Plate, colour: tuple[int, int, int], layout: Layout) -> None:
    area, rim = plate.area, layout.rim
    out[area.top : area.bottom, area.left : area.right] = _BLACK
    out[area.top + rim : area.bottom - rim, area.left + rim : area.right - rim] = colour
    _write(out, plate, layout, _BLACK)


def _draw_caption(out: np.ndarray, plate: Plate, layout: Layout) -> None:
    area = plate.area
    # A quarter of white is still dark enough for white letters.
    out[area.top : area.bottom, area.left : area.right] >>= 2
    _write(out, plate, layout, _WHITE)


def _write(out: np.ndarray, plate: Plate, layout: Layout, colour: tuple[int, int, int]) -> None:
    import cv2

    origin = plate.area.left + layout.pad, plate.area.top + layout.pad + layout.ascent
    cv2.putText(out, plate.text, origin, FONT, layout.scale, colour, layout.stroke, cv2.LINE_AA)
