"""Which engine is taken, why, and what is said when none is."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from fakes import tiny_tflite

from edge_mbv2 import inference
from edge_mbv2.errors import EngineError, ModelFormatError, UsageError
from edge_mbv2.inference import choose
from edge_mbv2.inference.protocol import Backend
from edge_mbv2.inference.scripted import ScriptedBackend
from edge_mbv2.tensor import TensorSpec

MODEL = Path("model.tflite")


class Engine(ScriptedBackend):
    """Notes its threads, and refuses to open if told so."""

    def __init__(self, threads: int, refusal: Exception | None) -> None:
        spec = TensorSpec("image", (1,), np.dtype(np.uint8))
        super().__init__(spec, {}, [{}])
        self.description = f"engine 1.0, {threads} threads"
        self.threads = threads
        self.opened = False
        self._refusal = refusal

    def open(self) -> None:
        if self._refusal:
            raise self._refusal
        self.opened = True


@pytest.fixture
def engines(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Replace the table by engines that each refuse with an exception, or open."""

    def install(**refusals: Exception | None) -> None:
        def maker(refusal: Exception | None) -> Callable[[Path, int], Backend]:
            return lambda path, threads: Engine(threads, refusal)

        table = {name: maker(refusal) for name, refusal in refusals.items()}
        monkeypatch.setattr(inference, "BACKENDS", table)

    return install


def test_auto_takes_the_first(engines: Callable[..., None]) -> None:
    engines(one=None, two=None)

    backend, reason = choose("auto", MODEL, 2)

    assert isinstance(backend, Engine)
    assert backend.opened
    assert reason == "one: engine 1.0, 2 threads (first that takes the model)"


def test_auto_says_who_refused_before(engines: Callable[..., None]) -> None:
    engines(one=EngineError("not installed"), two=EngineError("odd op"), three=None)

    reason = choose("auto", MODEL, 2).reason

    assert reason == (
        "three: engine 1.0, 2 threads (first that takes the model; one: not installed; two: odd op)"
    )


def test_auto_names_every_refusal_when_none_is_left(engines: Callable[..., None]) -> None:
    engines(one=EngineError("not installed"), two=EngineError("odd op"))

    with pytest.raises(EngineError, match="no engine takes the model: one: not installed; two: odd op"):
        choose("auto", MODEL, 2)


def test_the_one_asked_for_is_taken_or_nothing(engines: Callable[..., None]) -> None:
    engines(one=None, two=None, three=EngineError("odd op"))

    assert choose("two", MODEL, 1).reason == "two: engine 1.0, 1 threads (as asked)"
    with pytest.raises(EngineError, match=r"^odd op$"):
        choose("three", MODEL, 1)


def test_a_file_that_is_no_model_is_not_offered_to_others(engines: Callable[..., None]) -> None:
    engines(one=ModelFormatError("cut short"), two=None)

    with pytest.raises(ModelFormatError, match="cut short"):
        choose("auto", MODEL, 1)


def test_an_unknown_engine_is_a_wrong_option(engines: Callable[..., None]) -> None:
    engines(one=None, two=None)

    with pytest.raises(UsageError, match="engine 'coral': expected auto or one of one, two"):
        choose("coral", MODEL, 1)


@pytest.mark.parametrize(("cores", "threads"), [(1, 1), (2, 2), (4, 4), (64, 4)])
def test_threads_follow_the_cores_up_to_four(
    engines: Callable[..., None], monkeypatch: pytest.MonkeyPatch, cores: int, threads: int
) -> None:
    engines(litert=None)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(cores)))

    backend = choose("auto", MODEL).backend

    assert isinstance(backend, Engine)
    assert backend.threads == threads


def test_the_numpy_engine_forks_no_process_unasked(engines: Callable[..., None]) -> None:
    engines(numpy=None)

    assert choose("auto", MODEL).reason.startswith("numpy: engine 1.0, 1 threads")
    assert choose("auto", MODEL, 2).reason.startswith("numpy: engine 1.0, 2 threads")


def test_fewer_than_one_thread_is_a_wrong_option(engines: Callable[..., None]) -> None:
    engines(one=None)

    with pytest.raises(UsageError, match="threads 0: expected at least 1"):
        choose("auto", MODEL, 0)


def test_a_real_model_opens(tmp_path: Path) -> None:
    path = tmp_path / "tiny.tflite"
    path.write_bytes(tiny_tflite.build())

    backend, reason = choose("auto", path, 1)

    assert reason.startswith(f"litert: {backend.description} (")
    assert backend.input.name == "image"
    backend.close()
