"""The pairing with the greatest gain, against trying them all."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from edge_mbv2.tracking.assignment import assign


def best_gain(gains: np.ndarray) -> float:
    """Try every pairing."""
    rows, columns = gains.shape
    wide = np.concatenate([np.maximum(gains, 0), np.zeros((rows, rows))], axis=1)
    return max(
        sum(wide[row, column] for row, column in enumerate(chosen))
        for chosen in itertools.permutations(range(columns + rows), rows)
    )


@given(
    arrays(
        np.float64,
        st.tuples(st.integers(1, 4), st.integers(1, 4)),
        elements=st.one_of(st.integers(-2, 6).map(float), st.floats(-3, 9), st.just(-np.inf)),
    )
)
def test_nothing_gains_more(gains: np.ndarray) -> None:
    pairs = assign(gains)
    assert len({row for row, _ in pairs}) == len({column for _, column in pairs}) == len(pairs)
    assert all(gains[pair] > 0 for pair in pairs)
    assert abs(sum(gains[pair] for pair in pairs) - best_gain(gains)) < 1e-9
    assert pairs == sorted(pairs)


def test_the_greedy_choice_is_not_the_best() -> None:
    assert assign(np.array([[9.0, 8.0], [8.0, 1.0]])) == [(0, 1), (1, 0)]


def test_nothing_is_paired_for_want_of_something_better() -> None:
    assert assign(np.array([[5.0, -1.0], [4.0, -np.inf]])) == [(0, 0)]


def test_independent_parts_do_not_disturb_each_other() -> None:
    random = np.random.default_rng(3)
    gains = np.full((12, 12), -1.0)
    for start in range(0, 12, 3):
        gains[start : start + 3, start : start + 3] = random.uniform(-2, 5, (3, 3))
    order = random.permutation(12)
    expected = sum(best_gain(gains[s : s + 3, s : s + 3]) for s in range(0, 12, 3))
    shuffled = gains[:, order]
    assert abs(sum(shuffled[pair] for pair in assign(shuffled)) - expected) < 1e-9


def test_many_that_contend_for_few() -> None:
    random = np.random.default_rng(4)
    gains = random.uniform(0, 1, (40, 25))
    pairs = assign(gains)
    assert len(pairs) == 25
    improvable = [
        (a, b)
        for (r, a), (s, b) in itertools.combinations(pairs, 2)
        if gains[r, b] + gains[s, a] > gains[r, a] + gains[s, b] + 1e-9
    ]
    assert not improvable


def test_no_tracks_and_no_detections() -> None:
    assert assign(np.empty((0, 3))) == assign(np.empty((3, 0))) == []
