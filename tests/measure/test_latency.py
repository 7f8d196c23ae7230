"""Percentiles and rate, on a clock of the test's own."""

from __future__ import annotations

import pytest

from edge_mbv2.measure import latency


class Frames:
    """Each frame takes as long as the next of ``times_ms`` says, the last for ever."""

    def __init__(self, *times_ms: float) -> None:
        self.times_ms = times_ms
        self.done = 0
        self.now = 0

    def __call__(self) -> None:
        self.now += int(self.times_ms[min(self.done, len(self.times_ms) - 1)] * 1e6)
        self.done += 1

    def now_ns(self) -> int:
        return self.now


def test_even_frames() -> None:
    frames = Frames(10)
    found = latency.measure(frames, 1.0, frames.now_ns)
    assert (found.frames, found.p50_ms, found.p99_ms) == (100, 10, 10)
    assert found.rate_hz == pytest.approx(100)


def test_the_first_frames_are_not_counted() -> None:
    frames = Frames(900, 900, 900, 10)
    assert latency.measure(frames, 1.0, frames.now_ns).p99_ms == 10


def test_a_slow_frame_shows_in_the_tail_and_in_the_rate() -> None:
    frames = Frames(*([10] * 23), 300, 10)
    found = latency.measure(frames, 0.5, frames.now_ns)
    assert found.p50_ms == 10
    assert found.p99_ms > 200
    assert found.rate_hz < 70


def test_a_slow_engine_still_does_ten() -> None:
    frames = Frames(5000)
    found = latency.measure(frames, 1.0, frames.now_ns)
    assert (found.frames, found.p50_ms, found.rate_hz) == (10, 5000, pytest.approx(0.2))
