"""When recorded frames are due."""

from __future__ import annotations

from threading import Event

from edge_mbv2.cameras.timeline import Timeline


class SteppingClock:
    """Stands still unless somebody waits for it, and then arrives exactly."""

    def __init__(self) -> None:
        self.ns = 5_000
        self.waits_ns: list[int] = []

    def now_ns(self) -> int:
        return self.ns

    def unix_s(self, timestamp_ns: int) -> float:
        return timestamp_ns / 1e9


class Waiting(Event):
    """An event whose `wait` lets the clock's time pass, not the machine's."""

    def __init__(self, clock: SteppingClock) -> None:
        super().__init__()
        self._clock = clock

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None
        waited_ns = round(timeout * 1e9)
        self._clock.waits_ns.append(waited_ns)
        self._clock.ns += waited_ns
        return self.is_set()


def test_recorded_time_is_passed_on_and_never_waits() -> None:
    clock = SteppingClock()
    timeline = Timeline(clock, realtime=False, interrupted=Waiting(clock))
    assert [timeline.reach(t) for t in (0, 40, 80)] == [0, 40, 80]
    assert clock.waits_ns == []


def test_real_time_waits_until_a_frame_is_due() -> None:
    clock = SteppingClock()
    timeline = Timeline(clock, realtime=True, interrupted=Waiting(clock))
    assert timeline.reach(1_000) == 5_000
    clock.ns += 100
    assert timeline.reach(1_400) == 5_400
    assert clock.waits_ns == [300]


def test_late_frames_come_at_once_and_do_not_delay_those_after_them() -> None:
    clock = SteppingClock()
    timeline = Timeline(clock, realtime=True, interrupted=Waiting(clock))
    timeline.reach(0)
    clock.ns += 1_000
    assert timeline.reach(400) == 6_000
    assert timeline.reach(800) == 6_000
    assert timeline.reach(1_200) == 6_200


def test_an_interruption_ends_the_wait() -> None:
    clock = SteppingClock()
    interrupted = Waiting(clock)
    timeline = Timeline(clock, realtime=True, interrupted=interrupted)
    timeline.reach(0)
    interrupted.set()
    assert timeline.reach(1_000_000) is None


def test_a_restart_counts_from_the_next_frame() -> None:
    clock = SteppingClock()
    timeline = Timeline(clock, realtime=True, interrupted=Waiting(clock))
    timeline.reach(0)
    clock.ns += 70_000
    timeline.restart()
    assert timeline.reach(0) == 75_000
    assert timeline.reach(10) == 75_010
