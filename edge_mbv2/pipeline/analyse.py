"""The stage that turns frames into results: preprocess, invoke, decode, in one thread."""

from __future__ import annotations

import contextlib
import queue
from collections.abc import Callable
from typing import Any

import numpy as np

from edge_mbv2.inference.protocol import Backend
from edge_mbv2.models.protocol import Detector
from edge_mbv2.pipeline.metrics import Metrics
from edge_mbv2.pipeline.slot import Slot
from edge_mbv2.types import Detection, Frame, FrameResult


class Analyse:
    """Takes frames from the slot, finds objects, publishes results.

    Args:
        load: opens the engine and builds the detector, in the stage's thread; they stay the caller's.
        slot: where frames come from.
        metrics: counts what becomes of them.
        publish: takes each result; may wait when nothing may be lost.
        on_ready: called once, after the first inference (on an empty picture, so that a camera that
            comes late does not hold it up).
    """

    name = "analyse"
    idle: str | None = None
    _WAIT_S = 0.5

    def __init__(
        self,
        load: Callable[[], tuple[Backend, Detector[Any]]],
        slot: Slot,
        metrics: Metrics,
        publish: Callable[[FrameResult], None],
        on_ready: Callable[[], None] = lambda: None,
    ) -> None:
        self._load = load
        self._slot = slot
        self._metrics = metrics
        self._publish = publish
        self._on_ready = on_ready
        self._between: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._number = 0

    def start(self) -> None:
        self.use(*self._load())
        warm_up(self._backend, self._detector)
        self._on_ready()

    def use(self, backend: Backend, detector: Detector[Any]) -> None:
        """Take these for the frames that follow; called in the stage's thread."""
        self._backend, self._detector = backend, detector

    def between_frames(self, function: Callable[[], None]) -> None:
        """Have a function called in the stage's thread when no frame is under way; it must be quick.

        It is never called if no step is made any more. Any thread may ask.
        """
        self._between.put(function)

    def step(self) -> bool:
        frame = self._slot.take(self._WAIT_S)
        with contextlib.suppress(queue.Empty):
            while True:
                self._between.get_nowait()()
        if frame is None:
            return not self._slot.drained
        result = self._analysed(frame)
        self.idle = "waiting for a sink"  # which is the one to blame if that takes long
        self._publish(result)
        self.idle = None
        return True

    def stop(self) -> None:
        self._slot.clear()

    def _analysed(self, frame: Frame) -> FrameResult:
        try:
            detections = _detect(self._backend, self._detector, frame.image)
        except Exception:
            self._metrics.count_dropped(frame.camera, "failed")
            raise
        rate_hz = self._metrics.count_analysed(frame.camera)
        result = FrameResult(frame, detections, rate_hz, self._number)
        self._number += 1
        return result


def warm_up(backend: Backend, detector: Detector[Any]) -> None:
    """Make a first inference, on an empty picture: it takes longer than those after it."""
    _detect(backend, detector, np.zeros((16, 16, 3), np.uint8))


def _detect(backend: Backend, detector: Detector[Any], image: np.ndarray) -> tuple[Detection, ...]:
    tensor, geometry = detector.preprocess(image)
    return detector.decode(backend.invoke(tensor), geometry)
