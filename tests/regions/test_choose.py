"""Which regions are chosen for which boxes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_mbv2.regions.choose import GOOD_SHARE, choose
from edge_mbv2.types import Region

WIDTH, HEIGHT, LEAST = 1920, 1080, 150


def chosen(
    boxes: list[tuple[float, ...]], limit: int = 4, weights: list[float] | None = None
) -> tuple[list[Region], list[bool]]:
    array = np.array(boxes, np.float64).reshape(-1, 4)
    given = np.array(weights or [1.0] * len(boxes))
    regions, served = choose(array, given, WIDTH, HEIGHT, limit=limit, least_px=LEAST)
    return regions, served.tolist()


def test_nothing_to_look_for() -> None:
    assert chosen([]) == ([], [])


def test_a_small_person_fills_a_good_share_of_its_region() -> None:
    regions, served = chosen([(900, 400, 932, 480)])
    (region,) = regions
    assert served == [True]
    assert region.x2 - region.x1 == region.y2 - region.y1
    assert GOOD_SHARE[0] <= 80 / (region.x2 - region.x1) <= GOOD_SHARE[1]
    assert region.x1 + region.x2 == pytest.approx(1832, abs=2)
    assert region.y1 + region.y2 == pytest.approx(880, abs=2)


def test_neighbours_share_a_region_and_others_get_their_own() -> None:
    regions, served = chosen([(900, 400, 932, 480), (980, 410, 1012, 490), (100, 100, 130, 180)])
    assert served == [True] * 3
    assert len(regions) == 2
    assert regions[0].x1 < 900
    assert regions[0].x2 > 1012


def test_a_region_cuts_nothing_it_is_for() -> None:
    box = (900.0, 400.0, 932.0, 480.0)
    (region,) = chosen([box])[0]
    assert min(box[0] - region.x1, region.x2 - box[2], box[1] - region.y1, region.y2 - box[3]) >= 0.15 * 80


def test_the_pictures_own_edges_need_no_margin() -> None:
    regions, served = chosen([(0, 0, 30, 80), (1890, 1000, 1920, 1080)])
    assert served == [True, True]
    assert {(r.x1, r.y1) for r in regions if r.x1 == 0} == {(0, 0)}
    assert all(r.x2 <= WIDTH and r.y2 <= HEIGHT for r in regions)


def test_what_is_large_needs_no_closer_look() -> None:
    assert chosen([(100, 100, 600, 1000)]) == ([], [False])


def test_the_weightier_goes_first_when_there_is_not_enough_for_all() -> None:
    far_apart = [(100, 100, 130, 180), (1000, 600, 1030, 680)]
    assert chosen(far_apart, limit=1, weights=[0.2, 1.0])[1] == [False, True]
    assert chosen(far_apart, limit=1, weights=[1.0, 0.2])[1] == [True, False]


def test_a_limit_of_none() -> None:
    assert chosen([(900, 400, 932, 480)], limit=0) == ([], [False])


@st.composite
def scenes(draw: st.DrawFn) -> tuple[int, int, np.ndarray, np.ndarray, int]:
    width, height = draw(st.integers(1, 2000)), draw(st.integers(1, 2000))
    count = draw(st.integers(0, 40))
    part = st.floats(0, 1)
    boxes = []
    for _ in range(count):
        x1, x2 = sorted((draw(part) * width, draw(part) * width))
        y1, y2 = sorted((draw(part) * height, draw(part) * height))
        boxes.append((x1, y1, x2, y2))
    weights = [draw(st.floats(0.01, 1)) for _ in range(count)]
    return (
        width,
        height,
        np.array(boxes, np.float64).reshape(-1, 4),
        np.array(weights),
        draw(st.integers(0, 6)),
    )


@settings(max_examples=60)
@given(scenes())
def test_regions_lie_in_the_picture_and_what_they_serve_lies_in_them(
    scene: tuple[int, int, np.ndarray, np.ndarray, int],
) -> None:
    width, height, boxes, weights, limit = scene
    regions, served = choose(boxes, weights, width, height, limit=limit, least_px=LEAST)
    again, _ = choose(boxes, weights, width, height, limit=limit, least_px=LEAST)
    assert regions == again
    assert len(regions) <= limit
    for region in regions:
        assert 0 <= region.x1 < region.x2 <= width
        assert 0 <= region.y1 < region.y2 <= height
        assert region.x2 - region.x1 == region.y2 - region.y1
    for box in boxes[served]:
        assert any(
            r.x1 <= box[0] + 1 and r.y1 <= box[1] + 1 and box[2] <= r.x2 + 1 and box[3] <= r.y2 + 1
            for r in regions
        )
