"""Where a run looks from frame to frame."""

from edge_mbv2.regions.watch import Watch
from edge_mbv2.types import BoundingBox, Region

WHOLE = Region(0, 0, 640, 480)
PERSON = BoundingBox(300, 200, 330, 280)


def watch(limit: int = 3, whole_every: int = 5) -> Watch:
    return Watch(limit=limit, whole_every=whole_every, least_px=150)


def test_the_whole_picture_comes_first_and_then_every_few_frames() -> None:
    watching = watch(whole_every=4)
    plans = [watching.plan(640, 480, [PERSON], ()) for _ in range(9)]
    assert [WHOLE in plan for plan in plans] == [True, False, False, False] * 2 + [True]
    assert all(len(plan) == 1 + (WHOLE in plan) for plan in plans)


def test_with_nothing_to_look_closer_at_it_is_the_whole_picture() -> None:
    watching = watch()
    assert [watching.plan(640, 480, [], ()) for _ in range(3)] == [[WHOLE]] * 3


def test_what_no_region_takes_in_the_whole_picture_does() -> None:
    watching = watch()
    watching.plan(640, 480, [], ())
    large = BoundingBox(100, 50, 300, 470)
    plan = watching.plan(640, 480, [PERSON, large], ())
    assert plan[0] == WHOLE
    assert len(plan) == 2


def test_never_more_than_the_limit() -> None:
    far_apart = [BoundingBox(x, y, x + 20, y + 50) for x in (10, 300, 600) for y in (10, 200, 400)]
    for limit in (1, 2, 3):
        watching = watch(limit=limit)
        plans = [watching.plan(640, 480, far_apart, ()) for _ in range(6)]
        assert all(1 <= len(plan) <= limit for plan in plans)
        assert all(WHOLE in plan for plan in plans)


def test_motion_is_looked_at_too_but_what_is_expected_goes_first() -> None:
    watching = watch(limit=2)
    watching.plan(640, 480, [], ())
    motion = Region(40, 40, 70, 110)
    plan = watching.plan(640, 480, [PERSON], [motion])
    assert len(plan) == 2
    assert WHOLE not in plan
    assert plan[0].x1 < 300 < 330 < plan[0].x2
    assert plan[1].x1 <= 40 < 70 <= plan[1].x2


def test_the_whole_of_a_square_picture_is_looked_at_once_and_counts_when_it_is_chosen() -> None:
    square = Region(0, 0, 640, 640)
    watching = watch(whole_every=3)
    across = [BoundingBox(20, 20, 120, 220), BoundingBox(500, 400, 600, 600)]
    assert [watching.plan(640, 640, across, ()) for _ in range(4)] == [[square]] * 4
    plans = [watching.plan(640, 640, [PERSON], ()) for _ in range(3)]
    assert [square in plan for plan in plans] == [False, False, True]
