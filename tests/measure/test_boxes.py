"""What two engines' detections differ in."""

from edge_mbv2.measure import boxes
from edge_mbv2.measure.boxes import BoxEffect
from edge_mbv2.types import BoundingBox, Detection


def person(x: float, score: float = 0.9, class_id: int = 0) -> Detection:
    return Detection("person", class_id, score, BoundingBox(x, 10, x + 20, 60))


def test_the_same_twice() -> None:
    found = (person(0), person(100, 0.5))
    assert boxes.compare([(found, found), ((), ())]) == BoxEffect(boxes=2)


def test_a_box_that_moves() -> None:
    effect = boxes.compare([((person(0, 0.9),), (person(3, 0.85),))])
    assert (effect.missing, effect.added, effect.shift_px) == (0, 0, 3)
    assert round(effect.score_change, 6) == 0.05


def test_boxes_that_come_and_go() -> None:
    effect = boxes.compare([((person(0), person(100)), (person(0),)), ((), (person(50),))])
    assert (effect.boxes, effect.missing, effect.added) == (2, 1, 1)


def test_another_class_is_another_object() -> None:
    effect = boxes.compare([((person(0),), (person(0, class_id=1),))])
    assert (effect.missing, effect.added) == (1, 1)


def test_each_box_is_paired_once() -> None:
    effect = boxes.compare([((person(0), person(1)), (person(0),))])
    assert (effect.missing, effect.added) == (1, 0)
