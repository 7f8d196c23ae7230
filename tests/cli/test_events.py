"""Zones and lines on the demo clip, with the shipped model and with the true boxes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import pytest
from fakes.command import edge

from edge_mbv2 import resources
from edge_mbv2.clock import MediaClock
from edge_mbv2.events.evaluate import Events
from edge_mbv2.events.rules import Limits, Line, Rules, Zone
from edge_mbv2.events.story import Moment
from edge_mbv2.geometry import Area
from edge_mbv2.tracking.tracker import Tracker
from edge_mbv2.types import BoundingBox, Detection

WIDTH, HEIGHT = 640, 480
Crossing = tuple[str, str, int]


@pytest.fixture(scope="module")
def truth(shared: Path) -> dict[str, Any]:
    known: dict[str, Any] = json.loads((shared / "demo" / "events.json").read_text())
    return known


def place(point: list[float]) -> tuple[float, float]:
    return point[0] / WIDTH, point[1] / HEIGHT


def true_crossings(truth: dict[str, Any]) -> list[Crossing]:
    return [(each["type"], each.get("direction", ""), each["frame"]) for each in truth["events"]]


def match(found: list[Crossing], truth: list[Crossing], frames: int) -> tuple[int, list[Crossing]]:
    """Return how many of the truth were found within so many frames, and what was found besides."""
    left, count = list(found), 0
    for kind, direction, frame in truth:
        near = [each for each in left if each[:2] == (kind, direction) and abs(each[2] - frame) <= frames]
        if near:
            left.remove(min(near, key=lambda each: abs(each[2] - frame)))
            count += 1
    return count, left


def test_with_the_true_boxes_every_crossing_is_told(shared: Path, truth: dict[str, Any]) -> None:
    boxes: dict[int, list[Detection]] = {}
    for line in (shared / "demo" / "gt.txt").read_text().splitlines():
        frame, _, left, top, width, height, _, _, visibility = map(float, line.split(","))
        if visibility >= 0.25:
            box = BoundingBox(left, top, left + width, top + height)
            boxes.setdefault(int(frame) - 1, []).append(Detection("person", 0, 1.0, box))
    rules = Rules(
        Limits(0.35),
        zones=(Zone("yard", Area([place(point) for point in truth["zone"]])),),
        lines=(Line("gate", place(truth["line"]["a"]), place(truth["line"]["b"])),),
    )
    tracker, events = Tracker(lambda label: 0.35), Events(rules, MediaClock())
    told = []
    for frame in range(240):
        tracks = tracker.update(boxes.get(frame, []), frame * 10**8)
        told += events.evaluate(tracks, Moment("demo", frame, frame * 10**8, WIDTH, HEIGHT))
    told += events.finish()
    found = [
        (each.kind, each.direction or "", each.frame) for event in told for each in event.after.transitions
    ]
    assert match(found, true_crossings(truth), 1) == (14, [])


@pytest.fixture(scope="module")
def records(truth: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What a run over the demo clip tells."""
    folder = tmp_path_factory.mktemp("events")
    zone, line = truth["zone"], truth["line"]
    (folder / "config.yaml").write_text(
        json.dumps(
            {
                "cameras": {
                    "demo": {
                        "source": "demo",
                        "zones": {"yard": {"points": [place(point) for point in zone]}},
                        "lines": {"gate": {"start": place(line["a"]), "end": place(line["b"])}},
                    }
                },
                "output": {"file": str(folder / "out.jsonl"), "tracks": str(folder / "tracks.csv")},
            }
        )
    )
    done = edge("run", "--config", folder / "config.yaml", "--every-frame", "--no-web")
    assert done.returncode == 0, done.stderr
    told = [json.loads(line) for line in (folder / "out.jsonl").read_text().splitlines()]
    rows = [line.split(",") for line in (folder / "tracks.csv").read_text().splitlines()]
    tracked = {(int(row[0]) - 1, int(row[1])) for row in rows}
    shown = {(r["frame"], d["track"]) for r in told for d in r.get("detections", ()) if "track" in d}
    assert shown <= tracked  # what is too faint to show may still be of a track
    return told


def test_with_the_shipped_model_none_is_told_twice_and_none_invented(
    records: list[dict[str, Any]], truth: dict[str, Any]
) -> None:
    found = [
        (each["type"], each.get("direction", ""), each["frame"])
        for record in records
        if record["type"] != "detections"
        for each in record["after"]["edge"]["transitions"]
    ]
    count, besides = match(found, true_crossings(truth), 5)
    assert count >= 11
    assert besides == []


def test_every_event_that_begins_ends_once_and_time_does_not_go_back(records: list[dict[str, Any]]) -> None:
    assert [record["time"] for record in records] == sorted(record["time"] for record in records)
    lives: dict[str, list[dict[str, Any]]] = {}
    for record in records:
        if record["type"] != "detections":
            lives.setdefault(record["after"]["id"], []).append(record)
    assert 6 <= len(lives) <= 10
    for life in lives.values():
        assert [record["type"] for record in life] == ["new", *["update"] * (len(life) - 2), "end"]
        assert life[-1]["after"]["end_time"] == life[-1]["after"]["frame_time"]
        assert life[0]["after"]["start_time"] <= life[0]["after"]["frame_time"]


def test_tracks_of_a_video_that_is_only_looked_through(tmp_path: Path) -> None:
    clip, tracks = tmp_path / "clip.avi", tmp_path / "tracks.csv"
    reader = cv2.VideoCapture(str(resources.path("demo/demo.mp4")))
    writer = cv2.VideoWriter(str(clip), cv2.VideoWriter.fourcc(*"MJPG"), 10, (WIDTH, HEIGHT))
    for _ in range(12):
        writer.write(reader.read()[1])
    writer.release()
    done = edge("detect", clip, clip, "--save-tracks", tracks, "--json")
    assert done.returncode == 0, done.stderr
    assert {json.loads(line)["type"] for line in done.stdout.splitlines()} == {"detections"}
    first, second = tracks.read_text(), (tmp_path / "tracks.2.csv").read_text()
    assert len(first.splitlines()) == len(second.splitlines()) > 10
