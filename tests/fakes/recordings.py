"""Recordings made of results as the analysis would give them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from fakes.results import result

from edge_mbv2.clock import Clock, MediaClock
from edge_mbv2.pipeline.record import Recorder
from edge_mbv2.sinks.records import Records
from edge_mbv2.types import FrameResult

HEADER = {
    "version": "0.1.0",
    "model": {"name": "person", "sha256": "0" * 64},
    "configuration": {"model": {"name": "person"}},
}


def recorder(folder: Path, max_bytes: int = 10**9, clock: Clock | None = None, **kwargs: Any) -> Recorder:
    clock = clock or MediaClock()
    records = Records(clock, model="person", engine=lambda: "scripted")
    return Recorder(folder, max_bytes, HEADER, records.record, clock, **{"least_free_bytes": 0, **kwargs})


def noisy(number: int, camera: str = "yard", width: int = 64, height: int = 48) -> FrameResult:
    """Return a result whose picture can't be compressed and follows from its number."""
    image = np.random.default_rng(number).integers(0, 256, (height, width, 3), dtype=np.uint8)
    image.setflags(write=False)
    return replace(result(number, camera=camera, image=image), number=number, position=number)


def recorded(folder: Path, results: Iterable[FrameResult], **kwargs: Any) -> Path:
    """Record results as one run and return the run's folder."""
    sink = recorder(folder, **kwargs)
    sink.open()
    for each in results:
        sink.publish(each)
    sink.close()
    return max(folder.iterdir())
