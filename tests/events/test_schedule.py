"""Windows of the week, past midnight and past Sunday."""

from __future__ import annotations

from edge_mbv2.events.schedule import Schedule, Window

MONDAY_S = 1_700_438_400.0  # 2023-11-20 00:00 UTC
EVERY_DAY = frozenset(range(7))


def on(schedule: Schedule, day: int, hour: int, minute: int = 0) -> bool:
    return schedule.is_on(MONDAY_S + ((day * 24 + hour) * 60 + minute) * 60)


def test_a_window_of_a_day() -> None:
    office = Schedule([Window(frozenset(range(5)), 9 * 60, 17 * 60)])
    assert [on(office, 0, 8, 59), on(office, 0, 9), on(office, 0, 16, 59), on(office, 0, 17)] == [
        False,
        True,
        True,
        False,
    ]
    assert not on(office, 5, 12)


def test_a_window_past_midnight_belongs_to_the_day_it_begins() -> None:
    night = Schedule([Window(frozenset({4}), 22 * 60, 6 * 60)])
    assert [on(night, 4, 5), on(night, 4, 22), on(night, 5, 5, 59), on(night, 5, 6)] == [
        False,
        True,
        True,
        False,
    ]


def test_a_window_past_sunday() -> None:
    night = Schedule([Window(frozenset({6}), 22 * 60, 6 * 60)])
    assert on(night, 7, 3)
    assert on(night, 0, 3)


def test_whole_days() -> None:
    assert all(
        on(Schedule([Window(EVERY_DAY, 0, 24 * 60)]), day, hour) for day in range(7) for hour in range(24)
    )
    assert all(on(Schedule([Window(EVERY_DAY, 480, 480)]), 0, hour) for hour in range(24))


def test_none_at_all() -> None:
    assert not on(Schedule([]), 0, 12)
