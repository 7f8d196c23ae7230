"""Every route of a real server: what it answers, and to what it answers no."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from importlib.metadata import version

import cv2
import numpy as np
import pytest
from fakes.http import Stream, ask
from fakes.results import grey, picture, result
from fakes.web import FakeProduct, serving

from edge_mbv2.imaging.palette import HEX_COLOURS
from edge_mbv2.types import FrameResult

ROUTES = [
    "/",
    "/static/page.js",
    "/healthz",
    "/api/v1/state",
    "/api/v1/cameras/yard/stream.mjpg",
    "/api/v1/cameras/yard/snapshot.jpg",
    "/api/v1/events/stream",
    "/stream.mjpg",
    "/snapshot.jpg",
]


@pytest.fixture(scope="module")
def product() -> Iterator[FakeProduct]:
    with serving() as product:
        yield product


@pytest.fixture
def fresh() -> Iterator[FakeProduct]:
    with serving() as product:
        yield product


@pytest.fixture(scope="module")
def two() -> Iterator[FakeProduct]:
    with serving("door", "yard") as product:
        yield product


def plain(sequence: int, camera: str = "yard") -> FrameResult:
    return result(sequence, camera=camera, image=picture(sequence, 160, 120))


def shade(jpeg: bytes | None) -> int:
    assert jpeg is not None
    return int(np.median(cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)))


def test_the_page_and_what_it_is_made_of(product: FakeProduct) -> None:
    page = ask(product.server.port, "/")
    assert page.status == 200
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    parts = set(re.findall(r'(?:href|src)="(static/[^"]+)"', page.body.decode()))
    assert parts == {"static/page.css", "static/page.js", "static/icon.svg"}
    for part in parts:
        answer = ask(product.server.port, f"/{part}")
        assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-cache")
        assert answer.body
    assert not re.findall(rb'(?:href|src)="(?:https?:)?//', page.body)
    assert not re.findall(rb"<style|<script(?! type=\"module\" src)| style=| on[a-z]+=", page.body)


def test_every_answer_carries_the_headers_that_confine_it(product: FakeProduct) -> None:
    for path in ("/", "/healthz", "/api/v1/state", "/nothing/here"):
        headers = ask(product.server.port, path).headers
        assert headers["Content-Security-Policy"].startswith("default-src 'self';")
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Server"] == "edge-mbv2"


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_nothing_but_reading_is_possible(path: str, method: str, product: FakeProduct) -> None:
    answer = ask(product.server.port, path, method=method)
    assert answer.status == 405
    assert set(answer.headers["Allow"].split(",")) <= {"GET", "HEAD"}
    assert "error" in answer.json


def test_health(fresh: FakeProduct) -> None:
    answer = ask(fresh.server.port, "/healthz")
    assert (answer.status, answer.json) == (200, {"status": "ok"})
    fresh.source.trouble = "camera yard is stalled"
    answer = ask(fresh.server.port, "/healthz")
    assert answer.status == 503
    assert answer.json == {"status": "unavailable", "reason": "camera yard is stalled"}


def test_state_before_and_after_the_first_frame(fresh: FakeProduct) -> None:
    state = ask(fresh.server.port, "/api/v1/state").json
    assert state["cameras"] == {"yard": {"detections": []}}
    assert state["version"] == version("edge-mbv2")
    assert state["palette"] == list(HEX_COLOURS)
    assert (state["stream_clients"], state["event_clients"]) == (0, 0)
    assert state["engine"] == "litert 2.3.0, 2 threads"
    fresh.publish(plain(4))
    with (
        Stream(fresh.server.port, "/stream.mjpg") as stream,
        Stream(fresh.server.port, "/api/v1/events/stream"),
    ):
        stream.jpeg()
        state = ask(fresh.server.port, "/api/v1/state").json
    yard = state["cameras"]["yard"]
    assert (yard["width"], yard["height"], yard["time"]) == (160, 120, 0.4)
    assert yard["detections"] == fresh.records.record(plain(4))["detections"]
    assert (yard["captured"], yard["state"], yard["dropped"]) == (5, "streaming", {})
    assert state["uptime_s"] > 0
    assert (state["stream_clients"], state["event_clients"]) == (1, 1)


def test_a_snapshot_needs_a_first_frame(fresh: FakeProduct) -> None:
    answer = ask(fresh.server.port, "/snapshot.jpg")
    assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
    assert answer.json == {"error": "camera 'yard' has given no picture yet"}


@pytest.mark.parametrize("path", ["/snapshot.jpg", "/api/v1/cameras/yard/snapshot.jpg"])
def test_a_snapshot_is_the_newest_picture_encoded_once(path: str, fresh: FakeProduct) -> None:
    for n in range(3):
        fresh.publish(plain(n))
    first, second = ask(fresh.server.port, path), ask(fresh.server.port, path)
    assert first.headers["Content-Type"] == "image/jpeg"
    assert first.headers["Cache-Control"] == "no-store"
    assert abs(shade(first.body) - grey(2)) <= 3
    assert second.body == first.body
    assert fresh.live.encodes == 1
    assert ask(fresh.server.port, path, method="HEAD").body == b""


def test_without_overlay(fresh: FakeProduct) -> None:
    fresh.publish(plain(1))
    bare = ask(fresh.server.port, "/snapshot.jpg?overlay=0").body
    boxes = ask(fresh.server.port, "/snapshot.jpg?overlay=1").body
    flat = cv2.imdecode(np.frombuffer(bare, np.uint8), cv2.IMREAD_COLOR)
    assert np.abs(flat.astype(int) - grey(1)).max() <= 3
    assert boxes == ask(fresh.server.port, "/snapshot.jpg").body
    assert boxes != bare
    answer = ask(fresh.server.port, "/snapshot.jpg?overlay=maybe")
    assert (answer.status, answer.json["error"]) == (
        400,
        "overlay=maybe: 1 (with boxes) or 0 (without) is expected",
    )


@pytest.mark.parametrize("path", ["/stream.mjpg", "/api/v1/cameras/yard/stream.mjpg?overlay=0"])
def test_the_stream_shows_each_frame(path: str, fresh: FakeProduct) -> None:
    with Stream(fresh.server.port, path) as stream:
        assert stream.response.headers["Content-Type"] == "multipart/x-mixed-replace; boundary=frame"
        assert stream.response.headers["Cache-Control"] == "no-store"
        for n in range(10):
            fresh.publish(plain(n))
            assert abs(shade(stream.jpeg()) - grey(n)) <= 3
    assert fresh.live.encodes == 10


def test_a_viewer_that_leaves_is_forgotten_even_when_no_frame_comes(fresh: FakeProduct) -> None:
    with (
        Stream(fresh.server.port, "/stream.mjpg"),
        Stream(fresh.server.port, "/api/v1/events/stream") as events,
    ):
        assert events.event() == {"retry": "2000"}
        while fresh.live.viewers != 1:
            time.sleep(0.005)
        assert fresh.events.clients == 1
    while fresh.live.viewers or fresh.events.clients:
        time.sleep(0.005)


def test_events_are_the_records_of_json_lines(fresh: FakeProduct) -> None:
    with Stream(fresh.server.port, "/api/v1/events/stream") as stream:
        assert stream.response.headers["Content-Type"] == "text/event-stream"
        assert stream.response.headers["Cache-Control"] == "no-store"
        assert stream.event() == {"retry": "2000"}
        for n in range(5):
            fresh.publish(plain(n))
            event = stream.event()
            assert event == {"id": str(n + 1), "event": "detections", "data": fresh.records.text(plain(n))}
            assert json.loads(event["data"])["frame"] == n


def test_cameras_are_addressed_by_name(two: FakeProduct) -> None:
    two.publish(plain(1, "door"))
    two.publish(plain(2, "yard"))
    for camera, sequence in (("door", 1), ("yard", 2)):
        answer = ask(two.server.port, f"/api/v1/cameras/{camera}/snapshot.jpg")
        assert abs(shade(answer.body) - grey(sequence)) <= 3


@pytest.mark.parametrize("file", ["stream.mjpg", "snapshot.jpg"])
def test_an_unknown_camera_is_told_which_there_are(file: str, two: FakeProduct) -> None:
    answer = ask(two.server.port, f"/api/v1/cameras/attic/{file}")
    assert answer.status == 404
    assert answer.json == {"error": "there is no camera 'attic'; known: door, yard"}
    answer = ask(two.server.port, f"/{file}")
    assert answer.status == 404
    assert answer.json == {"error": f"there are several cameras (door, yard): /api/v1/cameras/<name>/{file}"}


@pytest.mark.parametrize(
    "path",
    [
        "/api",
        "/static/",
        "/static/routes.py",
        "/static/..%2froutes.py",
        "/static/../server.py",
        "//etc/passwd",
    ],
)
def test_there_is_nothing_else(path: str, product: FakeProduct) -> None:
    answer = ask(product.server.port, path)
    assert answer.status == 404
    assert "error" in answer.json
