"""Draws all that is known of a frame into a copy of its picture."""

from __future__ import annotations

import numpy as np

from edge_mbv2.imaging.attention import draw_attention
from edge_mbv2.imaging.drawing import draw
from edge_mbv2.types import FrameResult


def draw_result(
    result: FrameResult, *, words: str = "", debug: bool = False, out: np.ndarray | None = None
) -> np.ndarray:
    """Return a result's picture with what was found, followed and watched for in it.

    Args:
        result: what to show; its picture is only read.
        words: shown in the lower left corner.
        debug: also show what moved and where it was looked.
        out: what an earlier call returned, to be drawn over; used if it has the picture's size.
    """
    drawn = draw(
        result.frame.image,
        result.detections,
        tracks=result.tracks,
        scene=result.scene,
        caption=words,
        out=out,
    )
    if debug:
        draw_attention(drawn, result)
    return drawn
