"""Polygons and segments."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from edge_mbv2.geometry import Area, polygon_mistake, segments_meet, side

SQUARE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
grid = st.tuples(st.integers(0, 8), st.integers(0, 8))


@given(st.lists(grid, min_size=3, max_size=7, unique=True), grid)
def test_inside_is_what_opencv_calls_inside(corners: list[tuple[int, int]], point: tuple[int, int]) -> None:
    assume(polygon_mistake(corners) is None)
    expected = cv2.pointPolygonTest(np.array(corners, np.float32), point, False) >= 0
    assert Area(corners).contains(point) == expected


@pytest.mark.parametrize("point", [(0.0, 0.0), (1.0, 1.0), (0.5, 1.0), (0.0, 0.3)])
def test_the_edge_is_inside(point: tuple[float, float]) -> None:
    assert Area(SQUARE).contains(point)


@pytest.mark.parametrize(
    ("points", "mistake"),
    [
        ((), "0 points"),
        (SQUARE[:1], "1 point;"),
        (SQUARE[:2], "at least 3"),
        ((*SQUARE, SQUARE[0]), "stands twice"),
        ((SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3]), "points 1 and 3 cross"),
        (((0, 0), (1, 1), (0.5, 0.5)), "runs back"),
        (((0, 0), (1, 0), (0.5, 0), (0.5, 1)), "runs back"),
        (((0, 0), (1, 0), (1, 1), (0.5, 0), (0, 1)), "cross"),
    ],
)
def test_what_is_no_polygon(points: tuple[tuple[float, float], ...], mistake: str) -> None:
    assert mistake in (polygon_mistake(points) or "")


@pytest.mark.parametrize("points", [SQUARE, SQUARE[:3], ((0, 0), (1, 0), (0.2, 0.2), (0, 1)), SQUARE[::-1]])
def test_what_is_a_polygon(points: tuple[tuple[float, float], ...]) -> None:
    assert polygon_mistake(points) is None


def test_the_right_is_that_of_one_who_looks_along() -> None:
    assert side((0.5, 1.0), (0.5, 0.0), (0.9, 0.5)) > 0  # up the picture
    assert side((0.5, 0.0), (0.5, 1.0), (0.9, 0.5)) < 0


def test_segments() -> None:
    assert segments_meet((0, 0), (2, 2), (0, 2), (2, 0))
    assert segments_meet((0, 0), (2, 0), (2, 0), (3, 1))
    assert not segments_meet((0, 0), (1, 0), (2, -1), (2, 1))
    assert not segments_meet((0, 0), (1, 0), (2, 0), (3, 0))
    assert segments_meet((0, 0), (2, 0), (1, 0), (3, 0))
