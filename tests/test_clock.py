"""One wall time for each frame, and right ones once the clock is set."""

import time

import pytest

from edge_mbv2.clock import SystemClock


def test_a_frame_has_one_time_whoever_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SystemClock()
    stamp = clock.now_ns()
    assert len({clock.unix_s(stamp) for _ in range(1000)}) == 1
    assert abs(clock.unix_s(clock.now_ns()) - time.time()) < 60


def test_a_clock_that_is_set_counts_from_then_on(monkeypatch: pytest.MonkeyPatch) -> None:
    now_ns = 0
    monkeypatch.setattr(time, "monotonic_ns", lambda: now_ns)
    monkeypatch.setattr(time, "time_ns", lambda: now_ns + wall_ns)
    wall_ns = 5_000_000_000
    clock = SystemClock()
    assert clock.unix_s(10**9) == 6.0
    wall_ns += 400_000  # read a little later than the other clock, not set
    assert clock.unix_s(10**9) == 6.0
    wall_ns = 7_000_000_000
    assert clock.unix_s(10**9) == 8.0


def test_a_reading_that_took_long_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    readings = iter([0, 0, 50_000_000])
    monkeypatch.setattr(time, "monotonic_ns", lambda: next(readings))
    monkeypatch.setattr(time, "time_ns", lambda: 10**9)
    clock = SystemClock()
    assert clock.unix_s(0) == 1.0
