"""Draws where the analysis looked and what moved, for whoever wants to know why something was missed."""

from __future__ import annotations

import numpy as np

from edge_mbv2.imaging.layout import FONT, Layout
from edge_mbv2.types import FrameResult, Region

_LOOKED_AT = (255, 255, 255)
_MOVING = (0, 210, 255)
_BLACK = (0, 0, 0)


def draw_attention(out: np.ndarray, result: FrameResult) -> None:
    """Draw into a picture a white frame around each region that had an inference, a yellow one around motion.

    In the upper left corner it says how many inferences there were, or that the frame was not analysed.

    Args:
        out: (height, width, 3) uint8, B, G, R; a copy of the result's frame.
        result: what to show.
    """
    layout = Layout.of(width=out.shape[1], height=out.shape[0])
    for area in result.moving:
        _draw_frame(out, area, _MOVING, 1)
    for region in result.regions:
        _draw_frame(out, region, _LOOKED_AT, layout.line)
    _write(out, _words(result), layout)


def _words(result: FrameResult) -> str:
    count = len(result.regions)
    looks = f"{count} inference{'s' * (count != 1)}" if result.analysed else "not analysed"
    return f"{looks}, {len(result.moving)} moving"


def _draw_frame(out: np.ndarray, region: Region, colour: tuple[int, int, int], line: int) -> None:
    import cv2

    corners = (region.x1, region.y1), (region.x2 - 1, region.y2 - 1)
    cv2.rectangle(out, *corners, _BLACK, line + 2)
    cv2.rectangle(out, *corners, colour, line)


def _write(out: np.ndarray, words: str, layout: Layout) -> None:
    import cv2

    origin = layout.pad, layout.pad + layout.ascent
    for colour, stroke in ((_BLACK, layout.stroke + 2), (_LOOKED_AT, layout.stroke)):
        cv2.putText(out, words, origin, FONT, layout.scale, colour, stroke, cv2.LINE_AA)
