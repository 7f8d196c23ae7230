"""Pictures at any pace, a video at one."""

from __future__ import annotations

import pytest

from edge_mbv2.sinks.timeline import Timeline, typical_rate_hz

MS = 10**6


def slots(rate_hz: float, times_ms: list[float]) -> list[int]:
    """Return which picture, by number, stands in each frame of the video."""
    timeline, video, shown = Timeline(rate_hz), [], -1
    for number, time_ms in enumerate(times_ms):
        repeats, has_place = timeline.advance(round(time_ms * MS))
        video += [shown] * repeats
        if has_place:
            shown = number
            video.append(number)
    return video


def test_pictures_at_the_videos_pace_stand_once_each() -> None:
    for rate_hz in (10.0, 25.0, 29.97, 60.0):
        times = [n * 1000 / rate_hz + 7777 for n in range(2000)]
        assert slots(rate_hz, times) == list(range(2000))


def test_a_late_picture_is_made_up_for_by_the_one_before() -> None:
    assert slots(10, [0, 100, 400, 500]) == [0, 1, 1, 1, 2, 3]


def test_pictures_faster_than_the_video_lose_some() -> None:
    assert slots(10, [0, 50, 100, 140, 200]) == [0, 2, 4]


def test_jitter_does_not_add_up() -> None:
    times = [n * 100 + (n * 7919 % 60 - 30) for n in range(600)]
    video = slots(10, times)
    assert abs(len(video) - 600) <= 1


@pytest.mark.parametrize("times", [[0, 100, 60_000, 60_100], [5000, 5100, 0, 100]])
def test_long_gaps_and_steps_back_are_cut_out(times: list[float]) -> None:
    assert slots(10, times) == [0, 1, 2, 3]


def test_typical_rate() -> None:
    assert typical_rate_hz([n * 33_366_667 for n in range(8)]) == 29.97
    assert typical_rate_hz([0, 900 * MS, 1000 * MS, 1100 * MS, 1200 * MS]) == 10.0  # a slow first one
    assert typical_rate_hz([0]) == 10.0
    assert typical_rate_hz([5, 5, 5]) == 10.0
    assert typical_rate_hz([0, 60_000 * MS]) == 1.0
    assert typical_rate_hz([0, 1]) == 120.0
