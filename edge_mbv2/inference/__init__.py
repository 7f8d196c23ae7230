"""Inference engines: which there are, and the choice of one."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from edge_mbv2.errors import EngineError, UsageError
from edge_mbv2.inference.litert import LitertBackend
from edge_mbv2.inference.numpy_backend import NumpyBackend
from edge_mbv2.inference.protocol import Backend

# The order is the order of preference. Each takes the model's path and the number of threads.
BACKENDS: dict[str, Callable[[Path, int], Backend]] = {
    "litert": LitertBackend,
    "numpy": NumpyBackend,
}

# How many threads are taken at most where nobody says how many. More gain nothing on networks so
# small; those of the NumPy engine are processes, which nobody should find unasked.
_MOST_THREADS = {"litert": 4, "numpy": 1}


class Choice(NamedTuple):
    """An opened engine, and a sentence that says what was taken and why."""

    backend: Backend
    reason: str


def check_name(requested: str) -> None:
    """Refuse what is neither ``auto`` nor the name of an engine.

    Raises:
        UsageError: it is not.
    """
    if requested not in ("auto", *BACKENDS):
        raise UsageError(f"engine {requested!r}: expected auto or one of {', '.join(BACKENDS)}")


def choose(requested: str, model_path: Path, threads: int | None = None) -> Choice:
    """Open a model on the engine that was asked for, or on the first that takes it.

    Args:
        requested: ``auto`` or a name in `BACKENDS`.
        model_path: a ``.tflite``.
        threads: at least 1; None takes what suits the engine and the cores that this process may use.

    Raises:
        UsageError: there is no engine of that name, or ``threads`` is below 1.
        ModelFormatError: the file is not a model, whatever the engine.
        EngineError: the engine, or with ``auto`` every engine, refuses the model.
    """
    check_name(requested)
    if threads is not None and threads < 1:
        raise UsageError(f"threads {threads}: expected at least 1")
    refusals: list[str] = []
    for name in BACKENDS if requested == "auto" else (requested,):
        backend = BACKENDS[name](model_path, threads or _threads_of(name))
        try:
            backend.open()
        except EngineError as exc:
            if requested == name:
                raise
            refusals.append(f"{name}: {exc}")
            continue
        why = "as asked" if requested == name else "; ".join(("first that takes the model", *refusals))
        return Choice(backend, f"{name}: {backend.description} ({why})")
    raise EngineError("no engine takes the model: " + "; ".join(refusals))


def _threads_of(name: str) -> int:
    return min(len(os.sched_getaffinity(0)), _MOST_THREADS.get(name, 1))
