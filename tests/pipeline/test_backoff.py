"""Waits grow, with chance, to a limit, and start again after a lasting success."""

import pytest

from edge_mbv2.pipeline.backoff import BackOff


@pytest.mark.parametrize("longest_s", [4.0, 15.0])
@pytest.mark.parametrize("chance", [0.0, 1.0])
def test_waits_grow_to_the_longest(longest_s: float, chance: float) -> None:
    backoff = BackOff(longest_s, lambda: chance)
    waits = [backoff.next_s(0.0) for _ in range(30)]
    least = 0.5 if chance else 1.0
    assert waits[0] == 0.5 * least
    assert waits == sorted(waits)
    assert waits[-1] == longest_s * least


def test_no_wait_is_much_longer_than_half_the_time_away() -> None:
    """So whoever was away for three seconds is tried again within two of its return."""
    backoff = BackOff(15.0, lambda: 0.0)
    away_s = 0.0
    for _ in range(12):
        wait_s = backoff.next_s(0.0)
        assert wait_s <= 0.5 + away_s / 2
        away_s += wait_s


def test_only_a_success_that_lasts_starts_again() -> None:
    backoff = BackOff(4.0, lambda: 0.0)
    for _ in range(20):
        backoff.next_s(0.0)
    assert backoff.next_s(0.9) == 4.0
    assert backoff.next_s(1.1) == 0.5


def test_chance_spreads_the_waits() -> None:
    backoff = BackOff(0.5)
    waits = {backoff.next_s(0.0) for _ in range(50)}
    assert len(waits) > 25
    assert all(0.25 <= wait <= 0.5 for wait in waits)
