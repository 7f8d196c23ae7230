"""The values that travel through the pipeline: frozen, so any thread may hold them.

Those of which a frame has many are named tuples, made three times as fast as frozen dataclasses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

FAINTEST = 0.1
"""What scores less is followed nowhere, not even where it is doubtful only."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture from a camera.

    Attributes:
        camera: the name of the camera.
        sequence: 0-based count of the frames this camera has delivered.
        timestamp_ns: when it was taken, nanoseconds on the run's `Clock`.
        image: (height, width, 3) uint8, B, G, R, C-contiguous and read-only; the frame owns it.
        file: the picture or video it came from, None for a device.
    """

    camera: str
    sequence: int
    timestamp_ns: int
    image: np.ndarray
    file: str | None = None


class BoundingBox(NamedTuple):
    """A rectangle in pixels of the frame: x to the right, y down, the origin at the corner.

    ``0 <= x1 <= x2 <= width`` and ``0 <= y1 <= y2 <= height``; fractions of a pixel are kept.
    """

    x1: float
    y1: float
    x2: float
    y2: float

    @property
    def width(self) -> float:
        return self.x2 - self.x1

    @property
    def height(self) -> float:
        return self.y2 - self.y1


@dataclass(frozen=True, slots=True)
class Region:
    """A part of a frame, in whole pixels; ``x2`` and ``y2`` are excluded."""

    x1: int
    y1: int
    x2: int
    y2: int

    @property
    def area_px(self) -> int:
        return (self.x2 - self.x1) * (self.y2 - self.y1)


class Detection(NamedTuple):
    """An object found in one frame.

    Attributes:
        label: the class in words.
        class_id: 0-based index into the model's labels (the background is not counted).
        score: 0 to 1.
        box: in pixels of the frame.
    """

    label: str
    class_id: int
    score: float
    box: BoundingBox


class Track(NamedTuple):
    """One object, as followed up to one frame.

    Attributes:
        number: of the object, from 1 in the order of appearance on its camera.
        label: the class in words.
        class_id: 0-based index into the model's labels.
        box: as detected in this frame; where it should be by now if it was not.
        score: of the detection in this frame; 0.0 where the frame was looked at and the object not
            found, None where it was not looked at.
        detection: what was found of it in this frame, None if nothing.
        first_ns: when it was first seen, nanoseconds on the run's `Clock`.
        motionless_count: analysed frames since it last changed its place.
        position_changes: how often it has left a place; the first place counts when it is left.
        stationary: whether it has stayed in its place for long.
        trail: where it stood (bottom centre, pixels) in the last seconds, oldest first.
    """

    number: int
    label: str
    class_id: int
    box: BoundingBox
    score: float | None
    detection: Detection | None
    first_ns: int
    motionless_count: int = 0
    position_changes: int = 0
    stationary: bool = False
    trail: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Transition:
    """An object entered or left a zone, or crossed a line.

    Attributes:
        kind: what happened.
        name: of the zone or the line.
        direction: of a crossing: to the ``left`` or ``right`` for one who looks along the line from
            its first point to its second; None for zones.
        frame: 0-based number of the first frame that shows it.
        timestamp_ns: of that frame.
        point: where the object stood then, pixels.
    """

    kind: Literal["zone_enter", "zone_exit", "line_cross"]
    name: str
    direction: Literal["left", "right"] | None
    frame: int
    timestamp_ns: int
    point: tuple[float, float]


class Look(NamedTuple):
    """How an object looked in one frame.

    Attributes:
        frame: 0-based number of the frame.
        timestamp_ns: of the frame.
        score: of the detection.
        box: in pixels of the frame.
    """

    frame: int
    timestamp_ns: int
    score: float
    box: BoundingBox


@dataclass(frozen=True, slots=True)
class Sighting:
    """What is known of one object at one moment; an event shows two of them.

    Attributes:
        id: unique, also over restarts; the same when a recording is analysed again.
        track: the object's number on its camera.
        label: the class in words.
        last: how it looked when it was last seen.
        best: how it looked best.
        top_score: the highest median of its scores.
        start_s: when it was first seen, or events were armed or due again, as the run's `Clock` tells it.
        end_ns: when it was last seen, once it is gone.
        current_zones: in which it is.
        entered_zones: in which it has been, in the order of entering.
        transitions: what it did since the message before.
        motionless_count: see `Track`.
        position_changes: see `Track`.
        stationary: see `Track`.
    """

    id: str
    track: int
    label: str
    last: Look
    best: Look
    top_score: float
    start_s: float
    end_ns: int | None
    current_zones: tuple[str, ...]
    entered_zones: tuple[str, ...]
    transitions: tuple[Transition, ...]
    motionless_count: int
    position_changes: int
    stationary: bool


@dataclass(frozen=True, slots=True)
class Event:
    """One message of an object's life: it came, something changed, it went.

    Attributes:
        type: ``new`` once, ``update`` any number of times, ``end`` once.
        camera: the name of the camera.
        frame: 0-based number of the frame that brought it about.
        timestamp_ns: of that frame.
        width: of the frame in pixels.
        height: of the frame in pixels.
        before: as told by the message before; as ``after`` in the first.
        after: as it is now.
    """

    type: Literal["new", "update", "end"]
    camera: str
    frame: int
    timestamp_ns: int
    width: int
    height: int
    before: Sighting
    after: Sighting


@dataclass(frozen=True, slots=True)
class Scene:
    """What is watched for in a camera's picture, in fractions of it.

    Attributes:
        zones: name and corners of each.
        lines: name, first and second point of each.
    """

    zones: tuple[tuple[str, tuple[tuple[float, float], ...]], ...] = ()
    lines: tuple[tuple[str, tuple[float, float], tuple[float, float]], ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class FrameResult:
    """What the analysis of one frame gave.

    Attributes:
        frame: the frame.
        detections: best score first; of a frame that was not analysed, what its camera's last analysed
            frame showed.
        rate_hz: frames analysed per second lately, for people to read.
        number: 0-based count of the frames that the run has analysed, whatever their camera; 0 for one that
            was not.
        position: 0-based count of the run's results, those of frames that were not analysed included.
        skipped: why the frame was not looked at, which says nothing about what is in it: ``gate``, nothing
            moved in it or nothing worth a look; ``rate``, it was not yet due. None if it was.
        regions: where it was looked at, an inference each.
        moving: where something moves, as far as that was asked.
        tracks: the objects that are followed, as of the last analysed frame.
        scene: what is watched for, None if nothing in particular.
    """

    frame: Frame
    detections: tuple[Detection, ...]
    rate_hz: float = 0.0
    number: int = 0
    position: int = 0
    skipped: str | None = None
    regions: tuple[Region, ...] = ()
    moving: tuple[Region, ...] = ()
    tracks: tuple[Track, ...] = ()
    scene: Scene | None = None

    @property
    def analysed(self) -> bool:
        """Whether the frame was looked at."""
        return self.skipped is None
