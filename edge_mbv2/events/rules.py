"""What is watched for on one camera: zones, lines, the objects that count, the hours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from edge_mbv2.events.schedule import Schedule
from edge_mbv2.geometry import Area, Point
from edge_mbv2.types import Detection


@dataclass(frozen=True, slots=True)
class Zone:
    """An area of interest.

    Attributes:
        name: unique on its camera.
        area: in fractions of the picture.
        labels: of the objects that count; all if empty.
    """

    name: str
    area: Area
    labels: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Line:
    """A line whose crossings are told.

    Attributes:
        name: unique on its camera.
        start: its first point, as fractions of the picture.
        end: its second; the direction of a crossing is that for one who looks from start to end.
        labels: of the objects that count; all if empty.
    """

    name: str
    start: Point
    end: Point
    labels: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Limits:
    """What an object of one label must be like to count.

    Attributes:
        threshold: what the median of its scores must reach, 0 to 1.
        min_width: of its box, as a fraction of the picture, as all that follow.
        max_width: of its box.
        min_height: of its box.
        max_height: of its box.
    """

    threshold: float
    min_width: float = 0.0
    max_width: float = 1.0
    min_height: float = 0.0
    max_height: float = 1.0

    def fit(self, width: float, height: float) -> bool:
        """Tell whether a box of such a size counts."""
        return self.min_width <= width <= self.max_width and self.min_height <= height <= self.max_height


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything that is watched for on one camera.

    Attributes:
        zones: the areas of interest.
        lines: whose crossings are told.
        masks: where objects that stand there are ignored, in fractions of the picture.
        limits: by label.
        others: the limits of every other label.
        schedule: when there are events; None for always.
    """

    others: Limits
    limits: Mapping[str, Limits] = field(default_factory=dict)
    zones: tuple[Zone, ...] = ()
    lines: tuple[Line, ...] = ()
    masks: tuple[Area, ...] = ()
    schedule: Schedule | None = None

    def limits_of(self, label: str) -> Limits:
        return self.limits.get(label, self.others)

    def admits(self, detection: Detection, width: int, height: int) -> bool:
        """Tell whether a detection may belong to an object that counts, whatever its score.

        Args:
            detection: in pixels of the frame.
            width: of the frame.
            height: of the frame.
        """
        box = detection.box
        if not self.limits_of(detection.label).fit(box.width / width, box.height / height):
            return False
        foot = foot_of(detection, width, height)
        return not any(mask.contains(foot) for mask in self.masks)


def foot_of(detection: Detection, width: int, height: int) -> Point:
    """Return where an object stands, as fractions of the picture: the bottom centre of its box."""
    box = detection.box
    return (box.x1 + box.x2) / 2 / width, box.y2 / height
