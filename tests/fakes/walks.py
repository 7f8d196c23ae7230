"""People who walk through a picture of 640x480 pixels as a test tells them to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from edge_mbv2.clock import MediaClock
from edge_mbv2.events.evaluate import Events
from edge_mbv2.events.rules import Limits, Rules
from edge_mbv2.events.story import Moment
from edge_mbv2.tracking.tracker import Tracker
from edge_mbv2.types import BoundingBox, Detection, Event, Track

WIDTH, HEIGHT = 640, 480
THRESHOLD = 0.5


def person(
    x: float, foot: float, height: float = 120.0, score: float = 0.9, label: str = "person"
) -> Detection:
    """Return somebody who stands at a point."""
    width = 0.4 * height
    box = BoundingBox(x - width / 2, foot - height, x + width / 2, foot)
    return Detection(label, 0 if label == "person" else 1, score, box)


@dataclass(frozen=True)
class Walk:
    """Somebody's way.

    Attributes:
        way: (second, x, foot) at which he is; between them he goes straight on, before and after he is away.
        hidden: spans of seconds in which he is not seen.
        scores: of his detections, in turns.
    """

    way: Sequence[tuple[float, float, float]]
    hidden: Sequence[tuple[float, float]] = ()
    scores: Sequence[float] = (0.9,)

    def at(self, second: float, turn: int, random: np.random.Generator) -> Detection | None:
        seconds, xs, feet = zip(*self.way, strict=True)
        if not seconds[0] <= second <= seconds[-1] or any(a <= second < b for a, b in self.hidden):
            return None
        x, foot = np.interp(second, seconds, xs), np.interp(second, seconds, feet)
        tremble = random.normal(0, 1.5, 3)
        return person(
            float(x + tremble[0]),
            float(foot + tremble[1]),
            float(120 + tremble[2]),
            self.scores[turn % len(self.scores)],
        )


def frames(walks: Sequence[Walk], rate_hz: float, seconds: float) -> Iterator[tuple[int, list[Detection]]]:
    """Yield each frame's timestamp and detections."""
    random = np.random.default_rng(5)
    for turn in range(round(seconds * rate_hz)):
        found = [walk.at(turn / rate_hz, turn, random) for walk in walks]
        yield round(turn * 1e9 / rate_hz), [detection for detection in found if detection]


def follow(walks: Sequence[Walk], rate_hz: float, seconds: float) -> list[tuple[Track, ...]]:
    """Return each frame's tracks."""
    tracker = Tracker(lambda label: THRESHOLD)
    return [tracker.update(found, now_ns) for now_ns, found in frames(walks, rate_hz, seconds)]


def watch(walks: Sequence[Walk], rate_hz: float, seconds: float, rules: Rules | None = None) -> list[Event]:
    """Return all messages."""
    events = Events(rules or Rules(Limits(THRESHOLD)), MediaClock())
    told: list[Event] = []
    for number, tracks in enumerate(follow(walks, rate_hz, seconds)):
        now_ns = round(number * 1e9 / rate_hz)
        told += events.evaluate(tracks, Moment("camera", number, now_ns, WIDTH, HEIGHT))
    return told + events.finish()


def lives(events: Sequence[Event]) -> Mapping[int, list[str]]:
    """Return by track what it did: the types of its messages, updates without news left out."""
    told: dict[int, list[str]] = {}
    for event in events:
        life = told.setdefault(event.after.track, [])
        if event.type == "new":
            life.append("new")
        for news in event.after.transitions:
            life.append(" ".join(filter(None, (news.kind, news.name, news.direction))))
        if event.type == "end":
            life.append("end")
    return told
