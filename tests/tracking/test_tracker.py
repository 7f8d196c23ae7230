"""Who is who, from frame to frame."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from fakes.walks import THRESHOLD, Walk, follow, frames, person
from hypothesis import given
from hypothesis import strategies as st

from edge_mbv2.tracking.tracker import Tracker
from edge_mbv2.types import BoundingBox, Detection, Region, Track

RATES = pytest.mark.parametrize("rate_hz", [1, 5, 15, 30])
SECOND = 10**9
WHOLE = (Region(0, 0, 640, 480),)


def tracker() -> Tracker:
    return Tracker(lambda label: THRESHOLD)


def numbers(tracks: list[tuple[Track, ...]]) -> set[int]:
    return {track.number for frame in tracks for track in frame}


@RATES
def test_somebody_who_walks_is_one(rate_hz: float) -> None:
    tracks = follow([Walk([(0, 20, 300), (10, 620, 340)])], rate_hz, 10)
    assert numbers(tracks) == {1}
    assert all(frame[0].detection for frame in tracks)


@RATES
def test_two_who_cross_stay_two(rate_hz: float) -> None:
    there = Walk([(0, 40, 300), (8, 600, 300)])
    back = Walk([(0, 600, 330), (8, 40, 330)])
    tracks = follow([there, back], rate_hz, 8)
    assert numbers(tracks) == {1, 2}
    last = {track.number: track.box.x1 for track in tracks[-1]}
    first = {track.number: track.box.x1 for track in tracks[0]}
    assert all((first[number] < 320) == (last[number] > 320) for number in (1, 2))


@RATES
def test_somebody_hidden_for_three_seconds_is_found_again(rate_hz: float) -> None:
    tracks = follow([Walk([(0, 20, 300), (12, 620, 300)], hidden=[(5, 8)])], rate_hz, 12)
    assert numbers(tracks) == {1}


@RATES
def test_whoever_comes_back_after_a_while_is_somebody_else(rate_hz: float) -> None:
    tracks = follow([Walk([(0, 200, 300), (30, 200, 300)], hidden=[(6, 20)])], rate_hz, 30)
    assert numbers(tracks) == {1, 2}


def test_what_was_stationary_is_kept_longer() -> None:
    tracks = follow([Walk([(0, 200, 300), (60, 200, 300)], hidden=[(20, 45)])], 5, 60)
    assert numbers(tracks) == {1}
    assert tracks[-1][0].stationary


def test_doubtful_detections_keep_a_track_but_begin_none() -> None:
    follower = tracker()
    assert follower.update([person(100, 300, score=0.3)], 0) == ()
    follower.update([person(100, 300)], SECOND // 10)
    (track,) = follower.update([person(103, 300, score=0.2)], 2 * SECOND // 10)
    assert (track.number, track.score) == (1, 0.2)


def test_a_frame_that_was_looked_at_scores_nought_and_another_nothing() -> None:
    follower = tracker()
    follower.update([person(100, 300)], 0)
    (missed,) = follower.update([], SECOND // 10)
    assert (missed.score, missed.detection) == (0.0, None)
    (gated,) = follower.update([], 2 * SECOND // 10, looked=())
    assert (gated.score, gated.detection) == (None, None)


def test_gated_frames_lose_nobody_and_move_nobody() -> None:
    follower = tracker()
    for n in range(20):
        (before,) = follower.update([person(100 + 6 * n, 300)], n * SECOND // 10)
    for n in range(20, 3000):
        (gated,) = follower.update([], n * SECOND // 10, looked=(), still=True)
    assert gated.number == 1
    assert abs(gated.box.x1 - before.box.x1) < 5
    (again,) = follower.update([person(225, 300)], 300 * SECOND)
    assert (again.number, again.score) == (1, 0.9)


@pytest.mark.parametrize("speed_px_s", [60, 150, 250, 400])
def test_whoever_walks_in_the_rain_is_one(speed_px_s: float) -> None:
    """Three looks a second; in the other frames, too, something moves."""
    follower = tracker()
    for n in range(round(6000 / speed_px_s)):
        there = [person(20 + speed_px_s * n / 10, 300, 140)]
        found, looked = (there, None) if n % 10 < 3 else ([], ())
        tracks = follower.update(found, n * SECOND // 10, looked)
    assert [track.number for track in tracks] == [1]


@pytest.mark.parametrize(("rate_hz", "halves"), [(1, 1), (10, 5), (30, 5)])
def test_a_box_on_the_half_of_somebody_is_nobody_else(rate_hz: int, halves: int) -> None:
    follower = tracker()
    for n in range(60 * rate_hz):
        is_half = n % (7 if halves == 1 else 2 * halves) < halves
        box = BoundingBox(280, 100, 360, 200 if is_half else 300)
        (track,) = follower.update([Detection("person", 0, 0.8, box)], n * SECOND // rate_hz)
        assert track.number == 1


def test_looks_in_a_gated_scene_end_what_they_do_not_find() -> None:
    follower = tracker()
    for n in range(50):
        follower.update([person(100, 300)], n * SECOND // 10)
    left = [follower.update([], (10 + 5 * n) * SECOND) for n in range(8)]
    assert [len(tracks) for tracks in left] == [1, 1, 1, 1, 1, 0, 0, 0]


def test_what_lies_outside_the_regions_is_not_missed() -> None:
    follower = tracker()
    for n in range(20):
        follower.update([person(100, 300), person(500, 300)], n * SECOND // 10)
    half = (Region(0, 0, 320, 480),)
    for n in range(20, 200):
        tracks = follower.update([], n * SECOND // 10, looked=half)
    assert [(track.number, track.score) for track in tracks] == [(2, None)]


def test_labels_do_not_mix() -> None:
    follower = tracker()
    follower.update([person(100, 300)], 0)
    tracks = follower.update([person(100, 300, label="dog")], SECOND // 10)
    assert [(track.number, track.label, bool(track.detection)) for track in tracks] == [
        (1, "person", False),
        (2, "dog", True),
    ]


def test_a_second_box_on_somebody_is_nobody_else() -> None:
    follower = tracker()
    for n in range(5):
        tracks = follower.update([person(100, 300), person(108, 302, 125, 0.6)], n * SECOND // 10)
    assert [track.number for track in tracks] == [1]


def test_a_gap_of_an_hour_ends_what_is_gone_and_breaks_nothing() -> None:
    follower = tracker()
    for n in range(100):
        follower.update([person(100 + 5 * n, 300)], n * SECOND // 10)
    follower.update([], 3600 * SECOND)
    tracks = follower.update([person(50, 300)], 3601 * SECOND)
    assert all(
        np.isfinite([track.box.x1, track.box.y1, track.box.x2, track.box.y2]).all() for track in tracks
    )
    assert max(track.number for track in tracks) == 2


def test_the_trail_is_where_somebody_stood_lately() -> None:
    (track,) = follow([Walk([(0, 20, 300), (10, 620, 300)])], 10, 10)[-1]
    assert len(track.trail) == 16
    assert all(abs(y - 300) < 8 for _, y in track.trail)
    assert track.trail[0][0] < track.trail[-1][0] - 150


scores = st.sampled_from([0.1, 0.3, 0.5, 0.7, 0.9])
crowds = st.lists(
    st.lists(
        st.builds(person, st.integers(0, 640), st.integers(120, 480), st.integers(40, 200), scores),
        max_size=6,
    ),
    min_size=2,
    max_size=8,
)


@given(crowds, st.randoms(use_true_random=False))
def test_the_order_of_detections_does_not_matter(crowd: list[list[Detection]], random: object) -> None:
    one, other = tracker(), tracker()
    for n, detections in enumerate(crowd):
        shuffled = list(detections)
        random.shuffle(shuffled)  # type: ignore[attr-defined]
        assert one.update(detections, n * SECOND // 10) == other.update(shuffled, n * SECOND // 10)


@given(crowds, st.lists(st.sampled_from([None, (), WHOLE]), min_size=8, max_size=8))
def test_each_detection_has_one_track_at_most_and_numbers_are_not_used_again(
    crowd: list[list[Detection]], looks: list[tuple[Region, ...] | None]
) -> None:
    follower, known, gone = tracker(), set(), set()
    for n, (detections, looked) in enumerate(zip(crowd, looks, strict=False)):
        found = [] if looked == () else detections
        tracks = follower.update(found, n * SECOND // 3, looked)
        present = [track.number for track in tracks]
        assert len(set(present)) == len(present)
        assert not gone & set(present)
        gone |= known - set(present)
        known |= set(present)
        seen = [id(track.detection) for track in tracks if track.detection]
        assert len(set(seen)) == len(seen)
        assert all(track.detection in found for track in tracks if track.detection)


def test_it_is_deterministic() -> None:
    walks = [Walk([(0, 40, 300), (8, 600, 300)]), Walk([(0, 600, 320), (8, 40, 320)], scores=(0.9, 0.2, 0.6))]
    assert follow(walks, 10, 8) == follow(walks, 10, 8)
    assert list(frames(walks, 10, 8)) == list(frames(walks, 10, 8))


def test_doubts_end_when_an_object_is_found_although_nothing_moves() -> None:
    followed, frame = tracker(), itertools.count()

    def look(*found: Detection, still: bool = True) -> bool:
        followed.update(found, next(frame) * 10**8, still=still)
        return followed.doubts

    there = person(100, 300)
    assert not look()
    assert look(there, still=False)
    assert look(there, still=False)
    assert not look(there)
    assert look()  # not found
    assert not look(there)
    assert look(person(160, 300), still=False)  # on his way again
    followed.update((), next(frame) * 10**8, ())
    assert followed.doubts


def test_one_sighting_away_does_not_end_a_rest() -> None:
    followed = tracker()
    for n in range(120):
        (track,) = followed.update([person(100, 300)], n * 10**8)
    assert track.stationary
    (track,) = followed.update([person(145, 300)], 120 * 10**8)
    assert track.stationary
    for n in range(121, 124):
        (track,) = followed.update([person(145, 300)], n * 10**8)
    assert (track.stationary, track.position_changes) == (False, 1)


def test_numbers_go_on_after_those_of_an_earlier_tracker() -> None:
    followed = Tracker(lambda label: THRESHOLD, number=7)
    (track,) = followed.update([person(100, 300)], 0)
    assert (track.number, followed.number) == (8, 8)


@pytest.mark.parametrize("rate_hz", [1, 2, 5, 15, 30])
@pytest.mark.parametrize(
    "then", [(60, 300), (360, 300), (360, 440)], ids=["back", "stays", "round the corner"]
)
def test_somebody_who_turns_at_walking_pace_is_one(rate_hz: float, then: tuple[float, float]) -> None:
    tracks = follow([Walk([(0, 60, 300), (3, 360, 300), (6, *then)])], rate_hz, 8)
    assert numbers(tracks) == {1}


@pytest.mark.parametrize("step_s", [1, 10, 29])
def test_who_stands_is_stationary_after_a_few_sightings(step_s: int) -> None:
    followed = tracker()
    seen = [followed.update([person(100, 300)], n * step_s * SECOND)[0].stationary for n in range(20)]
    assert seen.index(True) == max(3, -(-10 // step_s))
