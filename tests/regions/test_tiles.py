"""Tiles of single pictures."""

import numpy as np
import pytest

from edge_mbv2.regions.tiles import MOST_TILES, choose_tiles, grid
from edge_mbv2.types import BoundingBox, Detection, Region


def seen(*boxes: tuple[float, ...], score: float = 0.1) -> list[Detection]:
    return [Detection("person", 0, score, BoundingBox(*box)) for box in boxes]


@pytest.mark.parametrize(("columns", "rows"), [(1, 1), (2, 2), (3, 2), (8, 8)])
@pytest.mark.parametrize(("width", "height"), [(640, 480), (1920, 1080), (333, 77), (5, 3), (1, 1)])
def test_a_grid_covers_the_picture(width: int, height: int, columns: int, rows: int) -> None:
    tiles = grid(width, height, columns, rows)
    assert len(tiles) == columns * rows
    covered = np.zeros((height, width), np.bool_)
    for tile in tiles:
        assert 0 <= tile.x1 < tile.x2 <= width
        assert 0 <= tile.y1 < tile.y2 <= height
        covered[tile.y1 : tile.y2, tile.x1 : tile.x2] = True
    assert covered.all()


def test_neighbours_overlap_by_a_fifth() -> None:
    first, second = grid(1800, 100, 2, 1)
    assert first == Region(0, 0, 1000, 100)
    assert second == Region(800, 0, 1800, 100)


def test_what_is_faintly_seen_is_looked_at_closer() -> None:
    tiles = choose_tiles(seen((900, 400, 932, 480)), 1920, 1080, least_px=150)
    assert len(tiles) == MOST_TILES
    first = tiles[0]
    assert first.x1 < 900
    assert first.x2 > 932
    assert first.x2 - first.x1 < 400


def test_where_nothing_is_seen_the_quarters_are_looked_at() -> None:
    tiles = choose_tiles([], 1920, 1080, least_px=150)
    assert sorted(tiles, key=lambda t: (t.y1, t.x1)) == grid(1920, 1080, 2, 2, 0.35)


def test_noise_does_not_tell_where_to_look() -> None:
    noise = seen((900, 400, 932, 480), score=0.04)
    assert choose_tiles(noise, 1920, 1080, least_px=150) == choose_tiles([], 1920, 1080, least_px=150)


def test_a_picture_of_the_models_size_has_nothing_to_gain() -> None:
    assert choose_tiles([], 300, 280, least_px=150) == []
    assert choose_tiles([], 1, 1, least_px=150) == []


def test_the_whole_of_a_square_picture_is_no_tile_of_it() -> None:
    tiles = choose_tiles(seen((20, 20, 120, 220), (500, 400, 600, 600)), 640, 640, least_px=150)
    assert Region(0, 0, 640, 640) not in tiles
    assert len(tiles) == MOST_TILES
