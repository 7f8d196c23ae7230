"""What following objects and making events of them costs a frame.

Twenty people walk to and fro through each other at ten frames a second, each detected in nine frames of ten
with a trembling box; two zones and a line are watched.

Usage: python benchmarks/tracking.py [--objects N] [--frames N]
"""

from __future__ import annotations

import argparse
import statistics
import time

import numpy as np

from edge_mbv2.clock import MediaClock
from edge_mbv2.events.evaluate import Events
from edge_mbv2.events.rules import Limits, Line, Rules, Zone
from edge_mbv2.events.story import Moment
from edge_mbv2.geometry import Area
from edge_mbv2.tracking.tracker import Tracker
from edge_mbv2.types import BoundingBox, Detection

WIDTH, HEIGHT = 1280, 720
RULES = Rules(
    Limits(0.35),
    zones=(
        Zone("left", Area([(0.0, 0.0), (0.4, 0.0), (0.4, 1.0), (0.0, 1.0)])),
        Zone("door", Area([(0.6, 0.5), (0.8, 0.4), (0.9, 0.9), (0.7, 1.0)])),
    ),
    lines=(Line("gate", (0.5, 1.0), (0.5, 0.0)),),
)


def crowd(objects: int, frames: int) -> list[list[Detection]]:
    """Return each frame's detections."""
    random = np.random.default_rng(1)
    starts, speeds = random.uniform(0, WIDTH, objects), random.uniform(20, 120, objects)
    feet, heights = random.uniform(300, HEIGHT, objects), random.uniform(120, 220, objects)
    clip = []
    for frame in range(frames):
        found = []
        for n in range(objects):
            if random.random() < 0.1:
                continue
            way = (starts[n] + speeds[n] * frame / 10) % (2 * WIDTH)
            x = (way if way < WIDTH else 2 * WIDTH - way) + random.normal(0, 3)
            foot, height = feet[n] + random.normal(0, 3), heights[n] * random.uniform(0.95, 1.05)
            corners = x - height / 5, foot - height, x + height / 5, foot
            box = BoundingBox(*[float(corner) for corner in corners])  # as detectors give them
            found.append(Detection("person", 0, float(random.uniform(0.15, 1.0)), box))
        clip.append(found)
    return clip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--objects", type=int, default=20)
    parser.add_argument("--frames", type=int, default=2000)
    arguments = parser.parse_args()
    tracker, events = Tracker(lambda label: 0.35), Events(RULES, MediaClock())
    times_ms, followed, told = [], [], 0
    for frame, detections in enumerate(crowd(arguments.objects, arguments.frames)):
        start_ns = time.perf_counter_ns()
        tracks = tracker.update(detections, frame * 10**8)
        told += len(events.evaluate(tracks, Moment("camera", frame, frame * 10**8, WIDTH, HEIGHT)))
        times_ms.append((time.perf_counter_ns() - start_ns) / 1e6)
        followed.append(len(tracks))
    print(f"{statistics.median(followed):.0f} objects followed, {told} messages")
    quantiles = statistics.quantiles(times_ms, n=100)
    print(f"median {statistics.median(times_ms):.2f} ms a frame, 95 % under {quantiles[94]:.2f} ms")


if __name__ == "__main__":
    main()
