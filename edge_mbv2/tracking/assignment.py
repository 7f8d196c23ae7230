"""Who belongs to whom: the pairing whose summed gain is greatest."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np


def assign(gains: np.ndarray) -> list[tuple[int, int]]:
    """Pair rows with columns, each at most once, so that the sum of the pairs' gains is greatest.

    Only a positive gain makes a pair: nothing is paired for want of something better. As a rule each
    column gains most by a row of its own, and no pairing can be better. Otherwise the problem falls into
    small parts, for few pairs are possible, and each is solved exactly.

    Args:
        gains: (rows, columns) float; not positive where a pair is impossible.

    Returns:
        ``(row, column)`` in the order of the rows.
    """
    if not gains.size:
        return []
    wanted = zip(gains.argmax(axis=0).tolist(), gains.max(axis=0).tolist(), strict=True)
    most = [(row, column) for column, (row, gain) in enumerate(wanted) if gain > 0]
    if len({row for row, _ in most}) == len(most):
        return sorted(most)
    partners: dict[int, list[int]] = {}
    for row, column in np.argwhere(gains > 0).tolist():
        partners.setdefault(row, []).append(column)
    pairs: list[tuple[int, int]] = []
    for part_rows, part_columns in _parts(partners):
        if len(part_rows) == len(part_columns) == 1:
            pairs.append((part_rows[0], part_columns[0]))
        else:
            part = [[float(gains[row, column]) for column in part_columns] for row in part_rows]
            pairs.extend((part_rows[row], part_columns[column]) for row, column in _best(part))
    return sorted(pairs)


def _parts(partners: dict[int, list[int]]) -> list[tuple[list[int], list[int]]]:
    """Group rows that share a column, directly or through others, with all their columns."""
    part_of_column: dict[int, tuple[set[int], set[int]]] = {}
    for row, columns in partners.items():
        part: tuple[set[int], set[int]] = ({row}, set(columns))
        for column in columns:
            other = part_of_column.get(column, part)
            if other is not part:
                part[0].update(other[0])
                part[1].update(other[1])
                part_of_column.update(dict.fromkeys(other[1], part))
            part_of_column[column] = part
    distinct = {id(part): part for part in part_of_column.values()}
    return [(sorted(rows), sorted(columns)) for rows, columns in distinct.values()]


def _best(gains: Sequence[Sequence[float]]) -> list[tuple[int, int]]:
    """Solve one part: to each row a column, or a column of its own that stands for none and gains 0."""
    none = [0.0] * len(gains)
    costs = [[*(-max(gain, 0.0) for gain in row), *none] for row in gains]
    columns = len(gains[0])
    return [
        (row, column)
        for row, column in enumerate(_cheapest(costs))
        if column < columns and gains[row][column] > 0
    ]


def _cheapest(costs: Sequence[Sequence[float]]) -> list[int]:
    """Return for each row its column in the cheapest pairing of all rows.

    One row after the other is added along the shortest augmenting path; potentials keep the reduced
    costs from being negative.

    Args:
        costs: at least as many columns as rows.

    Source: Kuhn, "The Hungarian method for the assignment problem", 1955; Jonker and Volgenant, "A
        shortest augmenting path algorithm for dense and sparse linear assignment problems", 1987.
    """
    rows, columns = len(costs), len(costs[0])
    row_potentials, column_potentials = [0.0] * (rows + 1), [0.0] * (columns + 1)
    row_of = [-1] * (columns + 1)  # the last place is the root of the path
    for added in range(rows):
        distances, before, done = [math.inf] * columns, [columns] * columns, [False] * (columns + 1)
        row_of[columns] = added
        at = columns
        while row_of[at] >= 0:
            done[at] = True
            row, step, nearest = row_of[at], math.inf, columns
            row_costs, row_potential = costs[row], row_potentials[row]
            for column in range(columns):
                if not done[column]:
                    distance = row_costs[column] - row_potential - column_potentials[column]
                    if distance < distances[column]:
                        distances[column], before[column] = distance, at
                    if distances[column] < step:
                        step, nearest = distances[column], column
            for column in range(columns + 1):
                if done[column]:
                    row_potentials[row_of[column]] += step
                    column_potentials[column] -= step
                elif column < columns:
                    distances[column] -= step
            at = nearest
        while at != columns:
            row_of[at] = row_of[before[at]]
            at = before[at]
    chosen = [0] * rows
    for column, row in enumerate(row_of[:columns]):
        if row >= 0:
            chosen[row] = column
    return chosen
