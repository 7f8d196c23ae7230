"""The JSON of a result: keys, rounding, the same bytes each time."""

from __future__ import annotations

import json

import numpy as np
import pytest
from fakes.results import CAR, PERSON, result

from edge_mbv2.clock import MediaClock, SystemClock
from edge_mbv2.sinks.records import Records
from edge_mbv2.types import BoundingBox, Detection


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
