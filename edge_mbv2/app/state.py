"""What a run tells about itself: to the page, to health checks, to systemd."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from edge_mbv2.app.analyser import Analyser
from edge_mbv2.pipeline.capture import CameraState, Capture
from edge_mbv2.pipeline.metrics import Metrics
from edge_mbv2.pipeline.record import Recorder
from edge_mbv2.sinks.records import Records
from edge_mbv2.types import FrameResult

_STALLED_S = 10.0
"""With frames but without a result for so long, the analysis is told of as stalled."""


class RunState:
    """Answers from the counters and the parts of one run; any thread may ask.

    Args:
        analyser: the model and its engine.
        captures: of all cameras.
        metrics: the run's counters.
        records: makes results' records.
        node: what this machine is called.
        recorder: keeps frames, None where nothing is recorded.
        present: returns what there is on a camera, counted by label and by zone.

    Attributes:
        analyser, captures, node: as given; another may take the place of each.
        reload_problem: why the configuration that is in force is not that of the file, None if it is.
    """

    def __init__(
        self,
        analyser: Analyser,
        captures: Sequence[Capture],
        metrics: Metrics,
        records: Records,
        node: str = "edge-mbv2",
        recorder: Recorder | None = None,
        present: Callable[[str], Mapping[str, Any]] = lambda camera: {},
    ) -> None:
        self.analyser = analyser
        self.captures = captures
        self.node = node
        self.reload_problem: str | None = None
        self._metrics = metrics
        self._records = records
        self._recorder = recorder
        self._present = present

    def state(self) -> dict[str, Any]:
        """Return the model, the engine, each camera's counters and what is recorded, ready for JSON."""
        backend = self.analyser.backend
        return {
            "node": self.node,
            "reload_problem": self.reload_problem,
            "model": self.analyser.model.manifest.name,
            "engine": backend.description if backend else None,
            "cameras": {capture.camera_name: self._camera(capture) for capture in self.captures},
            "recording": self._recording(),
        }

    def problem(self) -> str | None:
        """Return why the run is not healthy, None when it is."""
        if self.analyser.backend is None:
            return "the model is being loaded"
        problems = [
            f"camera {capture.camera_name} is {state}{f' ({reason})' if reason else ''}"
            for capture in self.captures
            for state, reason in [self._condition(capture)]
            if state != CameraState.STREAMING
        ]
        return "; ".join(problems) or None

    def record(self, result: FrameResult) -> Mapping[str, Any]:
        """Return a result's record, ready for JSON."""
        return self._records.record(result)

    def status(self) -> str:
        """Return in a line what a person wants to know (``front 12.4 fps, litert``)."""
        engine = self.analyser.engine_name() or "loading the model"
        line = ", ".join([*map(self._rate, self.captures), engine])
        return (
            f"{line}; running with the old configuration: {self.reload_problem}"
            if self.reload_problem
            else line
        )

    def _recording(self) -> dict[str, int] | None:
        if self._recorder is None:
            return None
        recorder = self._recorder
        return {"frames": recorder.frames, "missing": recorder.missing, "bytes": recorder.size_bytes}

    def _rate(self, capture: Capture) -> str:
        state, reason = self._condition(capture)
        if state not in (CameraState.STREAMING, CameraState.OPENING):
            return f"{capture.camera_name} {state}{f' ({reason})' if reason else ''}"
        counters = self._metrics.snapshot(capture.camera_name)
        told = "still" if counters["still"] else f"{counters['rate_hz']} fps"
        return f"{capture.camera_name} {told}"

    def _camera(self, capture: Capture) -> dict[str, Any]:
        state, reason = self._condition(capture)
        counters = self._metrics.snapshot(capture.camera_name)
        present = self._present(capture.camera_name)
        return {"description": capture.description, "state": state, "reason": reason, **counters, **present}

    def _condition(self, capture: Capture) -> tuple[CameraState, str | None]:
        """Return what a camera is doing and, where something is wrong, why."""
        state, reason = capture.state, capture.reason
        if state is not CameraState.STREAMING:
            return state, reason
        counters: Mapping[str, Any] = self._metrics.snapshot(capture.camera_name)
        frame_age_s, result_age_s = counters["frame_age_s"], counters["result_age_s"]
        if None in (frame_age_s, result_age_s):
            return CameraState.OPENING, None
        if result_age_s - frame_age_s > _STALLED_S and capture.idle is None:
            return CameraState.STALLED, f"no result for {result_age_s:.0f} s"
        return state, None
