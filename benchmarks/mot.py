"""How well objects are followed on the demo clip, beside norfair and the ByteTrack of ``trackers``.

All are fed the same detections of the shipped model in the whole picture, those below the threshold
included. The others are given each of several settings, and the one best for each measure is told: they
may choose with the truth in view, the product may not.

IDF1 and MOTA are motmetrics', at an overlap of 0.5; what is matched with a box of the truth that does not
count (less than a quarter visible) is left out, as the MOT Challenge does.

In a virtualenv of its own: ``pip install . motmetrics norfair trackers scipy``.

Usage: python benchmarks/mot.py GROUND_TRUTH (gt.txt of the demo clip)
"""

from __future__ import annotations

import itertools
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import motmetrics
import norfair
import numpy as np
import supervision
from scipy.optimize import linear_sum_assignment
from trackers import ByteTrackTracker

from edge_mbv2 import cameras, inference, models
from edge_mbv2.cameras.protocol import CameraSettings
from edge_mbv2.clock import MediaClock
from edge_mbv2.tracking.tracker import Tracker
from edge_mbv2.types import FAINTEST, Detection

FRAMES, RATE_HZ = 240, 10
Box = tuple[float, float, float, float]
Tracks = list[dict[int, Box]]
Clip = list[tuple[Detection, ...]]


def detections() -> tuple[Clip, float]:
    """Return what the shipped model finds in each frame, and its threshold."""
    model = models.load("ssdlite_mobilenet_v2_person")
    backend = inference.choose("litert", model.path, 1).backend
    detector = model.make_detector(backend.input, backend.outputs, 0.05)
    camera = cameras.create("demo", name="demo", settings=CameraSettings(realtime=False), clock=MediaClock())
    camera.open()
    found = []
    while (frame := camera.read()) is not None:
        tensor, geometry = detector.preprocess(frame.image)
        found.append(detector.decode(backend.invoke(tensor), geometry))
    return found, detector.threshold


def overlap(a: Box, b: Box) -> float:
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    both = width * height
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)


def truth(file: Path) -> list[list[tuple[int, Box, bool]]]:
    frames: dict[int, list[tuple[int, Box, bool]]] = defaultdict(list)
    for line in file.read_text().splitlines():
        frame, number, x, y, width, height, counts, *_ = map(float, line.split(","))
        frames[int(frame) - 1].append((int(number), (x, y, x + width, y + height), counts == 1))
    return [frames[n] for n in range(FRAMES)]


def measure(tracks: Tracks, known: list[list[tuple[int, Box, bool]]]) -> tuple[float, float, int]:
    """Return IDF1, MOTA and the number of switches."""
    accumulator = motmetrics.MOTAccumulator(auto_id=True)
    for followed, people in zip(tracks, known, strict=True):
        distances = np.array(
            [[1 - overlap(box, its) for its in followed.values()] for _, box, _ in people]
        ).reshape(len(people), len(followed))
        distances[distances > 0.5] = 9
        rows, columns = linear_sum_assignment(distances)
        ignored = {c for r, c in zip(rows, columns, strict=True) if not people[r][2] and distances[r, c] < 1}
        counted = [n for n, person in enumerate(people) if person[2]]
        kept = [n for n in range(len(followed)) if n not in ignored]
        numbers = list(followed)
        chosen = distances[np.ix_(counted, kept)]
        accumulator.update(
            [people[n][0] for n in counted],
            [numbers[n] for n in kept],
            np.where(chosen > 1, np.nan, chosen),
        )
    table = motmetrics.metrics.create().compute(accumulator, metrics=["idf1", "mota", "num_switches"])
    idf1, mota, switches = table.iloc[0]
    return float(idf1), float(mota), int(switches)


def box_of(detection: Detection) -> Box:
    box = detection.box
    return box.x1, box.y1, box.x2, box.y2


def ours(clip: Clip, threshold: float) -> Tracks:
    tracker = Tracker(lambda label: threshold)
    frames = [tracker.update(found, n * 10**9 // RATE_HZ) for n, found in enumerate(clip)]
    return [{t.number: box_of(t.detection) for t in tracks if t.detection} for tracks in frames]


def byte_track(clip: Clip, least: float, **settings: float) -> Tracks:
    tracker = ByteTrackTracker(frame_rate=RATE_HZ, **settings)
    frames = []
    for found in clip:
        kept = [each for each in found if each.score >= least]
        result = tracker.update(
            supervision.Detections(
                xyxy=np.array([box_of(each) for each in kept]).reshape(-1, 4),
                confidence=np.array([each.score for each in kept]),
                class_id=np.zeros(len(kept), int),
            )
        )
        pairs = zip(result.tracker_id, result.xyxy, strict=True)
        frames.append({int(number): tuple(map(float, box)) for number, box in pairs if number >= 0})
    return frames


def norfair_tracks(clip: Clip, least: float, **settings: object) -> Tracks:
    tracker = norfair.Tracker(**settings)
    frames = []
    for found in clip:
        kept = [np.array(box_of(each)).reshape(2, 2) for each in found if each.score >= least]
        objects = tracker.update([norfair.Detection(points) for points in kept])
        frames.append({each.id: tuple(map(float, each.estimate.ravel())) for each in objects})
    return frames


def byte_tracks(clip: Clip) -> Iterator[tuple[str, Tracks]]:
    yield "as it comes", byte_track(clip, FAINTEST)
    grid = itertools.product((0.05, 0.1, 0.2, 0.35), (0.35, 0.5, 0.7), (0.1, 0.2), (0.35, 0.5, 0.6), (1, 2))
    for least, begin, iou, high, frames in grid:
        settings = {
            "track_activation_threshold": begin,
            "minimum_iou_threshold": iou,
            "high_conf_det_threshold": high,
            "minimum_consecutive_frames": frames,
        }
        yield (
            f"from {least}, begin {begin}, high {high}, iou {iou}, frames {frames}",
            byte_track(clip, least, **settings),
        )


def norfairs(clip: Clip) -> Iterator[tuple[str, Tracks]]:
    kinds = [("iou", each) for each in (0.5, 0.7, 0.9)] + [("mean_euclidean", each) for each in (30, 50, 80)]
    for least, (kind, far), delay, hits in itertools.product(
        (0.1, 0.2, 0.35, 0.5), kinds, (None, 1, 2), (10, 15, 30)
    ):
        settings = {
            "distance_function": kind,
            "distance_threshold": far,
            "initialization_delay": delay,
            "hit_counter_max": hits,
        }
        yield (
            f"from {least}, {kind} {far}, delay {delay}, hits {hits}",
            norfair_tracks(clip, least, **settings),
        )


def main() -> None:
    known = truth(Path(sys.argv[1]))
    clip, threshold = detections()
    print(f"{'':<28}{'IDF1':>7}{'MOTA':>7}{'switches':>10}")

    def show(name: str, result: tuple[float, float, int], how: str = "") -> None:
        print(f"{name:<28}{result[0]:>7.3f}{result[1]:>7.3f}{result[2]:>10}  {how}", flush=True)

    show("edge-mbv2", measure(ours(clip, threshold), known))
    for name, runs in (("trackers' ByteTrack", byte_tracks(clip)), ("norfair", norfairs(clip))):
        results = [(how, measure(tracks, known)) for how, tracks in runs]
        for index, what in enumerate(("IDF1", "MOTA")):
            how, result = max(results, key=lambda each: each[1][index])
            show(f"{name}, best {what}", result, how)
        if results[0][0] == "as it comes":
            show(f"{name}, as it comes", results[0][1])


if __name__ == "__main__":
    main()
