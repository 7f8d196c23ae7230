"""The scripted engine plays what it was given."""

import time

import numpy as np
import pytest

from edge_mbv2.errors import EngineError
from edge_mbv2.inference.scripted import ScriptedBackend, Step
from edge_mbv2.tensor import TensorSpec

DTYPE = np.dtype(np.uint8)
TENSOR = np.zeros((1, 2), np.uint8)


def opened(*script: Step, delay_s: float = 0.0) -> ScriptedBackend:
    backend = ScriptedBackend(
        TensorSpec("image", (1, 2), DTYPE), {"out": TensorSpec("out", (1,), DTYPE)}, script, delay_s=delay_s
    )
    backend.open()
    return backend


def step(value: int) -> Step:
    return {"out": np.array([value], np.uint8)}


def test_steps_are_played_in_order_and_the_last_for_ever() -> None:
    backend = opened(step(1), step(2), step(3))

    assert [int(backend.invoke(TENSOR)["out"][0]) for _ in range(5)] == [1, 2, 3, 3, 3]
    assert backend.invokes == 5


def test_an_exception_is_raised_in_its_turn() -> None:
    backend = opened(step(1), EngineError("on purpose"), step(3))

    backend.invoke(TENSOR)
    with pytest.raises(EngineError, match="on purpose"):
        backend.invoke(TENSOR)
    assert backend.invoke(TENSOR)["out"] == [3]
    assert backend.invokes == 3


def test_it_can_be_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)

    opened(step(1), delay_s=0.25).invoke(TENSOR)

    assert slept == [0.25]
