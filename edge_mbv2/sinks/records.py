"""The machine-readable form of a result: what JSON Lines, and clients of the event stream, receive.

Every record has ``schema`` (1), ``type``, ``camera``, ``frame`` (its number in its source) and ``time``
(Unix seconds, or seconds from the start of a recording that is analysed in its own time). The rest
depends on ``type``::

    detections   width, height: of the frame in pixels
                 file: the picture or video, absent for a device
                 model, engine
                 detections: [{label, class_id, score, box: [x1, y1, x2, y2]}], best score first,
                 boxes in pixels of the frame

A reader skips types and keys that it does not know; the schema's number changes only when a key
changes its meaning or goes away.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from edge_mbv2.clock import Clock
from edge_mbv2.types import Detection, FrameResult

SCHEMA = 1


class Records:
    """Builds the records of one run; any thread may.

    Args:
        clock: which the frames were stamped with.
        model: the name of the model.
        engine: returns the name of the inference engine, which is not known from the beginning.

    Attributes:
        model: as given; another may take its place.
    """

    def __init__(self, clock: Clock, *, model: str, engine: Callable[[], str]) -> None:
        self._clock = clock
        self.model = model
        self._engine = engine

    def record(self, result: FrameResult) -> dict[str, Any]:
        """Return the ``detections`` record of ``result``, ready for JSON."""
        frame = result.frame
        height, width = frame.image.shape[:2]
        file = {} if frame.file is None else {"file": frame.file}
        return {
            "schema": SCHEMA,
            "type": "detections",
            "camera": frame.camera,
            "frame": frame.sequence,
            "time": round(self._clock.unix_s(frame.timestamp_ns), 6),
            "width": width,
            "height": height,
            **file,
            "model": self.model,
            "engine": self._engine(),
            "detections": [_detection(detection) for detection in result.detections],
        }

    def text(self, result: FrameResult) -> str:
        """Return the record of ``result`` as JSON: one line of ASCII without its end."""
        return json.dumps(self.record(result), separators=(",", ":"), allow_nan=False)


def _detection(detection: Detection) -> dict[str, Any]:
    box = detection.box
    return {
        "label": detection.label,
        "class_id": detection.class_id,
        "score": round(float(detection.score), 4),
        "box": [round(float(edge), 2) for edge in (box.x1, box.y1, box.x2, box.y2)],
    }
