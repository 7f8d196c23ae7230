"""What moves is found where it is; noise, light and masked places are not motion."""

import numpy as np
import pytest
from fakes.scenes import Yard, frames

from edge_mbv2.motion.detector import Motion, MotionDetector
from edge_mbv2.types import Frame


def motions(pictures: list[np.ndarray], detector: MotionDetector | None = None) -> list[Motion]:
    detector = detector or MotionDetector()
    return [detector(frame) for frame in frames(pictures)]


@pytest.mark.parametrize("noise", [1.0, 5.0, 12.0, 20.0])
def test_noise_is_no_motion(noise: float) -> None:
    yard = Yard(noise)
    assert all(motion.areas == () for motion in motions([yard.picture() for _ in range(40)]))


def test_who_walks_is_found_where_he_is() -> None:
    yard = Yard()
    seen = motions([yard.picture() for _ in range(15)] + [yard.picture(yard.walked_through(300))])[-1]
    (area,) = seen.areas
    assert area.x1 == pytest.approx(300, abs=8)
    assert area.x2 == pytest.approx(332, abs=8)
    assert area.y1 == pytest.approx(240, abs=8)
    assert area.y2 == pytest.approx(330, abs=8)
    assert seen.shadows == (False,)
    assert not seen.scattered


def test_a_shadow_is_told_from_who_casts_it() -> None:
    yard = Yard()
    seen = motions([yard.picture() for _ in range(15)] + [yard.picture(yard.shadowed(320))])[-1]
    assert seen.areas
    assert all(seen.shadows)


def test_a_change_of_light_is_over_at_once() -> None:
    yard = Yard()
    dark = [yard.picture(yard.lit(0.3)) for _ in range(15)]
    seen = motions(dark + [yard.picture() for _ in range(5)])
    assert [bool(motion.areas) for motion in seen[-4:]] == [False] * 4


def test_rain_is_in_too_many_places() -> None:
    yard = Yard()
    seen = motions([yard.picture() for _ in range(15)] + [yard.picture(yard.rained_on(200))])[-1]
    assert seen.scattered
    assert len(seen.areas) <= 16


def test_masked_places_do_not_count() -> None:
    yard = Yard()
    left = MotionDetector(lambda height, width: np.arange(width)[None, :].repeat(height, 0) < width // 2)
    still = [yard.picture() for _ in range(15)]
    assert motions([*still, yard.picture(yard.walked_through(100))], left)[-1].areas == ()
    assert len(left(Frame("yard", 16, 16 * 10**8, yard.picture(yard.walked_through(400)))).areas) == 1


def test_what_stays_becomes_background() -> None:
    yard = Yard()
    parked = [yard.picture(yard.walked_through(300, width=60)) for _ in range(60)]
    seen = [
        bool(motion.areas)
        for motion in (MotionDetectorAt(1.0).all([yard.picture() for _ in range(15)] + parked))
    ]
    assert all(seen[15:18])
    assert not any(seen[-5:])


class MotionDetectorAt:
    """A detector whose frames are so many seconds apart."""

    def __init__(self, step_s: float) -> None:
        self._rate_hz = 1 / step_s
        self._detector = MotionDetector()

    def all(self, pictures: list[np.ndarray]) -> list[Motion]:
        return [self._detector(frame) for frame in frames(pictures, self._rate_hz)]


def test_another_size_of_frame_begins_anew() -> None:
    yard = Yard()
    detector = MotionDetector()
    motions([yard.picture() for _ in range(3)], detector)
    assert detector(Frame("yard", 3, 3 * 10**8, yard.picture()[::2, ::2].copy())).areas == ()


@pytest.mark.parametrize(("height", "width"), [(1, 1), (3, 5), (2, 500), (500, 2)])
def test_the_smallest_pictures(height: int, width: int) -> None:
    detector = MotionDetector()
    for value in (0, 255, 0):
        assert detector(Frame("yard", 0, 0, np.full((height, width, 3), value, np.uint8))).share <= 1


def test_the_same_pictures_give_the_same_motion() -> None:
    yard = Yard()
    pictures = [yard.picture(yard.walked_through(8 * n)) for n in range(20)]
    assert motions(pictures) == motions(pictures)
