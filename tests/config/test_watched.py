"""Zones, lines, objects and hours: what is wrong with them is told, and where."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_mbv2.app.watched import rules, unknown_labels
from edge_mbv2.clock import MediaClock, SystemClock
from edge_mbv2.config.camera import CameraConfig
from edge_mbv2.config.load import load
from edge_mbv2.config.schema import Config
from edge_mbv2.errors import ConfigError


def test_labels_that_the_model_does_not_find_are_named() -> None:
    config = Config.model_validate(
        {
            "cameras": {
                "front": {
                    "objects": {"Person": {}, "person": {}},
                    "zones": {"a": {"points": [[0, 0], [1, 0], [1, 1]], "labels": ["person", "persn"]}},
                    "lines": {"b": {"start": [0, 0], "end": [1, 1], "labels": ["zebra"]}},
                }
            }
        }
    )
    assert unknown_labels(config, ("person", "dog")) == [
        "cameras.front.objects.Person: the model finds no 'Person'; did you mean 'person'?",
        "cameras.front.zones.a.labels: the model finds no 'persn'; did you mean 'person'?",
        "cameras.front.lines.b.labels: the model finds no 'zebra'; it finds person, dog",
    ]


HEAD = "cameras:\n  front:\n    "


def read(tmp_path: Path, text: str) -> CameraConfig:
    file = tmp_path / "config.yaml"
    file.write_text(HEAD + text + "\n")
    return load(file).cameras["front"]


@pytest.mark.parametrize(
    ("text", "path", "told"),
    [
        ("zones: {a: {points: [[0, 0], [1, 1]]}}", "zones.a.points", "2 points; an area has at least 3"),
        ("zones: {a: {points: [[0, 0], [1, 1], [1, 0], [0, 1]]}}", "zones.a.points", "points 1 and 3 cross"),
        ("zones: {a: {points: [[0, 0], [1, 0], [1, 1], [0, 0]]}}", "zones.a.points", "stands twice"),
        ("zones: {a: {points: [[0, 0], [640, 0], [1, 1]]}}", "zones.a.points.1.0", "640"),
        ("zones: {a: {}}", "zones.a.points", "missing"),
        ("zones: {A b: {points: [[0, 0], [1, 0], [1, 1]]}}", "zones.'A b'", "name 'A b'"),
        ("zones: {a: {point: [[0, 0], [1, 0], [1, 1]]}}", "zones.a.point", "did you mean 'points'?"),
        ("lines: {a: {start: [0, 0], end: [0, 0]}}", "lines.a", "two different points"),
        ("masks: [[[0, 0], [1, 1]]]", "masks.0", "at least 3"),
        ("privacy_masks: [[[0, 0], [1, 1], [0.5, 0.5]]]", "privacy_masks.0", "runs back"),
        ("objects: {dog: {min_height: 0.5, max_height: 0.2}}", "objects.dog", "nothing would count"),
        ("objects: {dog: {threshold: 50}}", "objects.dog.threshold", "50"),
        ("objects: {dog: {threshold: 0.05}}", "objects.dog.threshold", "greater than or equal to 0.1"),
        ("schedule: {night: {start: '25:00'}}", "schedule.night.start", "25:00"),
        ("schedule: {night: {start: 22}}", "schedule.night.start", "22: a number; write a time as HH:MM"),
        ("schedule: {night: {end: 7.5}}", "schedule.night.end", "7.5: a number; write a time as HH:MM"),
        ("schedule: {night: {days: [monday]}}", "schedule.night.days.0", "monday"),
        ("schedule: {night: {days: []}}", "schedule.night.days", "at least 1"),
    ],
)
def test_a_mistake_is_told_with_its_key(tmp_path: Path, text: str, path: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text)
    messages = str(caught.value).splitlines()
    assert any(f"cameras.front.{path}" in message and told in message for message in messages), messages


@pytest.mark.parametrize("time", ["22:00", "'22:00'"])
def test_a_time_of_day_needs_no_quotes(tmp_path: Path, time: str) -> None:
    camera = read(tmp_path, f"schedule: {{night: {{days: [fri], start: {time}, end: 06:00}}}}")
    window = camera.schedule["night"]
    assert (window.days, window.start, window.end) == (("fri",), "22:00", "06:00")


def test_a_recording_s_own_time_has_no_hours(tmp_path: Path) -> None:
    camera = read(tmp_path, "schedule: {night: {days: [fri], start: 22:00, end: 06:00}}")
    assert rules(camera, 0.35, SystemClock()).schedule is not None
    assert rules(camera, 0.35, MediaClock()).schedule is None


def test_labels_have_the_model_s_threshold_unless_they_have_their_own(tmp_path: Path) -> None:
    watched = rules(
        read(tmp_path, "objects: {dog: {min_height: 0.1}, cat: {threshold: 0.6}}"), 0.35, MediaClock()
    )
    assert watched.limits_of("dog").threshold == watched.limits_of("person").threshold == 0.35
    assert watched.limits_of("dog").min_height == 0.1
    assert watched.limits_of("cat").threshold == 0.6


def test_what_is_watched_for_does_not_change_the_pictures(tmp_path: Path) -> None:
    plain = read(tmp_path, "source: demo")
    zones = read(tmp_path, "source: demo\n    zones: {a: {points: [[0, 0], [1, 0], [1, 1]]}}")
    blanked = read(tmp_path, "source: demo\n    privacy_masks: [[[0, 0], [1, 0], [1, 1]]]")
    assert plain != zones
    assert plain.capture() == zones.capture() != blanked.capture()
