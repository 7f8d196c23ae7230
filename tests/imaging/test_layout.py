"""Where the overlay's parts come to lie: inside the picture, and out of each other's way."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_mbv2.imaging.layout import Layout, Rectangle, label_text
from edge_mbv2.types import BoundingBox, Detection


def detection(*box: float, label: str = "person", class_id: int = 0, score: float = 0.87) -> Detection:
    return Detection(label, class_id, score, BoundingBox(*box))


def inside(area: Rectangle, width: int, height: int) -> bool:
    return 0 <= area.left < area.right <= width and 0 <= area.top < area.bottom <= height


def test_a_label_stands_on_its_box() -> None:
    layout = Layout.of(640, 480)
    plate = layout.label(detection(100, 200, 300, 400), ())
    assert plate is not None
    assert plate.text == "person 87%"
    assert abs(plate.area.left - 100) <= layout.line + layout.rim
    assert abs(plate.area.bottom - 200) <= layout.line + layout.rim


@pytest.mark.parametrize(
    "box",
    [
        (0, 0, 60, 60),
        (600, 0, 640, 30),
        (0, 440, 20, 480),
        (620, 450, 640, 480),
        (0, 0, 640, 480),
        (639, 479, 640, 480),
        (-20, -20, 700, 500),
    ],
)
def test_a_label_stays_whole_at_every_edge(box: tuple[float, ...]) -> None:
    layout = Layout.of(640, 480)
    plate = layout.label(detection(*box), ())
    free = layout.label(detection(200, 200, 400, 400), ())
    assert plate is not None
    assert free is not None
    assert inside(plate.area, 640, 480)
    assert plate.text == free.text
    assert plate.area.right - plate.area.left == free.area.right - free.area.left


def test_labels_make_room_for_each_other_and_for_the_caption() -> None:
    layout = Layout.of(640, 480)
    caption = layout.caption("12:00:00  9.5 fps")
    assert caption is not None
    assert (caption.area.left, caption.area.bottom) == (0, 480)
    taken = [caption.area]
    for step in range(4):  # four people on nearly the same spot, one at the caption
        plate = layout.label(detection(100 + 3 * step, 200 + 2 * step, 300, 400), taken)
        assert plate is not None
        assert not any(plate.area.overlaps(other) for other in taken)
        taken.append(plate.area)
    low = layout.label(detection(0, 440, 60, 480), taken)
    assert low is not None
    assert not low.area.overlaps(caption.area)


def test_where_no_place_is_free_the_label_is_drawn_all_the_same() -> None:
    everything = Rectangle(0, 0, 640, 480)
    assert Layout.of(640, 480).label(detection(100, 200, 300, 400), [everything]) is not None


def test_a_label_too_long_for_the_picture_is_shortened() -> None:
    plate = Layout.of(160, 120).label(detection(10, 60, 50, 100, label="a thing with a very long name"), ())
    assert plate is not None
    assert inside(plate.area, 160, 120)
    assert plate.text.startswith("a thing")
    assert plate.text.endswith("..")


def test_a_picture_smaller_than_a_label_gets_none() -> None:
    assert Layout.of(8, 100).label(detection(0, 0, 8, 8), ()) is None
    assert Layout.of(640, 10).label(detection(0, 0, 8, 8), ()) is None
    assert Layout.of(640, 480).caption("") is None


def test_sizes_follow_the_picture() -> None:
    layouts = [Layout.of(width, width * 3 // 4) for width in (320, 640, 1280, 2560)]
    assert layouts[0].line == 1
    assert layouts[-1].line == 9
    for small, large in itertools.pairwise(layouts):
        assert small.line < large.line
        assert small.ascent < large.ascent
        assert small.stroke <= large.stroke
        assert 0.5 < (large.ascent / large.height) / (small.ascent / small.height) <= 1.1


@given(
    width=st.integers(1, 2000),
    height=st.integers(1, 2000),
    box=st.tuples(*[st.floats(-50, 2100)] * 4),
    label=st.text(max_size=40),
)
def test_any_box_and_any_label_in_any_picture(
    width: int, height: int, box: tuple[float, ...], label: str
) -> None:
    layout = Layout.of(width, height)
    assert inside(layout.box(BoundingBox(*box)), width, height)
    if plate := layout.label(detection(*box, label=label, class_id=4), ()):
        assert inside(plate.area, width, height)
        assert plate.text.isprintable()


def test_label_text() -> None:
    assert label_text(detection(0, 0, 1, 1)) == "person 87%"
    assert label_text(detection(0, 0, 1, 1, label="人", class_id=3, score=0.5)) == "#3 50%"
    assert label_text(detection(0, 0, 1, 1, label="Fußgänger", score=0.999)) == "Fussganger 100%"
