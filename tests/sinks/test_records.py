"""The JSON of a result: keys, rounding, the same bytes each time."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pytest
from fakes.results import CAR, PERSON, result

from edge_mbv2.clock import MediaClock, SystemClock
from edge_mbv2.sinks.records import Records
from edge_mbv2.types import BoundingBox, Detection, Event, Look, Sighting, Track, Transition


@pytest.fixture
def records() -> Records:
    return Records(MediaClock(), model="ssdlite", engine=lambda: "litert")


def test_the_line_of_a_recording_to_the_byte(records: Records) -> None:
    text = records.text(result(3, file="clip.mp4", detections=(PERSON, CAR)))
    assert text == (
        '{"schema":1,"type":"detections","camera":"yard","frame":3,"time":0.3,"width":64,"height":48,'
        '"file":"clip.mp4","model":"ssdlite","engine":"litert","detections":['
        '{"label":"person","class_id":0,"score":0.8765,"box":[10.13,8.0,30.5,41.0]},'
        '{"label":"car","class_id":1,"score":0.5,"box":[0.0,0.0,64.0,48.0]}]}'
    )


def test_a_device_has_no_file(records: Records) -> None:
    assert "file" not in records.record(result())


def test_a_frame_without_detections_says_so(records: Records) -> None:
    assert records.record(result(detections=()))["detections"] == []


def test_time_is_rounded_to_microseconds(records: Records) -> None:
    assert records.record(result(timestamp_ns=1_234_567_890))["time"] == 1.234568


def test_time_of_a_camera_is_unix_time() -> None:
    import time

    clock = SystemClock()
    before = time.time()
    record = Records(clock, model="m", engine=lambda: "e").record(result(timestamp_ns=clock.now_ns()))
    assert before - 1 <= record["time"] <= time.time() + 1


def test_numpy_numbers_become_plain_ones(records: Records) -> None:
    detection = Detection("x", 0, np.float32(0.1), BoundingBox(*np.array([1, 2, 3, 4.005], np.float32)))  # type: ignore[arg-type]
    assert '"score":0.1,"box":[1.0,2.0,3.0,4.0' in records.text(result(detections=(detection,)))


def test_any_label_and_file_name_is_one_line_of_ascii(records: Records) -> None:
    detection = Detection("Fu\u00dfg\u00e4nger\n\u2028\U0001f9d1", 0, 0.5, PERSON.box)
    text = records.text(result(file="caf\udce9.jpg", detections=(detection,)))
    assert text.isascii()
    assert text.isprintable()
    assert json.loads(text)["detections"][0]["label"] == detection.label
    assert json.loads(text)["file"] == "caf\udce9.jpg"


LOOK = Look(6, 600_000_000, 0.91234, BoundingBox(10.4, 20.6, 30.5, 80.0))
SIGHTING = Sighting(
    id="1.000000-yard-4",
    track=4,
    label="person",
    last=LOOK,
    best=LOOK,
    top_score=0.88888,
    start_s=0.1,
    end_ns=None,
    current_zones=("door",),
    entered_zones=("lawn", "door"),
    transitions=(
        Transition("zone_enter", "door", None, 5, 500_000_000, (20.45, 80.0)),
        Transition("line_cross", "gate", "left", 6, 600_000_000, (20.45, 80.0)),
    ),
    motionless_count=0,
    position_changes=1,
    stationary=False,
)
FRIGATE = set(
    re.findall(
        r"\w+",
        "id camera frame_time snapshot label sub_label top_score false_positive start_time end_time score "
        "box area ratio region current_zones entered_zones has_snapshot has_clip active stationary "
        "motionless_count position_changes",
    )
)


def test_an_event_has_frigate_s_keys(records: Records) -> None:
    event = Event(
        "update", "yard", 7, 700_000_000, 64, 96, SIGHTING, replace(SIGHTING, end_ns=LOOK.timestamp_ns)
    )
    record = records.event_record(event)
    assert list(record) == ["schema", "type", "camera", "frame", "time", "before", "after"]
    assert set(record["before"]) == set(record["after"]) == FRIGATE | {"edge"}
    after = record["after"]
    assert (after["box"], after["region"], after["area"], after["ratio"]) == (
        [10, 21, 30, 80],
        [0, 0, 64, 96],
        1194,
        0.34,
    )
    assert (after["frame_time"], after["start_time"], after["end_time"]) == (0.6, 0.1, 0.6)
    assert (record["before"]["end_time"], after["active"], after["top_score"]) == (None, True, 0.8889)
    assert after["edge"] == {
        "track": 4,
        "transitions": [
            {"type": "zone_enter", "zone": "door", "frame": 5, "time": 0.5, "point": [20.4, 80.0]},
            {
                "type": "line_cross",
                "line": "gate",
                "direction": "left",
                "frame": 6,
                "time": 0.6,
                "point": [20.4, 80.0],
            },
        ],
    }
    assert json.loads(records.event_text(event)) == record


def test_no_event_ends_before_it_starts(records: Records) -> None:
    """Where the clock was set back meanwhile."""
    ended = replace(SIGHTING, start_s=5000.0, end_ns=LOOK.timestamp_ns)
    told = records.event_record(Event("end", "yard", 7, 700_000_000, 64, 96, SIGHTING, ended))
    assert told["after"]["end_time"] == told["after"]["start_time"] == 5000.0


def test_a_detection_that_is_followed_says_of_which_track(records: Records) -> None:
    track = Track(4, "person", 0, PERSON.box, PERSON.score, PERSON, 0)
    record = records.record(replace(result(detections=(PERSON, CAR)), tracks=(track,)))
    assert [each.get("track") for each in record["detections"]] == [4, None]
