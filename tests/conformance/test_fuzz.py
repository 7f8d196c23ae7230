"""Damaged files: the engine answers with its own errors only, or loads and runs."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
from conformance.cases import simple_cases, weighted_case
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_mbv2 import engine
from edge_mbv2.engine.tflite import read_graph
from edge_mbv2.errors import EngineError, ModelFormatError, UnsupportedOpError

SEEDS = [case.data for case in simple_cases("int8")] + [weighted_case(seed).data for seed in range(12)]


@settings(max_examples=400, deadline=None)
@given(which=st.integers(0, len(SEEDS) - 1), seed=st.integers(0, 2**32), flips=st.integers(1, 6))
def test_mutated_operators(which: int, seed: int, flips: int) -> None:
    data = _mutate(SEEDS[which], seed, flips)
    try:
        loaded = engine.load(data)
    except (ModelFormatError, UnsupportedOpError, EngineError):
        return
    with np.errstate(all="ignore"):
        loaded.run(*(np.zeros(spec.shape, spec.dtype) for spec in loaded.inputs))


def test_mutated_detector(shared: Path) -> None:
    data = (shared / "models" / "person_int8.tflite").read_bytes()
    for seed in range(60):
        try:
            read_graph(_mutate(data, seed, 40, tail=60_000))
        except (ModelFormatError, UnsupportedOpError):
            continue


def _mutate(data: bytes, seed: int, flips: int, tail: int | None = None) -> bytes:
    """Overwrite words (anywhere, or in both ends of ``tail`` bytes, where the structure is)."""
    rng = random.Random(seed)
    changed = bytearray(data)
    for _ in range(flips):
        at = rng.randrange(len(data))
        if tail is not None:
            at = rng.choice([rng.randrange(tail), len(data) - 1 - rng.randrange(tail)])
        if rng.random() < 0.5:
            changed[at] = rng.randrange(256)
        else:
            word = rng.choice([0, 1, 2**31 - 1, 2**31, 2**32 - 1, rng.randrange(2**16), rng.randrange(2**32)])
            changed[at : at + 4] = word.to_bytes(4, "little")[: len(data) - at]
    return bytes(changed)
