"""The machine-readable form of a result: what JSON Lines, and clients of the event stream, receive.

Every record has ``schema`` (1), ``type``, ``camera``, ``frame`` (its number in its source) and ``time``
(Unix seconds, or seconds from the start of a recording that is analysed in its own time). The rest
depends on ``type``::

    detections   width, height: of the frame in pixels
                 file: the picture or video, absent for a device
                 model, engine
                 detections: [{label, class_id, score, box: [x1, y1, x2, y2]}], best score first,
                 boxes in pixels of the frame; track: the number of the object it belongs to, if any
    new, update, end
                 an object came, changed, went: before, after, as Frigate has them, see `sighting`

A reader skips types and keys that it does not know; the schema's number changes only when a key
changes its meaning or goes away.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from edge_mbv2.clock import Clock
from edge_mbv2.types import Detection, Event, FrameResult, Look, Sighting, Transition

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
        numbers = {id(track.detection): track.number for track in result.tracks}
        file = {} if frame.file is None else {"file": frame.file}
        return {
            "schema": SCHEMA,
            "type": "detections",
            "camera": frame.camera,
            "frame": frame.sequence,
            "time": self._time(frame.timestamp_ns),
            "width": width,
            "height": height,
            **file,
            "model": self.model,
            "engine": self._engine(),
            "detections": [_detection(detection, numbers) for detection in result.detections],
        }

    def event_record(self, event: Event) -> dict[str, Any]:
        """Return the ``new``, ``update`` or ``end`` record of ``event``, ready for JSON."""
        return {
            "schema": SCHEMA,
            "type": event.type,
            "camera": event.camera,
            "frame": event.frame,
            "time": self._time(event.timestamp_ns),
            "before": self.sighting(event, event.before),
            "after": self.sighting(event, event.after),
        }

    def sighting(self, event: Event, sighting: Sighting) -> dict[str, Any]:
        """Return one side of an event, with Frigate's keys; ``edge`` holds what Frigate does not have.

        ``edge.transitions`` are those since the message before: entered and left zones, crossed lines,
        each with the number and time of its first frame.
        """
        last, region = sighting.last, [0, 0, event.width, event.height]
        start = round(sighting.start_s, 6)  # which lies behind the end where the clock was set back meanwhile
        return {
            "id": sighting.id,
            "camera": event.camera,
            "frame_time": self._time(last.timestamp_ns),
            "snapshot": {**self._look(sighting.best), "region": region, "attributes": []},
            "label": sighting.label,
            "sub_label": None,
            "top_score": round(sighting.top_score, 4),
            "false_positive": False,
            "start_time": start,
            "end_time": None if sighting.end_ns is None else max(start, self._time(sighting.end_ns)),
            **self._look(last),
            "ratio": round(last.box.width / max(last.box.height, 1e-6), 2),
            "region": region,
            "current_zones": list(sighting.current_zones),
            "entered_zones": list(sighting.entered_zones),
            "has_snapshot": False,
            "has_clip": False,
            "active": not sighting.stationary,
            "stationary": sighting.stationary,
            "motionless_count": sighting.motionless_count,
            "position_changes": sighting.position_changes,
            "edge": {
                "track": sighting.track,
                "transitions": [self._transition(each) for each in sighting.transitions],
            },
        }

    def text(self, result: FrameResult) -> str:
        """Return the record of ``result`` as JSON: one line of ASCII without its end."""
        return _text(self.record(result))

    def event_text(self, event: Event) -> str:
        """Return the record of ``event`` as JSON: one line of ASCII without its end."""
        return _text(self.event_record(event))

    def _time(self, timestamp_ns: int) -> float:
        return round(self._clock.unix_s(timestamp_ns), 6)

    def _look(self, look: Look) -> dict[str, Any]:
        box = look.box
        return {
            "frame_time": self._time(look.timestamp_ns),
            "score": round(float(look.score), 4),
            "box": [round(edge) for edge in (box.x1, box.y1, box.x2, box.y2)],
            "area": round(box.width * box.height),
        }

    def _transition(self, transition: Transition) -> dict[str, Any]:
        direction = {} if transition.direction is None else {"direction": transition.direction}
        return {
            "type": transition.kind,
            "line" if transition.kind == "line_cross" else "zone": transition.name,
            **direction,
            "frame": transition.frame,
            "time": self._time(transition.timestamp_ns),
            "point": [round(edge, 1) for edge in transition.point],
        }


def _text(record: Mapping[str, Any]) -> str:
    return json.dumps(record, separators=(",", ":"), allow_nan=False)


def _detection(detection: Detection, numbers: Mapping[int, int]) -> dict[str, Any]:
    box, number = detection.box, numbers.get(id(detection))
    track = {} if number is None else {"track": number}
    return {
        "label": detection.label,
        "class_id": detection.class_id,
        "score": round(float(detection.score), 4),
        "box": [round(float(edge), 2) for edge in (box.x1, box.y1, box.x2, box.y2)],
        **track,
    }
