"""Tiles of a single picture: a regular grid, or chosen by what the whole picture faintly shows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edge_mbv2.regions.choose import choose
from edge_mbv2.types import Detection, Region

MOST_TILES = 4
FAINTEST = 0.05
"""What scores less tells nothing, not even where to look closer."""
_OVERLAP = 0.2
_WIDE_OVERLAP = 0.35
_LEAST_NEW = 0.25


def grid(width: int, height: int, columns: int, rows: int, overlap: float = _OVERLAP) -> list[Region]:
    """Return tiles that cover a picture, row by row.

    Args:
        width: of the picture in pixels.
        height: of the picture in pixels.
        columns: of tiles.
        rows: of tiles.
        overlap: how much of a tile its neighbour covers, too.
    """
    return [
        Region(x1, y1, x2, y2)
        for y1, y2 in _spans(height, rows, overlap)
        for x1, x2 in _spans(width, columns, overlap)
    ]


def choose_tiles(
    faint: Sequence[Detection], width: int, height: int, *, least_px: int, limit: int = MOST_TILES
) -> list[Region]:
    """Choose where to look closer at a picture.

    First come squares around what the whole picture shows, however faintly, but for the whole picture
    itself; what is left of the limit goes to quarters of the picture that they leave open, where that
    brings its pixels closer to the model's.

    Args:
        faint: what was found in the whole picture.
        width: of the picture in pixels.
        height: of the picture in pixels.
        least_px: smallest side of a tile, half of the model's input.
        limit: most tiles.
    """
    hints = [each for each in faint if each.score >= FAINTEST]
    boxes = np.array([(b.x1, b.y1, b.x2, b.y2) for b in (each.box for each in hints)], np.float64)
    # The root, so that two things that are hardly seen outweigh one that is seen well.
    weights = np.sqrt([each.score for each in hints])
    chosen, _ = choose(boxes.reshape(-1, 4), weights, width, height, limit=limit, least_px=least_px)
    tiles = [each for each in chosen if each != Region(0, 0, width, height)]
    if min(width, height) > 2 * least_px:
        tiles += _open_quarters(tiles, width, height, limit - len(tiles))
    return tiles


def _open_quarters(tiles: Sequence[Region], width: int, height: int, limit: int) -> list[Region]:
    """Return overlapping quarters of a picture, those first of which the tiles leave most open."""
    quarters = grid(width, height, 2, 2, _WIDE_OVERLAP)
    open_px = np.ones((height, width), np.bool_)
    for each in tiles:
        open_px[each.y1 : each.y2, each.x1 : each.x2] = False
    chosen: list[Region] = []
    while len(chosen) < limit:
        shares = [open_px[q.y1 : q.y2, q.x1 : q.x2].mean() for q in quarters]
        most = int(np.argmax(shares))
        if shares[most] < _LEAST_NEW:
            break
        quarter = quarters[most]
        chosen.append(quarter)
        open_px[quarter.y1 : quarter.y2, quarter.x1 : quarter.x2] = False
    return chosen


def _spans(length: int, count: int, overlap: float) -> list[tuple[int, int]]:
    """Return where ``count`` equal, overlapping pieces of a length begin and end."""
    piece = length / (count - (count - 1) * overlap)
    step = piece * (1 - overlap)
    starts = [min(round(i * step), length - 1) for i in range(count)]
    return [(start, max(start + 1, min(length, round(start + piece)))) for start in starts]
