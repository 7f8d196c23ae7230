"""What a run tells about itself: to the page, to health checks, to systemd."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edge_mbv2.app.analyser import Analyser
from edge_mbv2.cameras.protocol import Camera
from edge_mbv2.pipeline.metrics import Metrics
from edge_mbv2.sinks.records import Records
from edge_mbv2.types import FrameResult

_STALLED_S = 10.0
"""Without a frame or a result for so long, a camera is told of as stalled."""


class RunState:
    """Answers from the counters and the parts of one run; any thread may ask.

    Args:
        analyser: the model and its engine.
        cameras: by name.
        metrics: the run's counters.
        records: makes results' records.
    """

    def __init__(
        self, analyser: Analyser, cameras: Mapping[str, Camera], metrics: Metrics, records: Records
    ) -> None:
        self._analyser = analyser
        self._cameras = cameras
        self._metrics = metrics
        self._records = records

    def state(self) -> dict[str, Any]:
        """Return the model, the engine and each camera's counters, ready for JSON."""
        backend = self._analyser.backend
        return {
            "model": self._analyser.model.manifest.name,
            "engine": backend.description if backend else None,
            "cameras": {name: self._camera(name, camera) for name, camera in self._cameras.items()},
        }

    def problem(self) -> str | None:
        """Return why the run is not healthy, None when it is."""
        if self._analyser.backend is None:
            return "the model is being loaded"
        states = {
            name: self._condition(camera, self._metrics.snapshot(name))
            for name, camera in self._cameras.items()
        }
        problems = [f"camera {name} is {state}" for name, state in states.items() if state != "streaming"]
        return "; ".join(problems) or None

    def record(self, result: FrameResult) -> Mapping[str, Any]:
        """Return a result's record, ready for JSON."""
        return self._records.record(result)

    def status(self) -> str:
        """Return in a line what a person wants to know (``front 12.4 fps, litert``)."""
        engine = self._analyser.engine_name() or "loading the model"
        rates = [f"{name} {self._metrics.snapshot(name)['rate_hz']} fps" for name in self._cameras]
        return ", ".join([*rates, engine])

    def _camera(self, name: str, camera: Camera) -> dict[str, Any]:
        counters = self._metrics.snapshot(name)
        return {"description": camera.description, "state": self._condition(camera, counters), **counters}

    @staticmethod
    def _condition(camera: Camera, counters: Mapping[str, Any]) -> str:
        ages_s = counters["frame_age_s"], counters["result_age_s"]
        if None in ages_s:
            return "opening"
        return "stalled" if max(ages_s) > _STALLED_S and camera.idle is None else "streaming"
