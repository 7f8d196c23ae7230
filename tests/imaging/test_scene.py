"""Zones, lines, trails and numbers on the overlay."""

from __future__ import annotations

import numpy as np
import pytest

from edge_mbv2.imaging.drawing import draw
from edge_mbv2.imaging.layout import Layout, label_text
from edge_mbv2.imaging.palette import class_colour
from edge_mbv2.types import BoundingBox, Detection, Scene, Track

SIZE = (480, 640, 3)
ZONE = ((0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75))
SCENE = Scene(zones=(("yard", ZONE),), lines=(("gate", (0.1, 0.9), (0.1, 0.1)),))
PERSON = Detection("person", 0, 0.87, BoundingBox(300, 100, 360, 240))
TRAIL = ((100.0, 300.0), (200.0, 320.0), (300.0, 300.0))


def track(detection: Detection | None = PERSON) -> Track:
    return Track(7, "person", 0, PERSON.box, 0.87, detection, 0, trail=TRAIL)


@pytest.mark.parametrize("shade", [0, 127, 255])
def test_zones_and_lines_stand_out_from_what_lies_behind(shade: int) -> None:
    image = np.full(SIZE, shade, np.uint8)
    drawn = draw(image, (), scene=SCENE)
    for y, x in ((120, 320), (240, 160), (240, 64)):  # on the zone's edge and on the line
        around = drawn[y - 6 : y + 7, x - 6 : x + 7]
        assert around.max() > 200
        assert around.min() < 60
    assert (image == shade).all()


def test_the_tick_points_to_the_right_of_who_looks_along_the_line() -> None:
    image = np.full(SIZE, 127, np.uint8)
    changed = (draw(image, (), scene=Scene(lines=(("", (0.5, 0.9), (0.5, 0.1)),))) != 127).any(axis=2)
    middle = changed[235:246]
    assert middle[:, 330:340].any()
    assert not middle[:, 300:310].any()


def test_a_trail_has_the_colour_of_its_class() -> None:
    image = np.zeros(SIZE, np.uint8)
    drawn = draw(image, (), tracks=(track(),))
    assert (drawn[305:315, 145:155] == class_colour(0)).all(axis=2).any()


def test_what_was_not_found_has_no_trail() -> None:
    image = np.zeros(SIZE, np.uint8)
    assert not draw(image, (), tracks=(track(None),)).any()


def test_the_label_begins_with_the_number() -> None:
    layout = Layout.of(640, 480)
    plate = layout.label(PERSON, (), 7)
    assert plate is not None
    assert plate.text == f"7 {label_text(PERSON)}"
    image = np.zeros(SIZE, np.uint8)
    assert not np.array_equal(draw(image, (PERSON,)), draw(image, (PERSON,), tracks=(track(),)))


@pytest.mark.parametrize("size", [(1, 1, 3), (3, 2, 3), (16, 16, 3), (2000, 30, 3)])
def test_small_pictures_break_nothing(size: tuple[int, int, int]) -> None:
    assert draw(np.zeros(size, np.uint8), (), tracks=(track(),), scene=SCENE).shape == size
