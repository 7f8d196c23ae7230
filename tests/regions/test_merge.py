"""Results of regions come back to the picture, and what is found twice becomes one."""

from edge_mbv2.regions.merge import View, in_picture, merge
from edge_mbv2.types import BoundingBox, Detection, Region

WHOLE = Region(0, 0, 640, 480)
CLOSE = Region(200, 100, 400, 300)


def person(score: float, *box: float, class_id: int = 0) -> Detection:
    return Detection("person", class_id, score, BoundingBox(*box))


def test_boxes_come_back_to_the_pictures_pixels() -> None:
    (found,) = in_picture([person(0.9, 50, 60, 80, 150)], CLOSE, 640, 480)
    assert found == person(0.9, 250, 160, 280, 250)


def test_what_a_region_cuts_is_not_believed() -> None:
    cut = [
        person(0.9, 0, 60, 40, 150),
        person(0.9, 50, 0.5, 80, 90),
        person(0.9, 150, 60, 199.5, 150),
        person(0.9, 50, 60, 80, 200),
    ]
    assert in_picture(cut, CLOSE, 640, 480) == []


def test_the_pictures_own_edge_cuts_nothing() -> None:
    corner = Region(440, 280, 640, 480)
    kept = in_picture([person(0.9, 150, 100, 200, 200)], corner, 640, 480)
    assert [each.box for each in kept] == [BoundingBox(590, 380, 640, 480)]
    assert in_picture([person(0.9, 0, 100, 50, 200)], corner, 640, 480) == []
    assert in_picture([person(0.8, 0, 0, 640, 480)], WHOLE, 640, 480) == [person(0.8, 0, 0, 640, 480)]


def test_one_object_of_two_views_has_the_best_score_and_the_closest_edges() -> None:
    far, near = person(0.9, 250, 160, 284, 256), person(0.7, 252, 158, 282, 250)
    merged = merge([View(WHOLE, [far]), View(CLOSE, [near])])
    assert merged == (person(0.9, 252, 158, 282, 250),)
    assert merge([View(CLOSE, [near]), View(WHOLE, [far])]) == merged


def test_boxes_of_one_view_are_never_merged() -> None:
    crowd = [person(0.9, 100, 100, 140, 200), person(0.8, 110, 100, 150, 200)]
    assert merge([View(WHOLE, crowd), View(CLOSE, [])]) == tuple(crowd)


def test_classes_are_kept_apart() -> None:
    views = [
        View(WHOLE, [person(0.9, 250, 160, 280, 250)]),
        View(CLOSE, [person(0.8, 250, 160, 280, 250, class_id=1)]),
    ]
    assert len(merge(views)) == 2


def test_best_first_whatever_the_order_of_views() -> None:
    views = [View(WHOLE, [person(0.4, 0, 0, 20, 40)]), View(CLOSE, [person(0.6, 250, 160, 280, 250)])]
    assert [each.score for each in merge(views)] == [0.6, 0.4]
    assert merge([]) == ()
    assert merge([View(WHOLE, []), View(CLOSE, [])]) == ()
