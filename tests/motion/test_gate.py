"""Which frames are worth an inference."""

import itertools
from collections.abc import Iterable

import numpy as np
import pytest
from fakes.scenes import Yard, frames

from edge_mbv2.motion.detector import Motion, MotionDetector
from edge_mbv2.motion.gate import Gate
from edge_mbv2.types import BoundingBox

RATE_HZ = 10.0


def looks(
    pictures: Iterable[np.ndarray],
    *,
    found: Iterable[BoundingBox] = (),
    rate_hz: float = RATE_HZ,
    look_every_s: float = 10.0,
) -> list[int]:
    """Return the numbers of the frames that pass; each look finds ``found``."""
    detector, gate, passed = MotionDetector(), Gate(look_every_s), []
    for frame in frames(pictures, rate_hz):
        height, width = frame.image.shape[:2]
        if gate.passes(detector(frame), frame.timestamp_ns, width, height):
            gate.looked(frame.timestamp_ns, found)
            passed.append(frame.sequence)
    return passed


def bursts(passed: list[int]) -> list[int]:
    """Return the frames with which runs of passing frames begin."""
    return [n for n in passed if n - 1 not in passed]


def assert_no_flood(passed: list[int], frames_count: int) -> None:
    begins = bursts(passed)
    assert all(later - earlier >= RATE_HZ for earlier, later in itertools.pairwise(begins)), begins
    assert len(passed) <= 0.35 * frames_count


def test_a_still_scene_is_looked_at_now_and_then() -> None:
    yard = Yard()
    assert looks(yard.picture() for _ in range(250)) == [0, 100, 200]
    assert looks((yard.picture() for _ in range(30)), look_every_s=1.0) == [0, 10, 20]


def test_while_an_object_is_in_doubt_a_still_scene_is_looked_at_twice_a_second() -> None:
    gate, still = Gate(10.0), Motion()
    passed = []
    for n in range(60):
        if gate.passes(still, n * 10**8, 640, 480, doubts=20 <= n < 40):
            gate.looked(n * 10**8, ())
            passed.append(n)
    assert passed == [0, 20, 25, 30, 35]


def test_a_light_that_is_switched_on() -> None:
    yard = Yard()
    scenes = [yard.lit(0.2)] * 35 + [yard.empty] * 60
    passed = looks(yard.picture(scene) for scene in scenes)
    assert_no_flood(passed, len(scenes))
    assert len(passed) <= 3


def test_a_light_that_comes_up_slowly() -> None:
    yard = Yard()
    scenes = [yard.lit(min(1.0, 0.3 + max(0, n - 30) * 0.05)) for n in range(90)]
    assert_no_flood(looks(yard.picture(scene) for scene in scenes), 90)


def test_a_shadow_that_passes() -> None:
    yard = Yard()
    passed = looks(yard.picture(yard.shadowed(-200 + 8 * max(0, n - 20))) for n in range(120))
    assert_no_flood(passed, 120)
    assert len(passed) > 1


def test_rain() -> None:
    yard = Yard()
    for streaks in (40, 400):
        passed = looks(yard.picture(yard.rained_on(streaks) if n >= 20 else None) for n in range(100))
        assert_no_flood(passed, 100)


def test_who_comes_in_is_looked_at_at_once_and_until_he_is_gone() -> None:
    yard = Yard()
    came = 40
    scenes = [yard.empty] * came + [yard.walked_through(-24 + 8 * n) for n in range(83)] + [yard.empty] * 20
    passed = looks((yard.picture(scene) for scene in scenes), found=[BoundingBox(0, 200, 640, 400)])
    assert [n for n in passed if n < came] == [0]
    assert set(range(came + 1, came + 80)) <= set(passed)
    assert max(passed) < came + 95


@pytest.mark.parametrize("shade", [115, 185, 210])
def test_who_is_as_even_as_a_shadow_is_followed_once_he_was_found(shade: int) -> None:
    yard = Yard()
    yard.empty[:] = 150

    def walked(x: int) -> np.ndarray:
        scene = yard.empty.copy()
        scene[200:360, x : x + 50] = shade
        return scene

    detector, gate, passed = MotionDetector(), Gate(60.0), []
    scenes = [yard.empty] * 30 + [walked(5 * n) for n in range(110)]
    for frame in frames((yard.picture(scene) for scene in scenes), 15.0):
        if gate.passes(detector(frame), frame.timestamp_ns, 640, 480):
            x = 5 * (frame.sequence - 30)
            gate.looked(frame.timestamp_ns, [BoundingBox(x, 200, x + 50, 360)] if x >= 0 else [])
            passed.append(frame.sequence)
    assert len([n for n in passed if n >= 31]) >= 105


def test_a_picture_of_another_size_is_looked_at() -> None:
    gate, still = Gate(10.0), Motion()
    assert gate.passes(still, 0, 640, 480)
    gate.looked(0, ())
    assert not gate.passes(still, 10**8, 640, 480)
    assert gate.passes(still, 2 * 10**8, 1280, 720)


def test_who_comes_in_after_a_flicker_waits_a_frame_at_most() -> None:
    yard = Yard()
    flicker = [yard.empty] * 30 + [yard.walked_through(500)] + [yard.empty] * 2
    scenes = flicker + [yard.walked_through(100 + 8 * n) for n in range(10)]
    assert len(flicker) + 1 in looks(yard.picture(scene) for scene in scenes)


def test_at_one_frame_a_second() -> None:
    yard = Yard()
    scenes = [yard.empty] * 20 + [yard.walked_through(60 * n) for n in range(8)]
    passed = looks((yard.picture(scene) for scene in scenes), rate_hz=1.0)
    assert set(range(20, 28)) <= set(passed)


def test_motion_that_is_looked_at_in_vain_is_left_alone_and_motion_elsewhere_is_not() -> None:
    yard = Yard()
    tree = [yard.walked_through(100 + 10 * (n % 2)) for n in range(120)]
    passed = looks(yard.picture(scene) for scene in [yard.empty] * 20 + tree)
    late = [n for n in passed if n >= 80]
    assert len(late) <= 0.4 * 60
    both = []
    for n, scene in enumerate(tree):
        if n >= 100:
            scene = scene.copy()
            walked = yard.walked_through(400 + 8 * (n - 100))
            scene[:, 320:] = walked[:, 320:]
        both.append(scene)
    passed = looks(yard.picture(scene) for scene in [yard.empty] * 20 + both)
    assert set(range(121, 140)) <= set(passed)


def test_time_that_begins_again() -> None:
    gate = Gate(10.0)
    detector, yard = MotionDetector(), Yard()
    (frame,) = frames([yard.picture()])
    motion = detector(frame)
    assert gate.passes(motion, 50 * 10**9, 640, 480)
    gate.looked(50 * 10**9, ())
    assert gate.passes(motion, 0, 640, 480)
    gate.looked(0, ())
    assert not gate.passes(motion, 10**9, 640, 480)
