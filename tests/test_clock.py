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
    now_ns, wall_ns = 2 * 10**9, 7_000_000_000
    assert clock.unix_s(2 * 10**9) == 9.0
    assert clock.unix_s(10**9) == 6.0  # what was told of an earlier frame stays
    now_ns, wall_ns = 3 * 10**9, 1_000_000_000
    assert [clock.unix_s(n * 10**9) for n in (3, 2, 1)] == [4.0, 9.0, 6.0]


def test_a_reading_that_took_long_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    readings = iter([0, 0, 50_000_000])
    monkeypatch.setattr(time, "monotonic_ns", lambda: next(readings))
    monkeypatch.setattr(time, "time_ns", lambda: 10**9)
    clock = SystemClock()
    assert clock.unix_s(0) == 1.0


@pytest.mark.parametrize(
    ("zone", "summer_s", "winter_s"),
    [("CET-1CEST,M3.5.0,M10.5.0/3", 7200, 3600), ("IST-5:30", 19800, 19800), ("UTC", 0, 0)],
)
def test_local_time_is_that_of_the_machine(
    monkeypatch: pytest.MonkeyPatch, zone: str, summer_s: int, winter_s: int
) -> None:
    clock = SystemClock()
    try:
        with monkeypatch.context() as patched:
            patched.setenv("TZ", zone)
            time.tzset()
            for unix_s, offset_s in ((1_752_000_000, summer_s), (1_768_000_000, winter_s)):
                patched.setattr(clock, "unix_s", lambda timestamp_ns, unix_s=unix_s: unix_s)
                assert clock.utc_offset_s(0) == offset_s
    finally:
        time.tzset()
