"""A web server with everything behind it made up, for tests of the page and its interfaces."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from fakes.results import result

from edge_mbv2.clock import MediaClock
from edge_mbv2.sinks.records import Records
from edge_mbv2.types import BoundingBox, Detection, FrameResult
from edge_mbv2.web.events import EventStream
from edge_mbv2.web.listener import listen
from edge_mbv2.web.live import LiveVideo
from edge_mbv2.web.server import WebServer


class FakeSource:
    """State and health as a test wants them."""

    def __init__(self, records: Records) -> None:
        self.cameras: dict[str, dict[str, Any]] = {}
        self.trouble: str | None = None
        self.recording: dict[str, int] | None = None
        self._records = records

    def state(self) -> Mapping[str, Any]:
        return {
            "model": "ssdlite_mobilenet_v2_person",
            "engine": "litert 2.3.0, 2 threads",
            "cameras": self.cameras,
            "recording": self.recording,
        }

    def problem(self) -> str | None:
        return self.trouble

    def record(self, item: FrameResult) -> Mapping[str, Any]:
        return self._records.record(item)


class FakeProduct:
    """A server on a free loopback port and what it is joined to."""

    def __init__(
        self, *cameras: str, port: int = 0, host: str = "127.0.0.1", token: str | None = None
    ) -> None:
        clock = MediaClock()
        self.records = Records(clock, model="person", engine=lambda: "litert")
        self.source = FakeSource(self.records)
        self.live = LiveVideo(cameras or ("yard",), clock)
        self.events = EventStream(self.records.text)
        self.server = WebServer(self.live, self.events, self.source, token)
        self._address = host, port, token

    def start(self) -> None:
        self.server.start(listen(*self._address))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.port}"

    def publish(self, item: FrameResult) -> None:
        frame = item.frame
        self.source.cameras[frame.camera] = {
            "description": "made up for a test",
            "state": "streaming",
            "captured": frame.sequence + 1,
            "analysed": frame.sequence + 1,
            "dropped": {},
            "rate_hz": item.rate_hz,
            "frame_age_s": 0.04,
        }
        self.live.publish(item)
        self.events.publish(item)


@contextlib.contextmanager
def serving(*cameras: str, **kwargs: Any) -> Iterator[FakeProduct]:
    product = FakeProduct(*cameras, **kwargs)
    product.start()
    try:
        yield product
    finally:
        product.server.stop()


@contextlib.contextmanager
def moving(product: FakeProduct, *, camera: str = "yard", period_s: float = 0.05) -> Iterator[None]:
    """Publish a person that walks through the picture until the block ends."""
    stop = threading.Event()

    def walk() -> None:
        sequence = 0
        while not stop.wait(period_s):
            product.publish(walker(sequence, camera))
            sequence += 1

    thread = threading.Thread(target=walk)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def walker(sequence: int, camera: str = "yard") -> FrameResult:
    """Return a 320x240 picture with a bright figure, and its detection."""
    x = sequence * 4 % 280
    image = np.full((240, 320, 3), 40, np.uint8)
    image[100:200, x : x + 40] = 220
    image.setflags(write=False)
    person = Detection("person", 0, 0.5 + sequence % 40 / 100, BoundingBox(x, 100, x + 40, 200))
    return result(sequence, camera=camera, image=image, detections=(person,))
