"""Damaged files: the engine answers with its own errors only, or loads and runs."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from conformance.fuzz import attempt, mutate, operator_models
from conformance.writer import Node, T, write
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_mbv2.engine.tflite import read_graph
from edge_mbv2.errors import ModelFormatError, UnsupportedOpError

SEEDS = operator_models()


@settings(max_examples=600)
@given(which=st.integers(0, len(SEEDS) - 1), seed=st.integers(0, 2**32))
def test_damaged_operators(which: int, seed: int) -> None:
    attempt(mutate(SEEDS[which], random.Random(seed)))


def test_a_damaged_detector(shared: Path) -> None:
    data = (shared / "models" / "person_int8.tflite").read_bytes()
    rng = random.Random(0)
    for _ in range(60):
        try:
            read_graph(mutate(data, rng))
        except (ModelFormatError, UnsupportedOpError):
            continue


def test_a_concatenation_of_nothing() -> None:
    tensors = [T((1, 2), "int8", 0.1), T((1, 2), "int8", 0.1)]
    data = write(tensors, [Node("CONCATENATION", [], [1], {"axis": 1})], [0], [1])
    with pytest.raises(ModelFormatError, match=r"CONCATENATION \(makes 't1'\) lacks its input 0"):
        read_graph(data)
